"""What accounts say of their clips, and the taste that is learned from it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Learning
from klipfast_server.core.errors import NotFound
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from pipeline.core.taste import Taste, Traits
from pipeline.highlights import taste_learning
from pipeline.highlights.taste_learning import MAX_EXAMPLES, Example, Learned, Verdict

MAX_CACHED = 64  # accounts whose lessons are remembered, half a megabyte each at most

State = Literal["off", "too_few", "no_pattern", "on"]


class FeedbackRow(Struct, frozen=True, kw_only=True):
    """Feedback on one clip."""

    clip_id: str
    job_id: str
    verdict: Verdict | None
    views: int | None
    likes: int | None
    note: str | None
    is_learned_from: bool
    created_at: datetime
    updated_at: datetime


class Counts(Struct, frozen=True, kw_only=True):
    """How many clips of an account have feedback."""

    clips: int
    kept: int
    rejected: int
    posted: int
    with_audience: int


class Lessons(Struct, frozen=True, kw_only=True):
    """What is learned from an account's feedback, and whether it is used."""

    learned: Learned
    state: State
    needed: int  # clips with feedback, until it may be used

    @property
    def taste(self) -> Taste | None:
        """Return the taste by which new jobs choose, if there is one."""
        return self.learned.taste if self.state == "on" else None


@rerun
async def put(
    db: Database, account_id: str, clip_id: str, changes: Mapping[str, Any]
) -> FeedbackRow:
    """Replace the named fields of a clip's feedback; the others stay.

    changes: of verdict, views, likes and note. Raises NotFound unless the account has the clip, or
    had it and gave feedback then.
    """
    _check(clip_id)
    values = [changes.get(name) for name in ("verdict", "views", "likes", "note")]
    change = (clip_id, account_id, *values, list(changes))
    async with db.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(db.sql["change_feedback"], *change)
        if row is None:
            await connection.execute(db.sql["add_feedback"], clip_id, account_id)
            row = await connection.fetchrow(db.sql["change_feedback"], *change)
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    return msgspec.convert(dict(row), FeedbackRow)


async def get(db: Database, account_id: str, clip_id: str) -> FeedbackRow:
    """Return the feedback on a clip. Raises NotFound."""
    _check(clip_id)
    row = await db.pool.fetchrow(db.sql["get_feedback"], clip_id, account_id)
    if row is None:
        raise NotFound(f"There is no feedback on a clip {clip_id}.")
    return msgspec.convert(dict(row), FeedbackRow)


async def count(db: Database, account_id: str) -> Counts:
    """Return how much feedback there is."""
    row = await db.pool.fetchrow(db.sql["count_feedback"], account_id)
    assert row is not None
    return msgspec.convert(dict(row), Counts)


async def forget(db: Database, account_id: str) -> None:
    """Delete all feedback of the account; nothing is learned then."""
    await db.pool.execute(db.sql["delete_feedback"], account_id)


async def lessons(db: Database, account_id: str, config: Learning) -> Lessons:
    """Learn from the latest feedback of the account: a fraction of a second, in a thread."""
    rows = await db.pool.fetch(db.sql["lessons"], account_id, MAX_EXAMPLES)
    learned = await asyncio.to_thread(_learn, tuple(tuple(row.values()) for row in reversed(rows)))
    needed = max(0, config.min_feedback - learned.examples)
    state: State = "on"
    if not config.enabled:
        state = "off"
    elif needed:
        state = "too_few"
    elif learned.taste is None:
        state = "no_pattern"
    return Lessons(learned=learned, state=state, needed=needed)


@lru_cache(MAX_CACHED)
def _learn(rows: tuple[tuple[Any, ...], ...]) -> Learned:
    """Learn from rows of `lessons`, the latest last; the same rows are not learned from twice."""
    return taste_learning.learn(
        [
            Example(
                job=job,
                traits=msgspec.json.decode(traits, type=Traits),
                verdict=verdict,
                views=views,
                likes=likes,
            )
            for job, traits, verdict, views, likes in rows
        ]
    )


def _check(clip_id: str) -> None:
    if not identifiers.is_valid("clip", clip_id):
        raise NotFound(f"There is no clip {clip_id}.")
