"""/api/v1/jobs: get, list, cancel, retry and delete jobs; name their speakers."""

from collections.abc import Sequence

from aiohttp import web
from msgspec import UNSET

from klipfast_server import serializers
from klipfast_server.api import (
    app_keys,
    caller,
    conditions,
    cursors,
    links,
    replies,
    request_parsing,
)
from klipfast_server.api.operations import operation
from klipfast_server.files.object_keys import prefix
from klipfast_server.schema import job_responses
from klipfast_server.schema.clip_responses import JobClip
from klipfast_server.schema.list_queries import JobsQuery
from klipfast_server.schema.talk import speaker_names
from klipfast_server.store import ended_jobs, jobs, lists
from klipfast_server.store.talks import clip_rows

routes = web.RouteTableDef()

UNENDED = ("queued", "processing")


@routes.get("/api/v1/jobs/{job_id}")
@operation(
    tag="Jobs",
    answers={200: (job_responses.JobDetail,), 304: ()},
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
    gives={"clip_id": "/clips/0/clip_id"},
)
async def get_job(request: web.Request) -> web.Response:
    """Get the status and results of a specific processing job.

    Clips appear as they finish, while the job is still processing. Send the last ETag when you
    poll: until something changes, the answer is 304 without a body.
    """
    detail = await _detail(request, request.match_info["job_id"])
    return replies.unless_known(request, detail)


@routes.get("/api/v1/jobs")
@operation(
    tag="Jobs",
    query=JobsQuery,
    answers={200: (job_responses.JobList,), 304: ()},
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
    example_query="?limit=20",
    gives={"job_id": "/jobs/0/job_id"},
)
async def list_jobs(request: web.Request) -> web.Response:
    """List all processing jobs for your account.

    Newest first. Supports pagination via cursor; pages neither skip nor repeat jobs while new
    ones arrive.
    """
    asked = request_parsing.query(request, JobsQuery)
    pages = cursors.Pages(request, f"jobs {asked.name}", asked.cursor)
    lines, more = await lists.jobs(*caller.of(request), asked, pages.after_time())
    left_s = await _left_s(request, lines)
    storage, base = request.app[app_keys.STORAGE], links.base_url(request)
    page = job_responses.JobList(
        jobs=[
            await serializers.job_line(
                storage,
                line,
                left_s.get(line.job_id),
                base,
                clips=await _clips(request, line.job_id) if asked.clips else UNSET,
            )
            for line in lines
        ],
        next_cursor=pages.next(lines[-1].created_at, lines[-1].job_id) if more else None,
        has_more=more,
    )
    return replies.unless_known(request, page)


@routes.post("/api/v1/jobs/{job_id}/cancel")
@operation(tag="Jobs", answers={200: (job_responses.JobDetail,)}, errors=(409,), idempotent=True)
async def cancel_job(request: web.Request) -> web.Response:
    """Cancel a queued or processing job; nothing is charged.

    Processing stops within two seconds, and finished clips are deleted. 409: the job has already
    ended.
    """
    job_id = request.match_info["job_id"]
    files, announce = prefix(job_id), caller.outbox(request).job_changed
    await jobs.cancel(*caller.of(request), job_id, files=files, announce=announce)
    request.app[app_keys.METRICS].jobs_ended.labels("canceled", "").inc()
    await caller.dispose(request, files)
    return replies.reply(await _detail(request, job_id))


@routes.post("/api/v1/jobs/{job_id}/pause")
@operation(tag="Jobs", answers={200: (job_responses.JobDetail,)}, errors=(409,), idempotent=True)
async def pause_job(request: web.Request) -> web.Response:
    """Pause a queued or processing job; it stays `queued`, with `paused_at`, until it is resumed.

    Processing stops within two seconds; what is transcribed and rendered is kept, and downloads
    start again. 409: the job has ended, or is paused.
    """
    job_id = request.match_info["job_id"]
    await jobs.pause(*caller.of(request), job_id)
    return replies.reply(await _detail(request, job_id))


@routes.post("/api/v1/jobs/{job_id}/resume")
@operation(tag="Jobs", answers={202: (job_responses.Accepted,)}, errors=(409,), idempotent=True)
async def resume_job(request: web.Request) -> web.Response:
    """Resume a paused job.

    409: it is not paused.
    """
    job = await jobs.resume(*caller.of(request), request.match_info["job_id"])
    return replies.reply(await caller.accepted(request, job), status=202)


@routes.post("/api/v1/jobs/{job_id}/retry")
@operation(tag="Jobs", answers={202: (job_responses.Accepted,)}, errors=(409, 422), idempotent=True)
async def retry_job(request: web.Request) -> web.Response:
    """Retry a failed or canceled job under the same ID.

    Finished transcription is reused. 422: its upload has expired.
    """
    job = await ended_jobs.retry(
        request.app[app_keys.DATABASE],
        request.app[app_keys.CONFIG],
        request[app_keys.ACCOUNT].account_id,
        request.match_info["job_id"],
    )
    return replies.reply(await caller.accepted(request, job), status=202)


@routes.patch("/api/v1/jobs/{job_id}/speakers")
@operation(
    tag="Jobs",
    body=speaker_names.SpeakerNames,
    answers={200: (job_responses.SpeakerList,)},
    errors=(409,),
    example={"names": {"Speaker 1": "Rosa Delgado"}},
)
async def name_speakers(request: web.Request) -> web.Response:
    """Give names to the speakers of an ended job.

    Transcripts and captions use the names from then on, as do new renders and texts that a retry
    writes. Labels with the same name become one speaker. Existing texts do not change. 409: the job
    has not ended, or has no transcript.
    """
    names = (await request_parsing.body(request, speaker_names.SpeakerNames)).by_label()
    job_id = request.match_info["job_id"]
    speakers = await ended_jobs.name_speakers(*caller.of(request), job_id, names)
    return replies.reply(job_responses.SpeakerList(job_id=job_id, speakers=speakers))


@routes.post("/api/v1/jobs/{job_id}/trash")
@operation(tag="Jobs", answers={200: (job_responses.JobDetail,)}, errors=(409,), idempotent=True)
async def trash_job(request: web.Request) -> web.Response:
    """Put an ended job in the trash: lists leave it out, and it is deleted after seven days.

    Until then it can be read and restored. 409: the job is queued or processing; cancel it first.
    """
    job_id = request.match_info["job_id"]
    await ended_jobs.put_in_trash(*caller.of(request), job_id)
    return replies.reply(await _detail(request, job_id))


@routes.post("/api/v1/jobs/{job_id}/restore")
@operation(tag="Jobs", answers={200: (job_responses.JobDetail,)}, idempotent=True)
async def restore_job(request: web.Request) -> web.Response:
    """Take a job out of the trash.

    A job that is not in it stays as it is.
    """
    job_id = request.match_info["job_id"]
    await ended_jobs.restore(*caller.of(request), job_id)
    return replies.reply(await _detail(request, job_id))


@routes.delete("/api/v1/jobs/{job_id}")
@operation(tag="Jobs", answers={204: ()}, errors=(409,))
async def delete_job(request: web.Request) -> web.Response:
    """Delete an ended job and all its files at once; POST …/trash can be undone.

    Charged minutes stay charged. 409: the job is queued or processing; cancel it first.
    """
    job_id = request.match_info["job_id"]
    thrown = await ended_jobs.delete(*caller.of(request), job_id, files=prefix(job_id))
    await caller.dispose(request, *thrown)
    return web.Response(status=204)


async def _detail(request: web.Request, job_id: str) -> job_responses.JobDetail:
    db, account_id = caller.of(request)
    job = await jobs.get(db, account_id, job_id)
    left_s = await _left_s(request, [job])
    return serializers.job_detail(job, await _clips(request, job_id), left_s.get(job_id))


async def _clips(request: web.Request, job_id: str) -> list[JobClip]:
    """Return the clips of a job, each in its newest version."""
    storage, base = request.app[app_keys.STORAGE], links.base_url(request)
    rows = await clip_rows.of_job(*caller.of(request), job_id)
    return [await serializers.job_clip(storage, clip, base) for clip in rows]


async def _left_s(
    request: web.Request, seen: Sequence[jobs.Job | lists.JobLine]
) -> dict[str, float]:
    """Return seconds until each of these jobs ends; ended and paused ones have no estimate."""
    unended = [job.job_id for job in seen if job.status in UNENDED and job.paused_at is None]
    return await request.app[app_keys.FORECAST].left_s(unended)
