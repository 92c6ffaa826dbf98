"""JSON responses."""

import msgspec
from aiohttp import web
from msgspec import Struct


def reply(body: Struct, *, status: int = 200) -> web.Response:
    """Return a JSON response."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
