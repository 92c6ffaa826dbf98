"""POST /api/v1/jobs/{job_id}/reels: the moments of a talk in one clip."""

import asyncio

from aiohttp import web

from klipfast_server.api import branding, caller, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.routes import clips
from klipfast_server.core.errors import BadRequest, NotFound
from klipfast_server.schema import job_responses
from klipfast_server.schema.reels import ReelRequest
from klipfast_server.store.talks import clip_rows, reels, rerenders
from klipfast_server.store.talks.clip_rows import ClipRow

routes = web.RouteTableDef()


@routes.post("/api/v1/jobs/{job_id}/reels")
@operation(
    tag="Clips",
    body=ReelRequest,
    answers={202: (job_responses.Rendering,)},
    errors=(409, 422),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"max_seconds": 60, "aspect_ratio": "1:1"},
)
async def make_reel(request: web.Request) -> web.Response:
    """Join moments of a job to one clip, a highlight reel; free, and without transcribing again.

    Creates a job with one clip: the named clips or spans, or the best moments, in the order of the
    talk. What does not fit into max_seconds is shortened to its strongest whole sentences, or left
    out. Omitted fields are as in the job. 409: the job is not transcribed yet, or the same reel is
    already being made. 422: its source is no longer available.
    """
    body = await request_parsing.body(request, ReelRequest)
    clips.check(request, body)
    if body.clip_ids and body.spans:
        raise BadRequest("Name either clip_ids or spans, not both.", field="spans")
    job_id = request.match_info["job_id"]
    made = await rerenders.made_from(*caller.of(request), job_id)
    named = await _clips(request, job_id, body.clip_ids)
    brand = await branding.brand_again(request, made, body)
    submission = await asyncio.to_thread(reels.of_moments, made, named, body, brand)
    return await clips.submitted(request, submission)


async def _clips(request: web.Request, job_id: str, clip_ids: tuple[str, ...]) -> list[ClipRow]:
    """Return clips of the job. Raises BadRequest for one of another job, or of none."""
    found: dict[str, ClipRow] = {}
    for number, clip_id in enumerate(clip_ids):
        try:
            clip = await clip_rows.get(*caller.of(request), clip_id)
        except NotFound:
            clip = None
        if clip is None or job_id not in (clip.job_id, clip.home_job_id):
            raise BadRequest(
                f"clip_ids[{number}] is no clip of {job_id} that is there; of any other moment of "
                "its source, name the start and the end in spans.",
                field="clip_ids",
            )
        found[clip_id] = clip
    return list(found.values())
