"""/api/v1/clips: look at one, make it again."""

import asyncio

import msgspec
from aiohttp import web

from klipfast_server import (
    asked,
    identifiers,
    jobs,
    keys,
    links,
    reading,
    renders,
    replies,
    views,
    wire,
)
from klipfast_server.errors import BadRequest
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
    detail = await views.clip_detail(request.app[keys.STORAGE], clip, links.base_url(request))
    return replies.reply(detail)


@routes.post("/api/v1/clips/{clip_id}/renders")
@operation(
    tag="Clips",
    body=asked.Render,
    answers={202: (wire.Rendering,)},
    errors=(409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"caption_style": "karaoke", "aspect_ratio": "1:1"},
)
async def render_clip(request: web.Request) -> web.Response:
    """Make a clip again with changes; nothing is transcribed again, and it is free.

    It is a job of its own with one new clip; the old clip stays as it is. 409: the same is being
    done already. 422: the source is no longer there.
    """
    body = await reading.body(request, asked.Render)
    if body.title is not None and not body.title.strip():
        raise BadRequest(
            "title has no letters; leave it out to keep the one there is.", field="title"
        )
    if body.caption_style is not None:
        asked.check_style(body.caption_style, request.app[keys.ENGINE].caption_styles)
    if body.webhook_url is not None:
        reading.check_webhook(body.webhook_url, request.app[keys.CONFIG].sources)
    db, account_id = request.app[keys.DATABASE], request[keys.ACCOUNT].account_id
    clip = await jobs.get_clip(db, account_id, request.match_info["clip_id"])
    made = await renders.made_from(db, account_id, clip)
    submission = msgspec.structs.replace(
        await asyncio.to_thread(renders.submission, clip, made, body),
        base_url=links.base_url(request),
    )
    job = await jobs.submit(db, request.app[keys.CONFIG], account_id, submission)
    accepted = views.accepted(job)
    rendering = wire.Rendering(
        job_id=job.job_id,
        clip_id=identifiers.clip_id(job.job_id, 0),
        status=accepted.status,
        created_at=accepted.created_at,
        estimated_seconds=accepted.estimated_seconds,
    )
    return replies.reply(rendering, status=202)
