"""A server on this machine that nobody should reach, and a guard that lets one call through."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from klipfast_server.net.guarded_client import Guard

END = b"that is all"


@dataclass
class Witness:
    """A listening socket, and what was sent to it."""

    port: int
    heard: list[bytes] = field(default_factory=list)  # the first bytes of each connection

    @property
    def url(self) -> str:
        """Return an address that leads to it."""
        return f"http://127.0.0.1:{self.port}/inside.mp4"


@contextlib.contextmanager
def listening() -> Iterator[Witness]:
    """Listen on a free port of the loopback while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        witness = Witness(port=server.getsockname()[1])
        thread = threading.Thread(target=_listen, args=(server, witness.heard))
        thread.start()
        try:
            yield witness
        finally:  # after everybody who has come before
            with socket.create_connection(server.getsockname()) as last:
                last.sendall(END)
                thread.join()


def _listen(server: socket.socket, heard: list[bytes]) -> None:
    while True:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(1.0)
            said = b""
            with contextlib.suppress(OSError):
                said = connection.recv(1000)
        if said == END:
            return
        heard.append(said)


class FirstIsPublic(Guard):
    """Treats the first address that a socket connects to as public, and no other."""

    def __init__(self) -> None:
        self.asked: list[str] = []  # addresses of attempted connections

    def refuses(self, host: str) -> bool:
        """Return False: the subject of the tests is the check at the socket, not by name."""
        return False

    def allows(self, address: str) -> bool:
        """Return True for the first address only."""
        self.asked.append(address)
        return len(self.asked) == 1
