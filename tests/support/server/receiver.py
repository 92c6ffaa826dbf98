"""A receiver of webhooks, and what the log says of its deliveries."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client

from klipfast_server.core.config import Config

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]


class Receiver:
    """A real HTTP server that keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []  # statuses of the next answers; then 200
        self.hold: asyncio.Event | None = None
        self.server: TestServer

    def url(self, path: str = "/hook") -> str:
        return str(self.server.make_url(path))

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        if self.hold is not None:
            await self.hold.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        moved = {"Location": self.url("/elsewhere")} if 300 <= status < 400 else None
        return web.Response(status=status, headers=moved, text="x" * 100_000)

    async def until(self, count: int, patience_s: float = 10.0) -> list[dict[str, Any]]:
        """The bodies, once there are so many."""
        async with asyncio.timeout(patience_s):
            while len(self.got) < count:  # noqa: ASYNC110 (the other side of a socket)
                await asyncio.sleep(0.01)
        return [json.loads(body) for _, body in self.got]


async def hook(ada: Caller, receiver: Receiver, **options: Any) -> dict[str, Any]:
    body = {"url": receiver.url(), **options}
    made: dict[str, Any] = await ada.post("/api/v1/webhooks", body, status=201)
    return made


async def log_of(ada: Caller, made: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/api/v1/webhooks/{made['webhook_id']}/deliveries"
    deliveries: list[dict[str, Any]] = (await ada.get(path))["deliveries"]
    return deliveries


async def settled(ada: Caller, path: str, count: int) -> list[dict[str, Any]]:
    """The log, once nothing is pending in it."""
    async with asyncio.timeout(10):
        while True:
            found: list[dict[str, Any]] = (await ada.get(path))["deliveries"]
            if len(found) == count and all(one["status"] != "pending" for one in found):
                return found
            await asyncio.sleep(0.02)
