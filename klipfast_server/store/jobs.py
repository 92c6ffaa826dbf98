"""Jobs and clips as their account sees them: submit, get, cancel, pause."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg
import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.core.errors import Conflict, KlipfastError, NotFound, RateLimited
from klipfast_server.schema.vocabulary import ErrorCode, Reason, Stage, Status
from klipfast_server.store import accounts, talk_json, trash, usage
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun
from pipeline.core.data import Options


class Origin(Struct, frozen=True, kw_only=True):
    """What a job is made from; without any of these, from a video that it hears itself."""

    rerender_of: str | None = None  # the clip that is made again
    rewrite_of: str | None = None  # the job whose text is written again
    span_of: str | None = None  # the job of whose source it makes a clip
    reel_of: str | None = None  # the job of whose moments it makes one clip

    @property
    def is_edit(self) -> bool:
        """Whether it makes a clip of a talk that was heard; somebody waits for it."""
        return (self.rerender_of or self.span_of or self.reel_of) is not None

    @property
    def is_charged(self) -> bool:
        """Whether it hears a talk; to make something of one that was heard is free."""
        return not self.is_edit and self.rewrite_of is None


class Submission(Origin, frozen=True, kw_only=True):
    """A validated request; `identity` decides whether two videos are the same."""

    video_url: str
    identity: str
    options: Options
    duration_s: float | None  # None: not known before it is fetched
    source_json: str | None
    metadata: dict[str, str] = {}
    webhook_url: str | None = None
    talk_id: str | None = None  # what need not be heard again
    edits: str = talk_json.NONE  # JSON of what makes one clip of that talk
    home_job_id: str | None = None  # a render: the job whose results have the clip
    home_ordinal: int | None = None  # its place there
    clip_s: float | None = None  # seconds of all its clips; None: it is still to be heard
    clip_total: int | None = None  # how many these are
    base_url: str = ""  # what links begin with where no request is at hand
    title: str | None = None  # talk title, given by the caller
    file_name: str = ""  # name of the source's file; empty: not known
    batch_id: str | None = None
    priority: int = 0  # among the account's jobs, higher first
    keep_source: bool = True  # for as long as its clips are kept
    kept_source: str | None = None  # upload_id of a source that an earlier job has kept

    @property
    def same_work(self) -> bytes:
        """SHA-256 of what is not done twice at once: a video with its options, or a text."""
        digest = hashlib.sha256(self.identity.encode())
        if self.rewrite_of is None:
            digest.update(b"\n" + msgspec.json.encode(self.options))
        return digest.digest()

    def row(self) -> str:
        """Return the columns of its job as a JSON object."""
        texts = {"source": self.source_json or "null", "edits": self.edits}
        columns = {name: getattr(self, name) for name in self.__struct_fields__}
        decoded = {name: msgspec.Raw(text.encode()) for name, text in texts.items()}
        return msgspec.json.encode(columns | decoded).decode()


class Submitted(Struct, frozen=True, kw_only=True):
    """A queued job."""

    job_id: str
    created_at: datetime


class JobFacts(Origin, frozen=True, kw_only=True):
    """What a list of jobs tells of each, and a job itself."""

    job_id: str
    status: Status
    video_url: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: Stage | None
    progress: float
    language: str | None
    error_code: ErrorCode | None
    error_message: str | None
    error_reason: Reason | None
    metadata: str
    title: str | None
    file_name: str
    batch_id: str | None
    priority: int
    paused_at: datetime | None
    deletes_at: datetime | None  # it is in the trash until then
    clip_total: int | None  # how many clips are wanted, once it is heard


class Job(JobFacts, frozen=True, kw_only=True):
    """A row of jobs, without the columns that only the worker reads."""

    account_id: str
    options: str
    source: str | None
    texts: str | None  # JSON of the texts by kind
    withheld: str | None  # JSON of the reasons why some are empty, by kind
    unheard_s: float | None
    coverage: str | None
    source_unkept: bool  # there was no room for it
    clips_lost: int  # clips that could not be rendered
    uncompared: int  # pairs of candidates for which a language model had no time
    kept_source: str | None
    source_expires_at: datetime | None  # when the kept source expires
    transcript_removed_at: datetime | None  # when its plan kept it no longer
    texts_removed_at: datetime | None  # the same for the last of the texts


async def submit(
    db: Database, config: Config, account_id: str, submission: Submission
) -> Submitted:
    """Queue a job. Raises Conflict, NotFound, OverLimit or RateLimited (full queue)."""
    job_id = identifiers.new("job")
    try:
        created_at = await _insert(db, config, account_id, job_id, submission)
    except asyncpg.UniqueViolationError:
        await refuse_same(db, db.pool, account_id, submission.same_work)
        raise
    except asyncpg.ForeignKeyViolationError:  # deleted this very moment
        of = submission.rewrite_of or submission.span_of or submission.reel_of
        if of is None:
            raise NotFound(f"There is no clip {submission.rerender_of}.") from None
        raise NotFound(f"There is no job {of}.") from None
    return Submitted(job_id=job_id, created_at=created_at)


async def refuse_same(
    db: Database, connection: Connection | asyncpg.Pool, account_id: str, same_work: bytes
) -> None:
    """Raise Conflict where the account has an unfinished job with the same request."""
    row = await connection.fetchrow(db.sql["same_job"], account_id, same_work)
    if row is None:
        return
    other, what = row["job_id"], "has the same video and options."
    if row["rewrite_of"] is not None:
        what = "writes this text; wait for it, or cancel it."
    raise Conflict(f"Job is already being processed: {other} {what}", job_id=other)


@rerun
async def _insert(
    db: Database, config: Config, account_id: str, job_id: str, submission: Submission
) -> datetime:
    """Store a job and notify the worker; return when that was."""
    async with db.pool.acquire() as connection, connection.transaction():
        # The lock keeps two requests from using the same last minute.
        account = await accounts.lock(db, connection, account_id)
        await refuse_same(db, connection, account_id, submission.same_work)
        await admit(db, connection, config, account, submission, duration_s=submission.duration_s)
        created_at: datetime = await connection.fetchval(
            db.sql["insert_job"],
            job_id,
            account_id,
            submission.same_work,
            config.plans[account.plan].parallel_jobs,
            submission.row(),
        )
        await connection.execute(db.sql["notify"], "queued")
    return created_at


def without_talk(job: Job) -> KlipfastError:
    """Return the error for what needs the talk of a job that has none, or none any more."""
    if job.transcript_removed_at is not None:
        return transcript_removed(job.job_id, job.transcript_removed_at)
    return Conflict(f"{job.job_id} is {job.status} and has no transcript yet.", job_id=job.job_id)


def transcript_removed(job_id: str, at: datetime) -> NotFound:
    """Return the error for what needs a transcript that its plan has kept no longer."""
    return NotFound(
        f"The transcript of {job_id} was removed on {at:%Y-%m-%d}: the account's plan keeps it for "
        "so many days only. Submit the video again to have another."
    )


async def admit(
    db: Database,
    connection: Connection,
    config: Config,
    account: Account,
    work: Origin,
    *,
    duration_s: float | None,
) -> None:
    """Give the account its place in the queue, for one more job of this length.

    Raises OverLimit or RateLimited where it cannot be admitted.
    """
    plan = config.plans[account.plan]
    if work.rewrite_of is None:  # a text takes no room
        await usage.make_room(db, connection, account, plan)
    if work.is_charged:
        await usage.check_minutes(db, connection, account, plan, duration_s)
    queue = await connection.fetchrow(db.sql["queue_length"], account.account_id)
    assert queue is not None
    share = config.limits.queue_length / (queue["others"] + 1)
    if queue["total"] >= config.limits.queue_length and queue["own"] >= share:
        raise RateLimited(
            "The queue is full; try again later.", retry_after_s=config.limits.queue_retry_s
        )
    await connection.execute(db.sql["enter_queue"], account.account_id)


async def get(db: Database, account_id: str, job_id: str) -> Job:
    """Return a job of the account. Raises NotFound."""
    row = None
    if identifiers.is_valid("job", job_id):
        row = await db.pool.fetchrow(db.sql["get_job"], job_id, account_id)
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return msgspec.convert(dict(row), Job)


@rerun
async def cancel(
    db: Database,
    account_id: str,
    job_id: str,
    *,
    files: str,
    announce: Callable[[Connection, str, str], Awaitable[None]],
) -> None:
    """Cancel a queued or processing job; throw away its clips, below the key prefix `files`.

    `announce` writes the event, in the same transaction: (connection, account_id, job_id).

    Raises NotFound or Conflict.
    """
    await get(db, account_id, job_id)
    async with db.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(db.sql["cancel_job"], job_id, account_id) is None:
            status = await connection.fetchval(db.sql["job_status"], job_id)
            raise Conflict(f"{job_id} is already {status or 'deleted'}.", job_id=job_id)
        # A canceled job costs nothing, so nothing of it is left to take.
        await connection.execute(db.sql["delete_job_clips"], job_id)
        await trash.throw_away(db, connection, "storage", files)
        await announce(connection, account_id, job_id)
        await connection.execute(db.sql["notify"], f"canceled {job_id}")


@rerun
async def pause(db: Database, account_id: str, job_id: str) -> None:
    """Stop a queued or processing job until it is resumed. Raises NotFound or Conflict."""
    job = await get(db, account_id, job_id)
    async with db.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(db.sql["pause_job"], job_id, account_id) is None:
            state = "paused" if job.paused_at is not None else job.status
            raise Conflict(
                f"{job_id} is already {state}; a queued or processing job can be paused.",
                job_id=job_id,
            )
        await connection.execute(db.sql["notify"], f"paused {job_id}")


async def resume(db: Database, account_id: str, job_id: str) -> Submitted:
    """Put a paused job back into the queue, at its place. Raises NotFound or Conflict."""
    job = await get(db, account_id, job_id)
    created_at = await db.pool.fetchval(db.sql["resume_job"], job_id, account_id)
    if created_at is None:
        raise Conflict(f"{job_id} is {job.status} and not paused.", job_id=job_id)
    return Submitted(job_id=job_id, created_at=created_at)
