"""/api/v1/clips: get a clip, render it again."""

import asyncio

import msgspec
from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys, branding, links, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import BadRequest
from klipfast_server.schema import requests, responses
from klipfast_server.store import jobs, rerenders
from pipeline.language.writing_systems import is_visible

routes = web.RouteTableDef()


@routes.get("/api/v1/clips/{clip_id}")
@operation(tag="Clips", answers={200: (responses.ClipDetail,)})
async def get_clip(request: web.Request) -> web.Response:
    """Retrieve metadata and a signed download URL for a specific clip."""
    clip = await jobs.get_clip(
        request.app[app_keys.DATABASE],
        request[app_keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
    )
    detail = await serializers.clip_detail(
        request.app[app_keys.STORAGE], clip, links.base_url(request)
    )
    return replies.reply(detail)


@routes.post("/api/v1/clips/{clip_id}/renders")
@operation(
    tag="Clips",
    body=requests.Render,
    answers={202: (responses.Rendering,)},
    errors=(409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"caption_style": "karaoke", "aspect_ratio": "1:1"},
)
async def render_clip(request: web.Request) -> web.Response:
    """Render a clip again with changes; free, and without transcribing again.

    Creates a job with one new clip; the old clip is unchanged. 409: the same render is already
    running. 422: the source is no longer available. 404: the clip or its brand does not exist.
    """
    body = await request_parsing.body(request, requests.Render)
    if body.title is not None and not is_visible(body.title):
        raise BadRequest(
            "title has no visible characters; omit it to keep the current one.", field="title"
        )
    if body.caption_style is not None:
        requests.check_style(body.caption_style, request.app[app_keys.ENGINE].caption_styles)
    if body.webhook_url is not None:
        request_parsing.check_webhook(body.webhook_url, request.app[app_keys.CONFIG].sources)
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    clip = await jobs.get_clip(db, account_id, request.match_info["clip_id"])
    made = await rerenders.made_from(db, account_id, clip)
    brand = await branding.brand_again(request, made, body)
    submission = msgspec.structs.replace(
        await asyncio.to_thread(rerenders.submission, clip, made, body, brand=brand),
        base_url=links.base_url(request),
    )
    job = await jobs.submit(db, request.app[app_keys.CONFIG], account_id, submission)
    accepted = serializers.accepted(job)
    rendering = responses.Rendering(
        job_id=job.job_id,
        clip_id=identifiers.clip_id(job.job_id, 0),
        status=accepted.status,
        created_at=accepted.created_at,
        estimated_seconds=accepted.estimated_seconds,
    )
    return replies.reply(rendering, status=202)
