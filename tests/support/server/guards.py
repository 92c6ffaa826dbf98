"""Guards that allow what the real one refuses, so that tests reach the next check."""

from klipfast_server.net.guarded_client import Guard


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
