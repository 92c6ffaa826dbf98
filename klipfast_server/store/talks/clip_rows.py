"""Clips as they are stored, and their versions."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg
import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.errors import NotFound
from klipfast_server.schema.clip_responses import ClipChoice, Verdict
from klipfast_server.store import talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.talk_json import StoredCorrection
from pipeline.core.data import CaptionSource, MomentKind, Span, TitleVariant
from pipeline.corrections.texts import SpanTexts

VERDICTS: dict[ClipChoice, tuple[Verdict | None, ...]] = {
    "all": (None, "kept", "rejected"),
    "kept": ("kept",),
    "not_rejected": (None, "kept"),
}


class ClipRow(Struct, frozen=True, kw_only=True):
    """A row of clips."""

    clip_id: str
    job_id: str
    ordinal: int  # number of its highlight in the job's talk
    home_job_id: str  # the job whose results have it; it may be gone
    home_ordinal: int  # its place there
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
    more_thumbnail_keys: list[str]  # pictures that differ, best first
    clean_key: str | None  # the clip without captions and title
    kept: str  # JSON of the spans of the source that are in it; empty: all
    created_at: datetime
    expires_at: datetime
    title_variants: str  # JSON
    confidence: float | None  # null for clips made before there was one, like the next
    kind: MomentKind | None
    captions: CaptionSource
    lead_in_s: float = 0.0  # intro and title card
    corrections: str | None = None  # JSON of a ClipCorrections; None: none since it was rendered
    verdict: Verdict | None = None  # what the account has said of it
    drawn: str = ""  # the transcript as it was rendered, where there are such

    def place_in(self, job_id: str) -> int:
        """Return its place among the results of a job."""
        return self.ordinal if self.job_id == job_id else self.home_ordinal


def chosen(
    clips: Sequence[ClipRow], choice: ClipChoice, ids: Collection[str] = ()
) -> list[ClipRow]:
    """Return the clips that are kept, not rejected, or all; with `ids` only these.

    Raises NotFound for an ID that none has.
    """
    known = {clip.clip_id for clip in clips}
    if unknown := next((clip_id for clip_id in ids if clip_id not in known), None):
        raise NotFound(f"The job has no clip {unknown}.")
    verdicts = VERDICTS[choice]
    return [c for c in clips if c.verdict in verdicts and (not ids or c.clip_id in ids)]


class ClipCorrections(Struct, frozen=True, kw_only=True):
    """What the texts of a clip are corrected by."""

    corrections: tuple[StoredCorrection, ...]
    language: str
    masks: bool


async def of_job(db: Database, account_id: str, job_id: str) -> list[ClipRow]:
    """Return the finished clips in their newest versions, in the order of the highlights."""
    rows = await db.pool.fetch(db.sql["job_clips"], job_id, account_id)
    return await corrected([as_clip(row) for row in rows])


async def get(db: Database, account_id: str, clip_id: str) -> ClipRow:
    """Return a clip of the account. Raises NotFound, also for an expired one."""
    row = None
    if identifiers.is_valid("clip", clip_id):
        row = await db.pool.fetchrow(db.sql["get_clip"], clip_id, account_id)
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    [clip] = await corrected([as_clip(row)])
    return clip


async def versions(db: Database, account_id: str, clip_id: str) -> list[ClipRow]:
    """Return all versions of a clip of the account, the newest first. Raises NotFound."""
    rows = []
    if identifiers.is_valid("clip", clip_id):
        rows = await db.pool.fetch(db.sql["clip_versions"], clip_id, account_id)
    if all(row["clip_id"] != clip_id for row in rows):
        raise NotFound(f"There is no clip {clip_id}.")
    return await corrected([as_clip(row) for row in rows])


@rerun
async def delete(db: Database, account_id: str, clip_id: str) -> None:
    """Let all versions of a clip expire now. Raises NotFound, also for an expired one."""
    found = None
    if identifiers.is_valid("clip", clip_id):
        found = await db.pool.fetchval(db.sql["expire_clip"], clip_id, account_id)
    if found is None:
        raise NotFound(f"There is no clip {clip_id}.")


@rerun
async def restore(db: Database, account_id: str, clip_id: str) -> ClipRow:
    """Make a version of a clip the newest. Raises NotFound, also for an expired one."""
    await get(db, account_id, clip_id)
    row = await db.pool.fetchrow(db.sql["restore_clip"], clip_id, account_id)
    if row is None:  # deleted this very moment
        raise NotFound(f"There is no clip {clip_id}.")
    [clip] = await corrected([as_clip(row)])
    return clip


async def current(db: Database, clip_ids: Sequence[str]) -> dict[str, str]:
    """Return the newest version of each clip, by their ids."""
    rows = await db.pool.fetch(db.sql["current_clips"], list(clip_ids))
    return {row["clip_id"]: row["current"] for row in rows}


def as_clip(row: asyncpg.Record) -> ClipRow:
    """Return a row of clips."""
    return msgspec.convert(dict(row), ClipRow)


async def corrected(clips: Sequence[ClipRow]) -> list[ClipRow]:
    """Return clips whose texts have the corrections; what each shows stays in `drawn`."""
    if all(clip.corrections is None for clip in clips):
        return list(clips)
    return await asyncio.to_thread(lambda: [_corrected(clip) for clip in clips])


def _corrected(clip: ClipRow) -> ClipRow:
    if clip.corrections is None:
        return clip
    given = msgspec.json.decode(clip.corrections, type=ClipCorrections)
    span = Span(start_s=clip.start_s, end_s=clip.end_s)
    texts = SpanTexts(
        talk_json.as_corrections(given.corrections),
        given.language,
        said=clip.transcript,
        spans=[span],
        masks=given.masks,
    )
    variants = msgspec.json.decode(clip.title_variants, type=list[TitleVariant])
    return msgspec.structs.replace(
        clip,
        drawn=clip.transcript,
        title=texts.of(clip.title),
        transcript=texts.of(clip.transcript),
        description=texts.of(clip.description),
        hashtags=[texts.hashtag(tag) for tag in clip.hashtags],
        title_variants=msgspec.json.encode(
            [replace(variant, title=texts.of(variant.title)) for variant in variants]
        ).decode(),
    )


async def edits_of(db: Database, clips: Sequence[ClipRow]) -> dict[str, str]:
    """Return, by clip, what its job has changed of the talk, as JSON."""
    rows = await db.pool.fetch(db.sql["edits_of_clips"], [clip.clip_id for clip in clips])
    return {row["clip_id"]: row["edits"] for row in rows}
