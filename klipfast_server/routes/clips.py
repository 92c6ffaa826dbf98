"""GET /api/v1/clips/{clip_id}."""

from aiohttp import web

from klipfast_server import jobs, keys, views, wire
from klipfast_server.operations import operation

routes = web.RouteTableDef()


@routes.get("/api/v1/clips/{clip_id}")
@operation(tag="Clips", answers={200: (wire.ClipDetail,)})
async def get_clip(request: web.Request) -> web.Response:
    """A clip, with a signed link to its file that needs no key and ends at expires_at."""
    clip = await jobs.get_clip(
        request.app[keys.DATABASE],
        request[keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
    )
    detail = await views.clip_detail(request.app[keys.STORAGE], clip, views.base_url(request))
    return wire.reply(detail)
