"""The worker's queries on jobs: claim, progress, results of stages, end. One function a query.

Every write names the owner of the lease; LeaseLost means that another worker has the job now. Calls
made during a run retry while the database is unavailable, so each must be idempotent.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config, Lanes
from klipfast_server.schema.account.webhooks import FailedClip
from klipfast_server.schema.vocabulary import SourceInfo
from klipfast_server.store import accounts, trash, usage
from klipfast_server.store import texts as stored_texts
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import outlast, rerun
from klipfast_server.store.jobs import Origin
from pipeline.core.data import Clip, Highlight, Options, Span, Talk
from pipeline.core.texts import Texts
from pipeline.editing.excerpt import excerpt

CHANNEL = "klipfast_jobs"
EXHAUSTED = "The server stopped during all {attempts} attempts. Submit the job again."


class LeaseLost(Exception):
    """The job was canceled, or another worker took it over."""


class ClipKeys(Struct, frozen=True, kw_only=True):
    """Keys of the stored files of a clip."""

    video: str
    pictures: tuple[str, ...]  # thumbnails, the best first
    clean: str | None  # without captions and title


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """A clip whose files are stored."""

    clip: Clip
    keys: ClipKeys
    size_bytes: int  # total for all its files
    worked_s: float  # time spent rendering it


class Announcer(Protocol):
    """Writes the events of a change, in the transaction that makes it."""

    async def job_changed(self, connection: Connection, account_id: str, job_id: str) -> None:
        """The job has started or ended."""

    async def clip_ready(self, connection: Connection, account_id: str, clip_id: str) -> None:
        """The clip is available."""

    async def clip_failed(
        self, connection: Connection, account_id: str, failed: FailedClip
    ) -> None:
        """The clip could not be rendered."""


class ClaimedJob(Origin, frozen=True, kw_only=True):
    """A job and the lease under which it is held."""

    job_id: str
    account_id: str
    video_url: str
    options: str
    attempts: int
    lease_owner: str
    plan: str
    keep_source: bool
    kept_source: str | None  # upload_id of a source that an earlier job has kept
    file_name: str
    edits: str  # JSON of what makes one clip of a talk that was heard
    waited_s: float | None = None  # in the queue; None: it has been started before

    @property
    def is_suspect(self) -> bool:
        """Whether an earlier attempt ended without a word, so that it may have killed its server.

        Such a job runs alone: if it kills this one too, no other job pays with an attempt.
        """
        return self.attempts > 1

    @property
    def request(self) -> Options:
        """The options of the request."""
        return msgspec.json.decode(self.options, type=Options)


@rerun
async def claim(
    db: Database,
    config: Config,
    *,
    is_idle: bool,
    only_edits: bool,
    here: Sequence[str] | None,
    outbox: Announcer,
) -> ClaimedJob | None:
    """Lease the next job; None where nothing may be started.

    `is_idle`: whether this worker runs nothing else, which a job that may have killed its server
    needs (see `ClaimedJob.is_suspect`). `only_edits`: whether there is room for those alone.
    `here`: see `uploads.here`.
    """
    lanes = config.lanes
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(db.sql["lock_claims"])
        # A name for each claim: of two starts of one job only the later one holds it.
        lease = (identifiers.new("lease"), lanes.lease_s, lanes.attempts)
        row = await connection.fetchrow(db.sql["claim_job"], *lease, is_idle, here, only_edits)
        if row is None:
            return None
        job = msgspec.convert(dict(row), ClaimedJob)
        if job.waited_s is not None:
            await connection.execute(db.sql["take_turn"], job.account_id, config.weight(job.plan))
            await outbox.job_changed(connection, job.account_id, job.job_id)
        return job


@rerun
async def bury_exhausted(db: Database, lanes: Lanes, outbox: Announcer) -> int:
    """Fail the jobs that used up their attempts; how many."""
    message = EXHAUSTED.format(attempts=lanes.attempts)
    async with db.pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(db.sql["bury_exhausted"], lanes.attempts, message)
        for row in rows:
            await outbox.job_changed(connection, row["account_id"], row["job_id"])
    return len(rows)


async def set_progress(
    db: Database, job: ClaimedJob, *, stage: str, progress: float, lease_s: float
) -> None:
    """Record the progress, which renews the lease. Raises LeaseLost."""
    await write(db, job, db.sql["set_progress"], stage, progress, lease_s)


async def write(db: Database, job: ClaimedJob, query: str, *values: Any) -> None:
    """Run a query that returns nothing where the lease is another's. Raises LeaseLost."""
    if await db.pool.fetchval(query, job.job_id, job.lease_owner, *values) is None:
        raise LeaseLost


@asynccontextmanager
async def holding(db: Database, job: ClaimedJob) -> AsyncIterator[Connection]:
    """Hold the job's row in a transaction while the block runs. Raises LeaseLost."""
    async with db.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval(db.sql["lock_job"], job.job_id, job.lease_owner) is None:
            raise LeaseLost
        yield connection


@outlast
async def set_source(
    db: Database, job: ClaimedJob, info: SourceInfo, *, fetched_s: float | None, title: str = ""
) -> None:
    """Record the properties of the source and its download time; None for an upload.

    `title`, unless it is empty, becomes the job's if the request gave none. Raises LeaseLost.
    """
    source = msgspec.json.encode(info).decode()
    counted_s = usage.counted_s(info.duration_seconds, job.request.range)
    await write(db, job, db.sql["set_source"], source, counted_s, fetched_s, title)


@outlast
async def count_only(db: Database, job: ClaimedJob, counted_s: float, *, unheard_s: float) -> None:
    """Count no more than the seconds that could be heard: the file may break off or be damaged.

    `unheard_s`: what is missing, for a warning to the caller. Raises LeaseLost.
    """
    await write(db, job, db.sql["count_only"], counted_s, unheard_s)


@outlast
@rerun
async def check_minutes(db: Database, config: Config, job: ClaimedJob) -> None:
    """Raise OverLimit where the plan does not cover the source, its length now known."""
    async with db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(db, connection, job.account_id)
        await usage.check_covered(db, connection, account, config.plans[account.plan], job.job_id)


@outlast
async def clip_ordinals(db: Database, job_id: str) -> set[int]:
    """Return the highlights that are clips already."""
    return {row["ordinal"] for row in await db.pool.fetch(db.sql["clip_ordinals"], job_id)}


@outlast
async def failed_clips(db: Database, job_id: str) -> set[int]:
    """Return the highlights of which an earlier start could make no clip."""
    return set(await db.pool.fetchval(db.sql["failed_clips"], job_id) or ())


@outlast
@rerun
async def drop_clips(db: Database, job: ClaimedJob, prefix: str) -> None:
    """Delete the clips of earlier starts, and note that their files, below `prefix`, are trash.

    Raises LeaseLost.
    """
    async with holding(db, job) as connection:
        await connection.execute(db.sql["delete_job_clips"], job.job_id)
        await connection.execute(db.sql["forget_failed_clips"], job.job_id)
        await trash.throw_away(db, connection, "storage", prefix)


@outlast
@rerun
async def add_clip(
    db: Database,
    job: ClaimedJob,
    ordinal: int,
    *,
    talk: Talk,
    made: StoredClip,
    retention_days: int,
    seen: bytes = b"",
    outbox: Announcer,
) -> None:
    """Record a clip whose files are stored. `seen`: its shots, see store.clip_shots.

    Raises LeaseLost.
    """
    clip_id, row = identifiers.clip_id(job.job_id, ordinal), _row(job, ordinal, talk, made)
    # The row is locked first: two clips at once must not wait for each other.
    async with holding(db, job) as connection:
        added = await connection.fetchval(
            db.sql["add_clip"], job.job_id, job.lease_owner, clip_id, row, retention_days
        )
        if added is None:
            return  # an earlier call has recorded it, and its answer was lost
        if seen:
            await connection.execute(db.sql["add_clip_shots"], clip_id, seen)
        await connection.execute(db.sql["add_encoded"], job.job_id, job.lease_owner, made.worked_s)
        await outbox.clip_ready(connection, job.account_id, clip_id)


def _row(job: ClaimedJob, ordinal: int, talk: Talk, made: StoredClip) -> str:
    """Return the columns of a clip as a JSON object."""
    highlight, clip, keys = talk.highlights[ordinal], made.clip, made.keys
    columns = {
        "ordinal": ordinal,
        "title": highlight.title,
        "virality_score": highlight.virality_score,
        "duration_s": clip.duration_s,
        "width": clip.width,
        "height": clip.height,
        "caption_style": job.request.caption_style,
        "start_s": highlight.start_s,
        "end_s": highlight.end_s,
        "score": highlight.breakdown,
        "reason": highlight.reason,
        "transcript": spoken(talk, highlight, clip.kept),
        "description": highlight.description,
        "hashtags": highlight.hashtags,
        "title_variants": highlight.title_variants,
        "confidence": highlight.confidence,
        "kind": highlight.kind,
        "file_key": keys.video,
        "thumbnail_key": keys.pictures[0],
        "more_thumbnail_keys": keys.pictures[1:],
        "clean_key": keys.clean,
        "size_bytes": made.size_bytes,
        "kept": clip.kept,
        "captions": clip.captions,
        "lead_in_s": clip.lead_in_s,
    }
    return msgspec.json.encode(columns).decode()


@outlast
@rerun
async def note_failed_clip(
    db: Database, job: ClaimedJob, ordinal: int, failed: FailedClip, *, outbox: Announcer
) -> None:
    """Announce a clip that could not be rendered, once. Raises LeaseLost."""
    async with holding(db, job) as connection:
        if await connection.fetchval(db.sql["note_failed_clip"], job.job_id, ordinal) is None:
            return
        await outbox.clip_failed(connection, job.account_id, failed)


def spoken(talk: Talk, highlight: Highlight, kept: Sequence[Span] = ()) -> str:
    """Return the transcript of a clip; `kept` as in Clip.kept."""
    sentences = excerpt(talk.transcript, highlight, kept).sentences
    return " ".join(sentence.text for sentence in sentences)


@outlast
@rerun
async def finish(
    db: Database,
    config: Config,
    job: ClaimedJob,
    texts: Texts,
    *,
    wrote_s: float,
    outbox: Announcer,
) -> None:
    """Store the texts, complete the job, charge and announce it, all or nothing. Raises LeaseLost.

    `wrote_s`: time the texts took.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(db, connection, job.account_id)
        row = await connection.fetchrow(db.sql["finish_job"], job.job_id, job.lease_owner, wrote_s)
        if row is None:
            raise LeaseLost
        await stored_texts.put(db, connection, job.rewrite_of or job.job_id, texts, job.request)
        if job.is_charged:
            plan, minutes = config.plans[account.plan], row["duration_s"] / 60
            await usage.charge(db, connection, account, plan, job_id=job.job_id, minutes=minutes)
        await outbox.job_changed(connection, job.account_id, job.job_id)


@outlast
@rerun
async def fail(
    db: Database, job: ClaimedJob, code: str, message: str, *, reason: str | None, outbox: Announcer
) -> None:
    """End the job with an error; `reason`: what is wrong with the source. Raises LeaseLost."""
    async with db.pool.acquire() as connection, connection.transaction():
        ended = (job.job_id, job.lease_owner, code, message, reason)
        if await connection.fetchval(db.sql["fail_job"], *ended) is None:
            raise LeaseLost
        await outbox.job_changed(connection, job.account_id, job.job_id)


@outlast
async def is_held(db: Database, job: ClaimedJob) -> bool:
    """Return whether this worker still has the job."""
    held: bool = await db.pool.fetchval(db.sql["is_held"], job.job_id, job.lease_owner)
    return held


@outlast
async def release(db: Database, job: ClaimedJob) -> None:
    """Release the job for whoever starts next."""
    await db.pool.execute(db.sql["release_job"], job.job_id, job.lease_owner)


@outlast
async def status(db: Database, job_id: str) -> str | None:
    """Return the status of a job; None where it is deleted."""
    found: str | None = await db.pool.fetchval(db.sql["job_status"], job_id)
    return found


async def live_jobs(db: Database) -> set[str]:
    """Return the jobs that some worker holds."""
    return {row["job_id"] for row in await db.pool.fetch(db.sql["live_jobs"])}
