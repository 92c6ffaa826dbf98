"""What accounts say of their clips."""

from datetime import datetime

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.errors import NotFound
from klipfast_server.schema.clip_responses import Verdict
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun


class FeedbackRow(Struct, frozen=True, kw_only=True):
    """Feedback on one clip."""

    clip_id: str
    job_id: str
    verdict: Verdict | None
    created_at: datetime
    updated_at: datetime


@rerun
async def put(db: Database, account_id: str, clip_id: str, verdict: Verdict | None) -> FeedbackRow:
    """Replace the verdict on a clip.

    Raises NotFound unless the account has the clip, or had it and gave feedback then.
    """
    _check(clip_id)
    said = (clip_id, account_id, verdict)
    row = await db.pool.fetchrow(db.sql["change_feedback"], *said)
    if row is None:
        row = await db.pool.fetchrow(db.sql["add_feedback"], *said)
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


def _check(clip_id: str) -> None:
    if not identifiers.is_valid("clip", clip_id):
        raise NotFound(f"There is no clip {clip_id}.")
