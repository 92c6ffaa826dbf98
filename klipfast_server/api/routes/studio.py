"""/: the studio, a web page that uses the API as anybody could."""

from aiohttp import web

from klipfast_server.api import app_keys, conditions, studio_files
from klipfast_server.api.operations import operation
from klipfast_server.api.studio_files import StudioFile
from klipfast_server.core.errors import NotFound

routes = web.RouteTableDef()

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
PRIVATE = {
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@routes.get("/")
@operation(tag="Server", answers={200: ("text/html",)}, key=False, counted=False, listed=False)
async def get_studio(request: web.Request) -> web.Response:
    """Open the studio."""
    page = studio_files.load().page
    headers = {
        "ETag": conditions.quoted(page.tag),
        "Cache-Control": "no-cache",
        "Content-Security-Policy": studio_files.policy(request.app[app_keys.CONFIG].storage.s3),
        **PRIVATE,
    }
    if conditions.same_as_known(request, page.tag):
        return web.Response(status=304, headers=headers)
    return _sent(request, page, headers)


@routes.get("/studio/{version}/{path:.+}")
@operation(tag="Server", answers={200: ("text/plain",)}, key=False, counted=False, listed=False)
async def get_studio_file(request: web.Request) -> web.Response:
    """Get a file that the studio loads."""
    studio, path = studio_files.load(), request.match_info["path"]
    if request.match_info["version"] != studio.version or path not in studio.files:
        raise NotFound(f"There is nothing at {request.path}.")
    return _sent(request, studio.files[path], FOR_GOOD)


def _sent(request: web.Request, file: StudioFile, headers: dict[str, str]) -> web.Response:
    """Return a file, compressed where the browser takes that."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=file.packed if packed else file.body,
        headers=headers,
        content_type=file.media_type,
        charset="utf-8",
    )
