"""The audit hook of the process that fetches the videos of pages: what it may reach and start.

It cannot be removed, and sees every socket before it connects and every program before it starts.
"""

import sys
from typing import Any

from klipfast_server.net.addresses import is_public

PROCESS_EVENTS = (
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.system",
    "os.fork",
    "os.forkpty",
)
DATAGRAM_EVENTS = ("socket.bind", "socket.sendto", "socket.sendmsg")


class Refused(OSError):
    """An address is not allowed; an OSError, so that the next address is tried."""


def guard(*, allow_private: bool, refused: list[str], program: str = "") -> None:
    """Install the hook: only public addresses, others are added to `refused`; only `program`."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and not allow_private:
            address = arguments[1]
            host = str(address[0]) if isinstance(address, tuple) and address else "a local socket"
            if not is_public(host):
                refused.append(host)
                raise Refused(f"{host} is not a public address")
        elif event in DATAGRAM_EVENTS and not allow_private:
            host = str(arguments[1][0]) if isinstance(arguments[1], tuple) else ""
            if host != "0.0.0.0" and not is_public(host):  # noqa: S104 (bound for outgoing calls)
                raise Refused(f"{host} is not a public address")
        elif event == "subprocess.Popen" and program and arguments[0] == program:
            return  # a path, so no other program of the same name; no shell, which has its own
        elif event in PROCESS_EVENTS:
            raise Refused(f"{event} is not allowed")

    sys.addaudithook(watch)
