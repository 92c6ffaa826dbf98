"""GET /api/v1/clips/{clip_id}."""

from aiohttp import web

from klipfast_server import jobs, keys, views, wire

routes = web.RouteTableDef()


@routes.get("/api/v1/clips/{clip_id}")
async def get_clip(request: web.Request) -> web.Response:
    """A clip with a link to its file."""
    clip = await jobs.get_clip(
        request.app[keys.DATABASE],
        request[keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
    )
    detail = await views.clip_detail(request.app[keys.STORAGE], clip, views.base_url(request))
    return wire.reply(detail)
