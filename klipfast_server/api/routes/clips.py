"""/api/v1/clips: list and get clips, render one again."""

import asyncio

import msgspec
from aiohttp import web
from msgspec import UNSET

from klipfast_server import serializers
from klipfast_server.api import (
    app_keys,
    branding,
    caller,
    conditions,
    cursors,
    links,
    replies,
    request_parsing,
)
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.core.errors import BadRequest
from klipfast_server.schema import clip_requests, clip_responses, job_responses, process_request
from klipfast_server.schema.list_queries import ClipsQuery
from klipfast_server.store import jobs, lists
from klipfast_server.store.jobs import Submission
from klipfast_server.store.talks import clip_rows, rerenders
from pipeline.language.writing_systems import is_visible

routes = web.RouteTableDef()


@routes.get("/api/v1/clips")
@operation(
    tag="Clips",
    query=ClipsQuery,
    answers={200: (clip_responses.ClipList,), 304: ()},
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
    example_query="?min_virality_score=70&order=best",
    gives={"clip_id": "/clips/0/clip_id"},
)
async def list_clips(request: web.Request) -> web.Response:
    """List the clips of all jobs, newest first, with filters.

    Filters combine; `next_cursor` leads to the next page.
    """
    asked = request_parsing.query(request, ClipsQuery)
    if asked.caption_style is not UNSET:
        process_request.check_style(
            asked.caption_style, request.app[app_keys.ENGINE].caption_styles
        )
    pages = cursors.Pages(request, f"clips {asked.name}", asked.cursor)
    by_score = asked.order == "best"
    after = pages.after() if by_score else pages.after_time()
    found, more = await lists.clips(*caller.of(request), asked, after)
    next_cursor = None
    if more:
        place = found[-1].virality_score if by_score else found[-1].created_at
        next_cursor = pages.next(place, found[-1].clip_id)
    storage, base = request.app[app_keys.STORAGE], links.base_url(request)
    page = clip_responses.ClipList(
        clips=[await serializers.clip_detail(storage, clip, base) for clip in found],
        next_cursor=next_cursor,
        has_more=more,
    )
    return replies.unless_known(request, page)


@routes.get("/api/v1/clips/{clip_id}")
@operation(
    tag="Clips",
    answers={200: (clip_responses.ClipDetail,), 304: ()},
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
)
async def get_clip(request: web.Request) -> web.Response:
    """Retrieve metadata and a signed download URL for a specific clip.

    Each response has new links, which end when the clip is deleted. A version never changes;
    `current_clip_id` names the current one.
    """
    clip = await clip_rows.get(*caller.of(request), request.match_info["clip_id"])
    known = await clip_rows.current(request.app[app_keys.DATABASE], [clip.clip_id])
    detail = await serializers.clip_detail(
        request.app[app_keys.STORAGE],
        clip,
        links.base_url(request),
        current=known.get(clip.clip_id),
    )
    return replies.unless_known(request, detail)


@routes.delete("/api/v1/clips/{clip_id}")
@operation(tag="Clips", answers={204: ()})
async def delete_clip(request: web.Request) -> web.Response:
    """Delete a clip in all its versions.

    The talk and its other clips stay.
    """
    await clip_rows.delete(*caller.of(request), request.match_info["clip_id"])
    return web.Response(status=204)


@routes.get("/api/v1/clips/{clip_id}/versions")
@operation(tag="Clips", answers={200: (clip_responses.ClipVersions,)})
async def list_versions(request: web.Request) -> web.Response:
    """List the versions of a clip: as it was picked, and each render of it.

    The first is the current one, which lists, archives and cut lists use.
    """
    return await _versions(request)


@routes.post("/api/v1/clips/{clip_id}/restore")
@operation(tag="Clips", answers={200: (clip_responses.ClipVersions,)}, idempotent=True)
async def restore_version(request: web.Request) -> web.Response:
    """Make a version of a clip the current one again; answers as the list of versions.

    Free; nothing is rendered, and all versions stay.
    """
    await clip_rows.restore(*caller.of(request), request.match_info["clip_id"])
    return await _versions(request)


async def _versions(request: web.Request) -> web.Response:
    clip_id = request.match_info["clip_id"]
    found = await clip_rows.versions(*caller.of(request), clip_id)
    storage, base = request.app[app_keys.STORAGE], links.base_url(request)
    current = found[0].clip_id
    return replies.reply(
        clip_responses.ClipVersions(
            clip_id=clip_id,
            current_clip_id=current,
            versions=[
                await serializers.clip_detail(storage, clip, base, current=current)
                for clip in found
            ],
        )
    )


@routes.post("/api/v1/clips/{clip_id}/renders")
@operation(
    tag="Clips",
    body=clip_requests.Render,
    answers={202: (job_responses.Rendering,)},
    errors=(409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"caption_style": "karaoke", "aspect_ratio": "1:1"},
)
async def render_clip(request: web.Request) -> web.Response:
    """Render a clip again with changes; free, and without transcribing again.

    Creates a job with one clip, a new version of this one, which lists, archives and cut lists then
    use; the old version stays. An empty body applies corrections made since. 409: the same render
    is already running. 422: the source is no longer available. 404: the clip or its brand does not
    exist.
    """
    body = await request_parsing.body(request, clip_requests.Render)
    check(request, body)
    db, account_id = caller.of(request)
    clip = await clip_rows.get(db, account_id, request.match_info["clip_id"])
    made = await rerenders.made_from(db, account_id, clip.job_id)
    brand = await branding.brand_again(request, made, body)
    submission = await asyncio.to_thread(rerenders.of_clip, clip, made, body, brand)
    return await submitted(request, submission)


@routes.post("/api/v1/jobs/{job_id}/clips")
@operation(
    tag="Clips",
    body=clip_requests.ClipRequest,
    answers={202: (job_responses.Rendering,)},
    errors=(409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"start_seconds": 12.5, "end_seconds": 29.0, "title": "Why the bread was cold"},
)
async def make_clip(request: web.Request) -> web.Response:
    """Make a clip of any span of a job's source; free, and without transcribing again.

    Creates a job with one clip, scored and titled like the picked ones; a span from GET
    /api/v1/jobs/{job_id}/candidates keeps its score. Omitted fields are as in the job. 409: the job
    is not transcribed yet, or the same clip is already being made. 422: its source is no longer
    available.
    """
    body = await request_parsing.body(request, clip_requests.ClipRequest)
    check(request, body)
    made = await rerenders.made_from(*caller.of(request), request.match_info["job_id"])
    brand = await branding.brand_again(request, made, body)
    submission = await asyncio.to_thread(rerenders.of_span, made, body, brand)
    return await submitted(request, submission)


def check(request: web.Request, body: clip_requests.ClipChanges) -> None:
    """Raise BadRequest for what no type can tell."""
    if body.title is not None and not is_visible(body.title):
        raise BadRequest(
            "title has no visible characters; omit it to keep the current one.", field="title"
        )
    if body.caption_style is not None:
        process_request.check_style(body.caption_style, request.app[app_keys.ENGINE].caption_styles)
    if body.webhook_url is not None:
        request_parsing.check_webhook(body.webhook_url, request.app[app_keys.CONFIG].sources)


async def submitted(request: web.Request, submission: Submission) -> web.Response:
    """Queue a job that makes one clip, and tell the clip's ID."""
    job = await jobs.submit(
        request.app[app_keys.DATABASE],
        request.app[app_keys.CONFIG],
        request[app_keys.ACCOUNT].account_id,
        msgspec.structs.replace(submission, base_url=links.base_url(request)),
    )
    accepted = await caller.accepted(request, job)
    rendering = job_responses.Rendering(
        job_id=job.job_id,
        clip_id=identifiers.clip_id(job.job_id, 0),
        status=accepted.status,
        created_at=accepted.created_at,
        estimated_seconds=accepted.estimated_seconds,
    )
    return replies.reply(rendering, status=202)
