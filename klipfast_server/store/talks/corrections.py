"""Corrections of the words of a talk, stored beside it in the order in which they are applied.

They are those of the talk: whatever was made of it has them.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from klipfast_server.core.errors import BadRequest, Conflict
from klipfast_server.schema.talk.corrections import MAX_CORRECTIONS, MAX_PLACES, CorrectionChange
from klipfast_server.store import ended_jobs, jobs, talk_json, texts
from klipfast_server.store.database import Database
from klipfast_server.store.talk_json import StoredCorrection, StoredTalk
from klipfast_server.store.talks import clip_rows, rerenders
from pipeline.core.data import Talk
from pipeline.core.texts import TextKind
from pipeline.corrections.texts import SpanTexts
from pipeline.corrections.word_pieces import comparable
from pipeline.corrections.word_replacement import TooManyWords

Key = tuple[str, float | None]  # what two corrections of the same words have in common


class Applied(Struct, frozen=True, kw_only=True):
    """The corrections of a job, the places of each, and the clips and texts with other words."""

    corrections: tuple[StoredCorrection, ...]
    places: tuple[int, ...]
    clips_to_render: list[str]
    texts_to_write: list[TextKind]


async def of_job(db: Database, account_id: str, job_id: str) -> Applied:
    """Return the corrections of a job. Raises NotFound, or Conflict if it has no transcript."""
    row = await ended_jobs.get_talk(db, account_id, job_id)
    stored = talk_json.decode_corrections(row.corrections)
    talk, places = await asyncio.to_thread(talk_json.decode_corrected, row, stored)
    return Applied(
        corrections=stored,
        places=places,
        clips_to_render=await _to_render(db, account_id, job_id, row, talk),
        texts_to_write=await _to_write(db, account_id, job_id, stored, talk),
    )


async def change(
    db: Database, account_id: str, job_id: str, changes: Sequence[CorrectionChange]
) -> Applied:
    """Add, replace and take back corrections of an ended job, all or none.

    Raises NotFound, Conflict (it has not ended, or has no transcript), or BadRequest for words that
    are not there, and for too many corrections.
    """
    while True:
        job = await jobs.get(db, account_id, job_id)
        if job.status in ("queued", "processing"):
            raise Conflict(
                f"{job_id} is {job.status}; its words can be corrected once it has ended.",
                job_id=job_id,
            )
        row = await ended_jobs.get_talk(db, account_id, job_id)
        stored, talk, places = await asyncio.to_thread(_changed, row, changes)
        kept = await db.pool.fetchval(
            db.sql["set_corrections"],
            job_id,
            account_id,
            msgspec.json.encode(stored).decode(),
            row.corrections,
        )
        if kept is None:  # somebody else has changed them, it runs again, or it is deleted
            continue
        return Applied(
            corrections=stored,
            places=places,
            clips_to_render=await _to_render(db, account_id, job_id, row, talk),
            texts_to_write=await _to_write(db, account_id, job_id, stored, talk),
        )


def _changed(
    row: StoredTalk, changes: Sequence[CorrectionChange]
) -> tuple[tuple[StoredCorrection, ...], Talk, tuple[int, ...]]:
    """Return the corrections after changes, the talk with them, and the places. Blocks.

    Raises BadRequest.
    """
    before = talk_json.decode_corrections(row.corrections)
    language = talk_json.decode_language(row)
    kept = {_key(c.heard, c.start_seconds, language): c for c in before}
    added: dict[Key, int] = {}
    for number, asked in enumerate(changes):
        key = _key(asked.heard, asked.start_seconds, language)
        if asked.text is None:
            kept.pop(key, None)
            added.pop(key, None)
            continue
        if key in added:
            raise BadRequest(
                f"corrections[{number}] corrects {asked.heard!r} a second time.",
                field="corrections",
            )
        if key not in kept:
            added[key] = number
        kept[key] = StoredCorrection(
            heard=asked.heard, text=asked.text, start_seconds=asked.start_seconds
        )
    if len(kept) > MAX_CORRECTIONS:
        raise BadRequest(
            f"A job has at most {MAX_CORRECTIONS} corrections; these would be {len(kept)}.",
            field="corrections",
        )
    stored = tuple(kept.values())
    try:
        talk, places = talk_json.decode_corrected(row, stored)
    except TooManyWords:
        raise BadRequest(
            "These corrections would make the transcript, or a sentence of it, more than twice as "
            "long.",
            field="corrections",
        ) from None
    if sum(places) > MAX_PLACES:
        raise BadRequest(
            f"These corrections would change {sum(places):,} places; {MAX_PLACES:,} are the most.",
            field="corrections",
        )
    for key, correction, count in zip(kept, stored, places, strict=True):
        if not count and key in added:
            raise _not_there(correction, added[key])
    return stored, talk, places


def _key(heard: str, start_s: float | None, language: str) -> Key:
    return comparable(heard, language), start_s


def _not_there(correction: StoredCorrection, number: int) -> BadRequest:
    heard, at_s = correction.heard, correction.start_seconds
    if at_s is None:
        return BadRequest(
            f"corrections[{number}]: the transcript has no {heard!r}, in one sentence and as whole "
            f"words, or has {correction.text!r} there.",
            field="corrections",
        )
    return BadRequest(
        f"corrections[{number}]: no {heard!r} starts at {at_s:g} s in the transcript; "
        "start_seconds is that of its first word.",
        field="corrections",
    )


async def _to_render(
    db: Database, account_id: str, job_id: str, row: StoredTalk, talk: Talk
) -> list[str]:
    """Return the clips of a job that show other words than its corrected talk has.

    `talk`: without edits. A clip that is being rendered again is named once that has ended.
    """
    clips = [c for c in await clip_rows.of_job(db, account_id, job_id) if c.corrections is not None]
    if not clips:
        return []
    rows = await db.pool.fetch(db.sql["edits_of_clips"], [clip.clip_id for clip in clips])
    edits = {row["clip_id"]: row["edits"] for row in rows if not row["is_rendered"]}
    clips = [clip for clip in clips if clip.clip_id in edits]

    def outdated() -> list[str]:
        found = []
        for clip in clips:
            said = talk_json.with_edits(talk, edits[clip.clip_id], masks=row.masks)
            known = clip.ordinal < len(said.highlights)
            if known and rerenders.shows_other_words(clip, said):
                found.append(clip.clip_id)
        return found

    return await asyncio.to_thread(outdated)


async def _to_write(
    db: Database, account_id: str, job_id: str, stored: Sequence[StoredCorrection], talk: Talk
) -> list[TextKind]:
    """Return the texts of a job that have words that were misheard wherever they were heard."""
    everywhere = [c for c in talk_json.as_corrections(stored) if c.at_s is None]
    if not everywhere:
        return []
    spoken = SpanTexts(everywhere, talk.transcript.language, said="", spans=())
    rows = await texts.listed(db, account_id, job_id)

    def outdated() -> list[TextKind]:
        return [r.kind for r in rows if any(spoken.of(p) != p for p in r.text.split("\n"))]

    return await asyncio.to_thread(outdated)
