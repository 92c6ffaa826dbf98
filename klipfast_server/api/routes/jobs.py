"""/api/v1/jobs: get, list, cancel, retry and delete jobs; name their speakers."""

from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys, cursors, links, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.schema import requests, responses, vocabulary
from klipfast_server.store import ended_jobs, jobs

routes = web.RouteTableDef()

LISTED = "jobs"  # the list that its cursors are of


@routes.get("/api/v1/jobs/{job_id}")
@operation(tag="Jobs", answers={200: (responses.JobDetail,)}, gives={"clip_id": "/clips/0/clip_id"})
async def get_job(request: web.Request) -> web.Response:
    """Get the status and results of a specific processing job.

    Clips appear as soon as each is finished, while the job is still processing.
    """
    return await _detail(request, request.match_info["job_id"])


@routes.get("/api/v1/jobs")
@operation(
    tag="Jobs",
    query=requests.Page,
    answers={200: (responses.JobList,)},
    example_query="?limit=20",
    gives={"job_id": "/jobs/0/job_id"},
)
async def list_jobs(request: web.Request) -> web.Response:
    """List all processing jobs for your account.

    Newest first. Supports pagination via cursor; pages neither skip nor repeat jobs while new
    ones arrive.
    """
    asked_for = request_parsing.query(request, requests.Page)
    account_id = request[app_keys.ACCOUNT].account_id
    secret = request.app[app_keys.SECRET]
    cursor = asked_for.cursor
    after = cursors.decode(secret, account_id, LISTED, cursor) if cursor else None
    lines, more = await jobs.listed(
        request.app[app_keys.DATABASE], account_id, limit=asked_for.limit, after=after
    )
    next_cursor = None
    if more:
        last = lines[-1]
        next_cursor = cursors.encode(
            secret, account_id, LISTED, created_at=last.created_at, line_id=last.job_id
        )
    page = responses.JobList(
        jobs=[
            responses.JobLine(
                job_id=line.job_id,
                status=line.status,
                created_at=vocabulary.moment(line.created_at),
            )
            for line in lines
        ],
        next_cursor=next_cursor,
        has_more=more,
    )
    return replies.reply(page)


@routes.post("/api/v1/jobs/{job_id}/cancel")
@operation(tag="Jobs", answers={200: (responses.JobDetail,)}, errors=(409,), idempotent=True)
async def cancel_job(request: web.Request) -> web.Response:
    """Cancel a queued or processing job; nothing is charged.

    Processing stops within two seconds, and finished clips are deleted. 409: the job has already
    ended.
    """
    job_id = request.match_info["job_id"]
    db, files = request.app[app_keys.DATABASE], prefix(job_id)
    await jobs.cancel(db, request[app_keys.ACCOUNT].account_id, job_id, files=files)
    request.app[app_keys.METRICS].jobs_ended.labels("canceled", "").inc()
    await disposal.dispose(db, request.app[app_keys.STORAGE], request.app[app_keys.CONFIG], files)
    return await _detail(request, job_id)


@routes.post("/api/v1/jobs/{job_id}/retry")
@operation(tag="Jobs", answers={202: (responses.Accepted,)}, errors=(409, 422), idempotent=True)
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
    return replies.reply(serializers.accepted(job), status=202)


@routes.patch("/api/v1/jobs/{job_id}/speakers")
@operation(
    tag="Jobs",
    body=requests.SpeakerNames,
    answers={200: (responses.Speakers,)},
    errors=(409,),
    example={"names": {"Speaker 1": "Rosa Delgado"}},
)
async def name_speakers(request: web.Request) -> web.Response:
    """Give names to the speakers of an ended job.

    Transcripts and captions have the names from then on, and so have clips that are rendered again
    and texts that a retry writes. Labels that get the same name become one speaker. The texts that
    are written stay as they are. 409: the job has not ended, or has no transcript.
    """
    names = (await request_parsing.body(request, requests.SpeakerNames)).by_label()
    job_id = request.match_info["job_id"]
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    speakers = await ended_jobs.name_speakers(db, account_id, job_id, names)
    return replies.reply(responses.Speakers(job_id=job_id, speakers=speakers))


@routes.delete("/api/v1/jobs/{job_id}")
@operation(tag="Jobs", answers={204: ()}, errors=(409,))
async def delete_job(request: web.Request) -> web.Response:
    """Delete an ended job and all its files.

    Charged minutes stay charged. 409: the job is queued or processing; cancel it first.
    """
    job_id = request.match_info["job_id"]
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    thrown = await ended_jobs.delete(db, account_id, job_id, files=prefix(job_id))
    await disposal.dispose(db, request.app[app_keys.STORAGE], request.app[app_keys.CONFIG], *thrown)
    return web.Response(status=204)


async def _detail(request: web.Request, job_id: str) -> web.Response:
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    job = await jobs.get(db, account_id, job_id)
    base = links.base_url(request)
    clips = [
        await serializers.job_clip(request.app[app_keys.STORAGE], clip, base)
        for clip in await jobs.clips_of(db, account_id, job_id)
    ]
    return replies.reply(serializers.job_detail(job, clips))
