"""Operations on ended jobs: retry, delete, read the transcript, name its speakers."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import msgspec

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.core.errors import BadRequest, Conflict, NotFound, Unprocessable
from klipfast_server.schema.vocabulary import Status
from klipfast_server.store import accounts, jobs, talk_json, trash
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.jobs import Job, Origin, Submitted
from klipfast_server.store.talk_json import StoredTalk
from pipeline.export.transcript_schema import SpeakerJson

TRASH_DAYS = 7
MAX_TOLD_LABELS = 20  # in an error message
MAX_TOLD_CHARS = 80  # length of each label


class Locked(Origin, frozen=True, kw_only=True):
    """The fields that must not change while a job is queued again or deleted."""

    status: Status
    same_work: bytes
    duration_s: float | None
    upload_is_gone: bool
    transcript_removed_at: datetime | None  # also of the job whose text it writes


async def retry(db: Database, config: Config, account_id: str, job_id: str) -> Submitted:
    """Queue a failed or canceled job again; earlier transcripts and results are kept.

    Raises NotFound, Conflict, Unprocessable (its upload is gone), OverLimit or RateLimited.
    """
    created_at = await _queue_again(db, config, account_id, job_id)
    return Submitted(job_id=job_id, created_at=created_at)


@rerun
async def _queue_again(db: Database, config: Config, account_id: str, job_id: str) -> datetime:
    async with db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(db, connection, account_id)
        job = await _lock(db, connection, account_id, job_id)
        if job.status not in ("failed", "canceled"):
            raise Conflict(
                f"{job_id} is {job.status}; only a failed or canceled job can be retried.",
                job_id=job_id,
            )
        await jobs.refuse_same(db, connection, account_id, job.same_work)
        if job.transcript_removed_at is not None and not job.is_charged:
            raise jobs.transcript_removed(job_id, job.transcript_removed_at)
        if job.upload_is_gone:
            raise Unprocessable(
                f"The upload of {job_id} has expired; submit the file again as a new job.",
                reason="source_gone",
            )
        await jobs.admit(db, connection, config, account, job, duration_s=job.duration_s)
        created_at: datetime = await connection.fetchval(
            db.sql["retry_job"], job_id, config.plans[account.plan].parallel_jobs
        )
        await connection.execute(db.sql["notify"], "queued")
    return created_at


async def put_in_trash(db: Database, account_id: str, job_id: str) -> None:
    """Delete an ended job in a week, unless it is restored. Raises NotFound or Conflict."""
    job = await jobs.get(db, account_id, job_id)
    if await db.pool.fetchval(db.sql["trash_job"], job_id, account_id, TRASH_DAYS) is None:
        raise Conflict(f"{job_id} is {job.status}; cancel it first.", job_id=job_id)


async def restore(db: Database, account_id: str, job_id: str) -> None:
    """Take a job out of the trash; one that is not there stays as it is. Raises NotFound."""
    await jobs.get(db, account_id, job_id)
    await db.pool.execute(db.sql["untrash_job"], job_id, account_id)


@rerun
async def delete(db: Database, account_id: str, job_id: str, *, files: str) -> list[str]:
    """Delete an ended job; return the names under which its files were thrown away.

    `files`: the key prefix of its clips. Raises NotFound or Conflict.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        # The lock keeps new jobs from using the upload meanwhile.
        await accounts.lock(db, connection, account_id)
        job = await _lock(db, connection, account_id, job_id)
        if job.status in ("queued", "processing"):
            raise Conflict(f"{job_id} is {job.status}; cancel it first.", job_id=job_id)
        upload_id = await connection.fetchval(db.sql["delete_job_upload"], job_id)
        await connection.execute(db.sql["delete_job"], job_id)
        await trash.throw_away(db, connection, "storage", files)
        if upload_id is None:
            return [files]
        await trash.throw_away(db, connection, "uploads", upload_id)
        return [files, upload_id]


async def _lock(db: Database, connection: Connection, account_id: str, job_id: str) -> Locked:
    """Lock a job. Raises NotFound, also if it belongs to another account."""
    row = None
    if identifiers.is_valid("job", job_id):
        row = await connection.fetchrow(db.sql["lock_own_job"], job_id, account_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return msgspec.convert(dict(row), Locked)


async def get_talk(db: Database, account_id: str, job_id: str) -> StoredTalk:
    """Return the talk of a job. Raises NotFound, or Conflict if there is none yet."""
    job = await jobs.get(db, account_id, job_id)
    talk = await find_talk(db, job)
    if talk is None:
        raise jobs.without_talk(job)
    return talk


async def find_talk(db: Database, job: Job) -> StoredTalk | None:
    """Return the talk of a job; None if it was removed. Raises Conflict if there is none yet."""
    row = await db.pool.fetchrow(db.sql["get_talk"], job.job_id)
    if row is not None:
        return msgspec.convert(dict(row), StoredTalk)
    if job.transcript_removed_at is None:
        raise jobs.without_talk(job)
    return None


async def name_speakers(
    db: Database, account_id: str, job_id: str, names: Mapping[str, str | None]
) -> list[SpeakerJson]:
    """Give names to the speakers of an ended job, by label; None takes a name back.

    Other names stay. Raises NotFound, Conflict (it has not ended, or has no talk), or BadRequest
    for a label that is unknown.
    """
    job = await jobs.get(db, account_id, job_id)
    if job.status in ("queued", "processing"):
        raise _unended(job_id, job.status)
    talk = await get_talk(db, account_id, job_id)
    speakers = await asyncio.to_thread(talk_json.list_speakers, talk)
    _check_labels(names, [speaker.label for speaker in speakers])
    changes = {label: None if name == label else name for label, name in names.items()}
    stored: str | None = await db.pool.fetchval(
        db.sql["name_speakers"], job_id, account_id, msgspec.json.encode(changes).decode()
    )
    if stored is None:  # it is deleted, or runs again, since a moment
        job = await jobs.get(db, account_id, job_id)
        raise _unended(job_id, job.status)
    given = msgspec.json.decode(stored, type=dict[str, str])
    return [msgspec.structs.replace(s, name=given.get(s.label)) for s in speakers]


def _unended(job_id: str, status: Status) -> Conflict:
    return Conflict(
        f"{job_id} is {status}; its speakers can be named once it has ended.", job_id=job_id
    )


def _check_labels(names: Mapping[str, str | None], known: list[str]) -> None:
    """Raise BadRequest for a label that no speaker has."""
    unknown = next((label for label in names if label not in known), None)
    if unknown is None:
        return
    if not known:
        raise BadRequest("This talk has no speaker labels: one person speaks.", field="names")
    told = ", ".join(label[:MAX_TOLD_CHARS] for label in known[:MAX_TOLD_LABELS])
    more = ", …" if len(known) > MAX_TOLD_LABELS else "."
    raise BadRequest(
        f"No speaker has the label {unknown[:MAX_TOLD_CHARS]!r}. Known: {told}{more}",
        field="names",
    )
