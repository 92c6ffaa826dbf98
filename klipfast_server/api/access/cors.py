"""Cross-origin requests of browsers (https://fetch.spec.whatwg.org/#http-cors-protocol).

The origins that `server.cors_origins` names may call the API from their pages, with a key or a
token in a header. The cookie of a session is for this server's own page: no answer allows
credentials, so others read nothing that their callers could not have had without a browser.
"""

from collections.abc import Sequence

from aiohttp import web

ANY = "*"
MAX_AGE_S = 600  # for which a browser remembers the answer to its question
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range, "
    "Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset"
)
TOLD = (
    "Content-Disposition, Content-Range, ETag, Location, Retry-After, Tus-Resumable, "
    "Upload-Expires, Upload-Offset, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    "X-Request-Id"
)


def asked(request: web.Request, origins: Sequence[str]) -> bool:
    """Return whether a browser asks whether an allowed origin may make a request."""
    return (
        request.method == "OPTIONS"
        and "Access-Control-Request-Method" in request.headers
        and _allowed(request, origins) is not None
    )


def answer() -> web.Response:
    """Answer that question; `add_headers` names the origin."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": SENT,
            "Access-Control-Max-Age": str(MAX_AGE_S),
        },
    )


def add_headers(request: web.Request, response: web.StreamResponse, origins: Sequence[str]) -> None:
    """Let the page of an allowed origin read a response."""
    if not origins:
        return
    if ANY not in origins:
        response.headers.add("Vary", "Origin")
    origin = _allowed(request, origins)
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = TOLD


def _allowed(request: web.Request, origins: Sequence[str]) -> str | None:
    """Return the origin to name; None where the request has none that is allowed."""
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    if ANY in origins:
        return ANY
    return origin if origin in origins else None
