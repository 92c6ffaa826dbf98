"""JSON responses."""

import hashlib

import msgspec
from aiohttp import web
from msgspec import Struct

from klipfast_server.api import conditions


def reply(body: Struct, *, status: int = 200) -> web.Response:
    """Return a JSON response."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def unless_known(request: web.Request, body: Struct) -> web.Response:
    """Return a JSON response with an ETag, or 304 where If-None-Match names it."""
    text = msgspec.json.encode(body)
    tag = hashlib.sha256(text).hexdigest()[:32]
    headers = conditions.headers_of(tag)
    if conditions.same_as_known(request, tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=text, headers=headers, content_type="application/json")
