"""Guards that let through what the real one refuses, so that the next address can be tried."""

from klipfast_server.net.guarded_client import Guard


class FirstIsPublic(Guard):
    """The first address that a socket leads to passes for a public one, and no other."""

    def __init__(self) -> None:
        self.asked: list[str] = []  # addresses that a socket was to lead to

    def refuses(self, host: str) -> bool:
        """Nothing is refused by its name: what is tried is the check at the socket."""
        return False

    def allows(self, address: str) -> bool:
        """Once."""
        self.asked.append(address)
        return len(self.asked) == 1
