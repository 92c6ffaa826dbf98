"""Lists of jobs and clips, page by page, with filters."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from klipfast_server.schema.list_queries import ClipsQuery, JobsQuery
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import JobFacts
from klipfast_server.store.talks.clip_rows import ClipRow, as_clip, corrected

JOB_QUERIES = {"newest": "list_jobs_newest", "oldest": "list_jobs_oldest"}
CLIP_QUERIES = {
    "newest": "list_clips_newest",
    "oldest": "list_clips_oldest",
    "best": "list_clips_best",
}
NO_SOURCE = "none"  # as source_job_id: jobs that were not made from another one

JobPlace = tuple[datetime, str]  # the last job of a page
ClipPlace = tuple[datetime | int, str]  # the last clip; with order=best its score


class JobLine(JobFacts, frozen=True, kw_only=True):
    """A job in the list."""

    clip_count: int
    source_s: float | None  # length of the source, once probed
    thumbnail_key: str | None  # thumbnail of the job's best clip
    thumbnail_expires_at: datetime | None


async def jobs(
    db: Database, account_id: str, asked: JobsQuery, after: JobPlace | None
) -> tuple[list[JobLine], bool]:
    """Return (at most `asked.limit` jobs after a place, whether there are more)."""
    key, value = asked.pair()
    made: list[str] | None = None
    if asked.source_job_id is not UNSET and asked.source_job_id != NO_SOURCE:
        found = await db.pool.fetch(db.sql["jobs_made_from"], account_id, asked.source_job_id)
        made = [row["job_id"] for row in found]
    rows = await db.pool.fetch(
        db.sql[JOB_QUERIES[asked.order]],
        account_id,
        asked.limit + 1,
        *(after or (None, None)),
        *map(_or_none, (asked.status, asked.created_after, asked.created_before)),
        key,
        value,
        *map(_or_none, (asked.batch_id, asked.q)),
        made,
        asked.source_job_id == NO_SOURCE,
        asked.trash,
    )
    lines = [msgspec.convert(dict(row), JobLine) for row in rows[: asked.limit]]
    return lines, len(rows) > asked.limit


async def clips(
    db: Database, account_id: str, asked: ClipsQuery, after: ClipPlace | None
) -> tuple[list[ClipRow], bool]:
    """Return (at most `asked.limit` clips after a place, whether there are more)."""
    rows = await db.pool.fetch(
        db.sql[CLIP_QUERIES[asked.order]],
        account_id,
        asked.limit + 1,
        *(after or (None, None)),
        *map(_or_none, (asked.job_id, asked.created_after, asked.created_before)),
        asked.min_virality_score,
        *map(_or_none, (asked.kind, asked.caption_style, asked.q)),
    )
    found = [as_clip(row) for row in rows[: asked.limit]]
    return await corrected(found), len(rows) > asked.limit


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value
