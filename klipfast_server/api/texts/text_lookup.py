"""Finds the job and the text that a path names, or says why they are not there."""

import msgspec
from aiohttp import web

from klipfast_server.api import caller
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.store import jobs, texts
from klipfast_server.store.jobs import Job
from klipfast_server.store.texts import TextRow
from pipeline.core.data import Options
from pipeline.core.texts import TEXT_KINDS, TextKind


def kind(request: web.Request) -> TextKind:
    """Return the kind that the path names. Raises NotFound."""
    name = request.match_info["text"]
    for known in TEXT_KINDS:
        if known == name:
            return known
    raise NotFound(f"There is no text {name!r}; there are {', '.join(TEXT_KINDS)}.")


async def ended_job(request: web.Request) -> Job:
    """Return the ended job that the path names. Raises NotFound, or Conflict if it has no texts."""
    job_id = request.match_info["job_id"]
    job = await jobs.get(*caller.of(request), job_id)
    if job.status in ("queued", "processing"):
        raise Conflict(f"The texts of {job_id} are not written yet.", job_id=job_id)
    if job.rewrite_of is not None:
        raise Conflict(
            f"{job_id} writes a text of {job.rewrite_of}; its texts are there.",
            job_id=job.rewrite_of,
        )
    return job


def _asked_for(job: Job, wanted: TextKind) -> bool:
    return wanted in msgspec.json.decode(job.options, type=Options).text_outputs


def _again(job: Job, wanted: TextKind) -> str:
    if job.transcript_removed_at is not None:
        return "Its transcript was removed, too; submit the video again to have both."
    return f"POST /api/v1/jobs/{job.job_id}/texts/{wanted} writes it again."


async def written(request: web.Request, job: Job, wanted: TextKind) -> TextRow:
    """Return a text of a job. Raises NotFound, with the reason if it was withheld."""
    db, account_id = caller.of(request)
    row = await texts.find(db, account_id, job.job_id, wanted)
    if row is None:
        job = await jobs.get(db, account_id, job.job_id)  # it may have gone since that was read
    if row is None or not row.text:
        reason = f": {row.reason}" if row is not None and row.reason else "."
        if row is None and job.texts_removed_at is not None and _asked_for(job, wanted):
            again = _again(job, wanted)
            reason = f" any more: the account's plan keeps texts for so many days only. {again}"
        raise NotFound(f"{job.job_id} has no {wanted}{reason}")
    return row
