"""/openapi.json for programs and /docs for people, both generated from the routes."""

import asyncio

from aiohttp import web

from klipfast_server.api import app_keys, links
from klipfast_server.api.operations import operation

routes = web.RouteTableDef()

REMEMBERED = {"Cache-Control": "public, max-age=300"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@routes.get("/openapi.json")
@operation(tag="Server", answers={200: ("application/json",)}, key=False)
async def get_openapi(request: web.Request) -> web.Response:
    """Get this API as an OpenAPI 3.1 document."""
    return web.Response(
        body=request.app[app_keys.REFERENCE].json,
        content_type="application/json",
        headers=REMEMBERED,
    )


@routes.get("/docs")
@operation(tag="Server", answers={200: ("text/html",)}, key=False)
async def get_docs(request: web.Request) -> web.Response:
    """Read this API as an HTML page."""
    page = request.app[app_keys.REFERENCE].page  # made for each new name of this server
    return web.Response(
        text=await asyncio.to_thread(page, links.base_url(request)),
        content_type="text/html",
        charset="utf-8",
        headers=REMEMBERED | {"Content-Security-Policy": POLICY},
    )
