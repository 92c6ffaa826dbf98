"""GET /files/…: files behind signed links, with range requests. The link is the permission."""

import mimetypes
from urllib.parse import quote

from aiohttp import web

from klipfast_server.api import app_keys, byte_ranges, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import NotFound
from klipfast_server.files.storage import LocalStorage
from klipfast_server.schema import requests

routes = web.RouteTableDef()


@routes.get("/files/{key:.+}")
@operation(
    tag="Clips",
    query=requests.FileQuery,
    answers={200: ("video/mp4", "image/jpeg"), 206: ("video/mp4", "image/jpeg")},
    errors=(403, 404, 412, 416),
    key=False,
    counted=False,
    example_query="?expires=…",
    example_arguments=("-o clip.mp4",),
)
async def get_file(request: web.Request) -> web.FileResponse:
    """Download a file through a signed link; no API key is needed.

    Images are shown inline, everything else is an attachment; Range requests are supported.
    403: the link was changed or has expired. 412: If-Match or If-Unmodified-Since does not hold.
    """
    storage = request.app[app_keys.STORAGE]
    if not isinstance(storage, LocalStorage):
        raise NotFound("This server does not serve files itself.")
    link = request_parsing.query(request, requests.FileQuery)
    path = storage.resolve(
        request.match_info["key"],
        expires=link.expires,
        name=link.name,
        signature=link.signature,
    )
    kind = mimetypes.guess_type(link.name)[0] or "application/octet-stream"
    manner = "inline" if kind.startswith("image/") else "attachment"
    headers = {
        "Content-Type": kind,
        "Content-Disposition": f"{manner}; filename*=UTF-8''{quote(link.name, safe='')}",
        "Cache-Control": "private, max-age=3600",
    }
    return await byte_ranges.file(request, path, headers)
