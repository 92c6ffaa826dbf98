"""Lets whoever shows a key that the KlipFast server knows call over HTTP, and nobody else.

Each request is looked at before the protocol makes anything of it.
"""

import asyncio
import time

import aiohttp
import msgspec
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from klipfast_client import ApiError, connected
from klipfast_server.mcp.access import NO_KEY, PATIENCE_S, key_of

KNOWN_S = 60.0  # before a key is asked about again; a tool's own calls show it each time


class Admission:
    """Passes on what is sent with a key, but for a GET: it would wait for what never comes."""

    def __init__(self, app: ASGIApp, server: str) -> None:
        self._app = app
        self._server = server
        self._known: dict[str, float] = {}  # keys, and until when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        key = key_of(Headers(scope=scope))
        if key is None:
            return _unauthorized(NO_KEY)
        if scope["method"] != "POST":
            return PlainTextResponse("Only POST is possible.", 405, {"Allow": "POST"})
        reason = await self._reason(key)
        return None if reason is None else _unauthorized(reason)

    async def _reason(self, key: str) -> str | None:
        """Return why the KlipFast server refuses a key. While it is away, the tools say so."""
        if time.monotonic() < self._known.get(key, 0.0):
            return None
        try:
            async with asyncio.timeout(PATIENCE_S), connected(self._server, key, patience_s=0) as c:
                await c.caption_styles()  # what costs it least
            self._known[key] = time.monotonic() + KNOWN_S
        except ApiError as error:
            return str(error) if error.status == 401 else None
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
            return None
        return None


def _unauthorized(reason: str) -> PlainTextResponse:
    return PlainTextResponse(reason, 401, {"WWW-Authenticate": "Bearer"})
