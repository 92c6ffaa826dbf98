"""GET /files/…: files behind signed links, with range requests. The link is the permission."""

import mimetypes

from aiohttp import web

from klipfast_server.api import app_keys, byte_ranges, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.content_disposition import content_disposition
from klipfast_server.schema import queries

routes = web.RouteTableDef()


@routes.get("/files/{key:.+}")
@operation(
    tag="Clips",
    query=queries.FileQuery,
    answers={200: ("video/mp4", "image/jpeg"), 206: ("video/mp4", "image/jpeg"), 307: ()},
    errors=(403, 404, 412, 416),
    key=False,
    counted=False,
    example_query="?expires=…",
    example_arguments=("-o clip.mp4",),
)
async def get_file(request: web.Request) -> web.StreamResponse:
    """Download a file through a signed link; no API key is needed.

    Images are shown inline, everything else is an attachment; Range requests are supported.
    307: the file is in a bucket, and `Location` is its address there for the next hour. 403: the
    link was changed or has expired. 412: If-Match or If-Unmodified-Since does not hold.
    """
    storage = request.app[app_keys.STORAGE]
    link = request_parsing.query(request, queries.FileQuery)
    found = await storage.resolve(
        request.match_info["key"],
        expires=link.expires,
        name=link.name,
        signature=link.signature,
    )
    if isinstance(found, str):
        return web.Response(
            status=307, headers={"Location": found, "Cache-Control": "private, max-age=600"}
        )
    kind = mimetypes.guess_type(link.name)[0] or "application/octet-stream"
    inline = kind.startswith("image/")
    headers = {
        "Content-Type": kind,
        "Content-Disposition": content_disposition(link.name, inline=inline),
        "Cache-Control": "private, max-age=3600",
    }
    return await byte_ranges.file(request, found, headers)
