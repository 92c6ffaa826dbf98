"""Operations on ended jobs: retry, delete, and read the transcript."""

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.core.errors import Conflict, NotFound, Unprocessable
from klipfast_server.schema.vocabulary import Status
from klipfast_server.store import accounts, jobs, trash
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.jobs import Submitted


class Locked(Struct, frozen=True, kw_only=True):
    """The fields that must not change while a job is queued again or deleted."""

    status: Status
    same_work: bytes
    duration_s: float | None
    rerender_of: str | None
    upload_is_gone: bool


@rerun
async def retry(db: Database, config: Config, account_id: str, job_id: str) -> Submitted:
    """Queue a failed or canceled job again; earlier transcripts and results are kept.

    Raises NotFound, Conflict, Unprocessable (its upload is gone), OverLimit or RateLimited.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(db, connection, account_id)
        job = await _lock(db, connection, account_id, job_id)
        if job.status not in ("failed", "canceled"):
            raise Conflict(
                f"{job_id} is {job.status}; only a failed or canceled job can be retried.",
                job_id=job_id,
            )
        await jobs.refuse_same(db, connection, account_id, job.same_work)
        if job.upload_is_gone:
            raise Unprocessable(
                f"The upload of {job_id} has expired; submit the file again as a new job."
            )
        await jobs.admit(db, connection, config, account, job)
        created_at = await connection.fetchval(
            db.sql["retry_job"], job_id, config.plans[account.plan].parallel_jobs
        )
        return await jobs.queued(db, connection, config, job_id, created_at)


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


async def talk_json(db: Database, account_id: str, job_id: str) -> str:
    """Return the stored Talk as JSON. Raises NotFound, or Conflict if there is none yet."""
    job = await jobs.get(db, account_id, job_id)
    text: str | None = await db.pool.fetchval(db.sql["get_talk"], job_id)
    if text is None:
        raise Conflict(f"{job_id} is {job.status} and has no transcript yet.", job_id=job_id)
    return text
