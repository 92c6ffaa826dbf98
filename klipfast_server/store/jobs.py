"""Jobs and clips as their account sees them: submit, look, list, cancel."""

import hashlib
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.core.errors import Conflict, NotFound, RateLimited
from klipfast_server.schema.vocabulary import ErrorCode, Reason, Stage, Status
from klipfast_server.store import accounts, estimate, usage
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Connection, Database
from pipeline.core.data import Options


class Submission(Struct, frozen=True, kw_only=True):
    """A checked request; `identity` is what makes two videos the same."""

    video_url: str
    identity: str
    options: Options
    duration_s: float | None  # None: not known before it is fetched
    source_json: str | None
    metadata: dict[str, str] = {}
    webhook_url: str | None = None
    rerender_of: str | None = None  # the clip that is made again; such a job is free
    talk_json: str | None = None  # what need not be heard again
    clip_s: float | None = None  # seconds of all its clips; None: it is still to be heard
    clip_total: int | None = None  # how many these are
    base_url: str = ""  # what links begin with where no request is at hand


class Submitted(Struct, frozen=True, kw_only=True):
    """A job that stands in the queue."""

    job_id: str
    created_at: datetime
    estimated_s: float


class Job(Struct, frozen=True, kw_only=True):
    """A row of jobs, without what only the worker reads."""

    job_id: str
    account_id: str
    status: Status
    video_url: str
    options: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: Stage | None
    progress: float
    source: str | None
    language: str | None
    texts: str | None
    error_code: ErrorCode | None
    error_message: str | None
    error_reason: Reason | None
    metadata: str
    rerender_of: str | None


class JobLine(Struct, frozen=True, kw_only=True):
    """A line of a list."""

    job_id: str
    status: Status
    created_at: datetime


class ClipRow(Struct, frozen=True, kw_only=True):
    """A row of clips."""

    clip_id: str
    job_id: str
    ordinal: int  # of its highlight in the job's talk
    title: str
    virality_score: int
    duration_s: float
    width: int
    height: int
    caption_style: str
    start_s: float
    end_s: float
    score: str
    reason: str
    transcript: str
    description: str
    hashtags: list[str]
    file_key: str
    thumbnail_key: str
    clean_key: str | None  # of the clip without captions and title
    kept: str  # JSON of the spans of the source that are in it; empty: all
    expires_at: datetime


async def submit(
    db: Database, config: Config, account_id: str, submission: Submission
) -> Submitted:
    """Queue a job. Raises Conflict, OverLimit or RateLimited (full queue)."""
    same_work = hashlib.sha256(
        submission.identity.encode() + b"\n" + msgspec.json.encode(submission.options)
    ).digest()
    try:
        async with db.pool.acquire() as connection, connection.transaction():
            # The lock keeps two requests from using the same last minute.
            account = await accounts.lock(db, connection, account_id)
            await refuse_same(db, connection, account_id, same_work)
            return await _insert(
                db,
                connection,
                config=config,
                account=account,
                submission=submission,
                same_work=same_work,
            )
    except asyncpg.UniqueViolationError:
        await refuse_same(db, db.pool, account_id, same_work)
        raise


async def refuse_same(
    db: Database, connection: Connection | asyncpg.Pool, account_id: str, same_work: bytes
) -> None:
    """Raises Conflict where the account has an unfinished job of the same work."""
    other = await connection.fetchval(db.sql["same_job"], account_id, same_work)
    if other is not None:
        raise Conflict(
            f"Job is already being processed: {other} has the same video and options.", job_id=other
        )


async def _insert(
    db: Database,
    connection: Connection,
    *,
    config: Config,
    account: Account,
    submission: Submission,
    same_work: bytes,
) -> Submitted:
    await admit(db, connection, config, account, submission)
    job_id = identifiers.new("job")
    created_at = await connection.fetchval(
        db.sql["insert_job"],
        job_id,
        account.account_id,
        submission.video_url,
        msgspec.json.encode(submission.options).decode(),
        same_work,
        config.plans[account.plan].parallel_jobs,
        submission.clip_s,
        submission.clip_total,
        submission.duration_s,
        submission.source_json,
        msgspec.json.encode(submission.metadata).decode(),
        submission.webhook_url,
        submission.rerender_of,
        submission.base_url,
    )
    if submission.talk_json is not None:
        await connection.execute(db.sql["insert_talk"], job_id, submission.talk_json)
    return await queued(db, connection, config, job_id, created_at)


async def queued(
    db: Database, connection: Connection, config: Config, job_id: str, created_at: datetime
) -> Submitted:
    """Wake the worker for a job that stands in the queue now, and tell how long it will take."""
    await connection.execute(db.sql["notify"], "queued")
    left_s = await estimate.left_s(db, connection, config.lanes)
    return Submitted(job_id=job_id, created_at=created_at, estimated_s=left_s[job_id])


class Work(Protocol):
    """What of a job decides whether it is taken on."""

    @property
    def duration_s(self) -> float | None:
        """Length of its source."""

    @property
    def rerender_of(self) -> str | None:
        """The clip that is made again."""


async def admit(
    db: Database, connection: Connection, config: Config, account: Account, work: Work
) -> None:
    """Raises OverLimit or RateLimited where one more job cannot be taken on."""
    plan = config.plans[account.plan]
    await usage.check_storage(db, connection, account, plan)
    if work.rerender_of is None:
        await usage.check_minutes(db, connection, account, plan, work.duration_s)
    if await connection.fetchval(db.sql["queue_length"]) >= config.limits.queue_length:
        raise RateLimited(
            "The queue is full; try again later.", retry_after_s=config.limits.queue_retry_s
        )


async def get(db: Database, account_id: str, job_id: str) -> Job:
    """Raises NotFound, also where the job is another's."""
    row = None
    if identifiers.is_valid("job", job_id):
        row = await db.pool.fetchrow(db.sql["get_job"], job_id, account_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return msgspec.convert(dict(row), Job)


async def listed(
    db: Database, account_id: str, *, limit: int, after: tuple[datetime, str] | None
) -> tuple[list[JobLine], bool]:
    """(at most `limit` jobs, newest first, after that place; whether there are more)."""
    arguments: list[Any] = [account_id, limit + 1]
    name = "list_jobs"
    if after is not None:
        name = "list_jobs_after"
        arguments += after
    rows = await db.pool.fetch(db.sql[name], *arguments)
    lines = [msgspec.convert(dict(row), JobLine) for row in rows[:limit]]
    return lines, len(rows) > limit


async def cancel(db: Database, account_id: str, job_id: str) -> None:
    """Stop a queued or processing job. Raises NotFound or Conflict."""
    await get(db, account_id, job_id)
    async with db.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(db.sql["cancel_job"], job_id, account_id) is None:
            status = await connection.fetchval(db.sql["job_status"], job_id)
            raise Conflict(f"{job_id} is already {status or 'deleted'}.", job_id=job_id)
        # A canceled job costs nothing, so nothing of it is left to take.
        await connection.execute(db.sql["delete_job_clips"], job_id)
        await connection.execute(db.sql["notify"], f"canceled {job_id}")


async def clips_of(db: Database, account_id: str, job_id: str) -> list[ClipRow]:
    """The clips that are ready, in the order of the highlights."""
    rows = await db.pool.fetch(db.sql["job_clips"], job_id, account_id)
    return [msgspec.convert(dict(row), ClipRow) for row in rows]


async def get_clip(db: Database, account_id: str, clip_id: str) -> ClipRow:
    """Raises NotFound, also where the clip is another's or has expired."""
    row = None
    if identifiers.is_valid("clip", clip_id):
        row = await db.pool.fetchrow(db.sql["get_clip"], clip_id, account_id)
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    return msgspec.convert(dict(row), ClipRow)
