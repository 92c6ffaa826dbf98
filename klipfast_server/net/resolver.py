"""The system's resolver in threads that are not everybody's: slow names hold up their own alone."""

import asyncio
import socket
from concurrent.futures import Executor

from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """Asks in the threads of `executor`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - IPv4 is all that is guarded
    ) -> list[ResolveResult]:
        """IPv4 addresses; raises OSError."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._executor, socket.getaddrinfo, host, port, socket.AF_INET, socket.SOCK_STREAM
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """There is nothing to close; the threads belong to others."""
