"""/openapi.json for programs and /docs for people, both generated from the routes."""

import asyncio

from aiohttp import web

from klipfast_server.api import app_keys, links
from klipfast_server.api.description import reference_pages
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import NotFound

routes = web.RouteTableDef()

REMEMBERED = {"Cache-Control": "public, max-age=300"}
# Scripts are the server's own files; the page has no text of whoever reads it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@routes.get("/openapi.json")
@operation(tag="Server", answers={200: ("application/json",)}, key=False)
async def get_openapi(request: web.Request) -> web.Response:
    """Get this API as an OpenAPI 3.1 document.

    Describes this server, with its caption styles and version.
    """
    return web.Response(
        body=request.app[app_keys.REFERENCE].json,
        content_type="application/json",
        headers=REMEMBERED,
    )


@routes.get("/docs")
@operation(tag="Server", answers={200: ("text/html",)}, key=False)
async def get_docs(request: web.Request) -> web.Response:
    """Read this API as HTML pages.

    Each call has an example command and a form to try it.
    """
    return await _page(request, reference_pages.START)


@routes.get("/docs/{page}")
@operation(tag="Server", answers={200: ("text/html",)}, key=False, listed=False)
async def get_docs_page(request: web.Request) -> web.Response:
    """Read a group of calls, or the types."""
    page = request.match_info["page"]
    if page not in request.app[app_keys.REFERENCE].pages[1:]:
        raise NotFound(f"There is nothing at {request.path}.")
    return await _page(request, page)


async def _page(request: web.Request, page: str) -> web.Response:
    made = request.app[app_keys.REFERENCE].page  # for each new name of this server
    return web.Response(
        text=await asyncio.to_thread(made, page, links.base_url(request)),
        content_type="text/html",
        charset="utf-8",
        headers=REMEMBERED | {"Content-Security-Policy": POLICY},
    )
