"""Resolves names in threads of its own, so that slow names delay no other work."""

import asyncio
import socket
from concurrent.futures import Executor

from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """The system's resolver in the threads of `executor`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - the guard handles only IPv4
    ) -> list[ResolveResult]:
        """Return IPv4 addresses. Raises OSError."""
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
        """Do nothing: the threads belong to others."""
