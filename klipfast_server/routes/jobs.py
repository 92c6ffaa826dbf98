"""/api/v1/jobs: look at one, list them; cancel, retry or delete one."""

import asyncio
import shutil

from aiohttp import web

from klipfast_server import cursors, ended, jobs, keys, uploads, views, wire
from klipfast_server.errors import BadRequest
from klipfast_server.run import prefix

routes = web.RouteTableDef()

LIMITS = range(1, 101)  # lines a page
DEFAULT_LIMIT = 20


@routes.get("/api/v1/jobs/{job_id}")
async def get_job(request: web.Request) -> web.Response:
    """A job, with the clips that are ready."""
    return await _detail(request, request.match_info["job_id"])


@routes.get("/api/v1/jobs")
async def list_jobs(request: web.Request) -> web.Response:
    """A page of the account's jobs, newest first."""
    account_id = request[keys.ACCOUNT].account_id
    secret = request.app[keys.SECRET]
    cursor = request.query.get("cursor")
    after = cursors.decode(secret, account_id, cursor) if cursor else None
    lines, more = await jobs.listed(
        request.app[keys.DATABASE], account_id, limit=_limit(request), after=after
    )
    next_cursor = None
    if more:
        last = lines[-1]
        next_cursor = cursors.encode(secret, account_id, last.created_at, last.job_id)
    page = wire.JobList(
        jobs=[
            wire.JobLine(
                job_id=line.job_id, status=line.status, created_at=wire.moment(line.created_at)
            )
            for line in lines
        ],
        next_cursor=next_cursor,
        has_more=more,
    )
    return wire.reply(page)


@routes.post("/api/v1/jobs/{job_id}/cancel")
async def cancel_job(request: web.Request) -> web.Response:
    """The job, canceled; its clips are gone."""
    job_id = request.match_info["job_id"]
    await jobs.cancel(request.app[keys.DATABASE], request[keys.ACCOUNT].account_id, job_id)
    await request.app[keys.STORAGE].delete(prefix(job_id))
    return await _detail(request, job_id)


@routes.post("/api/v1/jobs/{job_id}/retry")
async def retry_job(request: web.Request) -> web.Response:
    """202 with the failed or canceled job, which stands in the queue again."""
    job = await ended.retry(
        request.app[keys.DATABASE],
        request.app[keys.CONFIG],
        request[keys.ACCOUNT].account_id,
        request.match_info["job_id"],
    )
    return wire.reply(views.accepted(job), status=202)


@routes.delete("/api/v1/jobs/{job_id}")
async def delete_job(request: web.Request) -> web.Response:
    """204; every stored byte of the job is gone."""
    job_id = request.match_info["job_id"]
    db, account_id = request.app[keys.DATABASE], request[keys.ACCOUNT].account_id
    async with ended.deleting(db, account_id, job_id) as upload_id:
        await request.app[keys.STORAGE].delete(prefix(job_id))
        if upload_id is not None:
            folder = uploads.folder(request.app[keys.CONFIG], upload_id)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return web.Response(status=204)


async def _detail(request: web.Request, job_id: str) -> web.Response:
    db, account_id = request.app[keys.DATABASE], request[keys.ACCOUNT].account_id
    job = await jobs.get(db, account_id, job_id)
    base = views.base_url(request)
    clips = [
        await views.job_clip(request.app[keys.STORAGE], clip, base)
        for clip in await jobs.clips_of(db, account_id, job_id)
    ]
    return wire.reply(views.job_detail(job, clips))


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) in LIMITS):
        raise BadRequest(
            f"limit must be a whole number from {LIMITS.start} to {LIMITS.stop - 1}.", field="limit"
        )
    return int(text)
