"""What a worker has heard of a talk, stored while it listens and when it has ended.

Every write names the owner of the lease and is idempotent, see job_queue.
"""

import asyncio
from dataclasses import replace

import msgspec

from klipfast_server.core import identifiers
from klipfast_server.schema.vocabulary import Coverage, Stretch
from klipfast_server.store import talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.faults import outlast, rerun
from klipfast_server.store.queue.job_queue import ClaimedJob, LeaseLost, holding, write
from klipfast_server.store.talk_json import StoredTalk
from pipeline.core import data
from pipeline.core.data import Talk, TranscriptChunk


@outlast
@rerun
async def put_talk(
    db: Database, job: ClaimedJob, talk: Talk, *, source_sha256: bytes, listened_s: float
) -> None:
    """Store the talk that took `listened_s` to transcribe; another start resumes from it.

    `source_sha256`: of the whole file. Raises LeaseLost.
    """
    text = await asyncio.to_thread(talk_json.encode, talk)  # megabytes for hours of talk
    held, talk_id = (job.job_id, job.lease_owner), identifiers.new("talk")
    async with holding(db, job) as connection:
        language = talk.transcript.language
        await connection.execute(db.sql["put_talk"], *held, talk_id, text, language, source_sha256)
        await connection.execute(db.sql["delete_heard"], job.job_id)
        await connection.execute(
            db.sql["set_heard"],
            *held,
            language,
            sum(highlight.end_s - highlight.start_s for highlight in talk.highlights),
            len(talk.highlights),
            listened_s,
            _coverage_json(talk.transcript.coverage),
            talk_id,
            talk.uncompared,
        )


def _coverage_json(found: data.Coverage) -> str:
    return msgspec.json.encode(
        Coverage(
            speech_seconds=round(found.speech_s, 2),
            transcribed_seconds=round(found.speech_s - found.unintelligible_s, 2),
            unintelligible=[
                Stretch(start_seconds=round(s.start_s, 3), end_seconds=round(s.end_s, 3))
                for s in found.unintelligible
            ],
            doubtful_seconds=round(found.doubtful_s, 2),
        )
    ).decode()


@outlast
@rerun
async def put_description(db: Database, job: ClaimedJob, talk: Talk) -> None:
    """Store the highlight of an edit, which was described since. Raises LeaseLost."""
    *before, last = talk_json.decode_edits(job.edits)
    described = replace(last, highlight=talk.highlights[0], moments=())
    async with holding(db, job) as connection:
        edits = talk_json.encode_edits([*before, described])
        await connection.execute(db.sql["put_edits"], job.job_id, edits)


@outlast
async def read_talk(db: Database, job: ClaimedJob) -> Talk | None:
    """Return the talk of a start, if it was heard, with what was changed of it since.

    The clips of this start have the corrections of now. Raises LeaseLost.
    """
    row = await db.pool.fetchrow(db.sql["read_talk"], job.job_id, job.lease_owner)
    if row is None:
        raise LeaseLost
    if row["talk"] is None:
        return None
    return await asyncio.to_thread(talk_json.decode, msgspec.convert(dict(row), StoredTalk))


@outlast
async def get_talk(db: Database, job_id: str) -> Talk | None:
    """Return the talk of a job, with what was changed of it; None if it is gone."""
    row = await db.pool.fetchrow(db.sql["get_talk"], job_id)
    if row is None:
        return None
    return await asyncio.to_thread(talk_json.decode, msgspec.convert(dict(row), StoredTalk))


@outlast
async def talk_source(db: Database, job_id: str) -> bytes | None:
    """Return the SHA-256 of the file that the stored talk was heard in; None if not known."""
    found: bytes | None = await db.pool.fetchval(db.sql["talk_source"], job_id)
    return found


@outlast
async def put_heard(db: Database, job: ClaimedJob, part: TranscriptChunk) -> None:
    """Store a chunk as it is transcribed. Raises LeaseLost."""
    text = msgspec.json.encode(part).decode()
    await write(db, job, db.sql["put_heard"], part.first, text)


@outlast
async def get_heard(db: Database, job_id: str) -> tuple[TranscriptChunk, ...]:
    """Return the chunks that an earlier start stored."""
    rows = await db.pool.fetch(db.sql["get_heard"], job_id)
    return tuple(msgspec.json.decode(row["part"], type=TranscriptChunk) for row in rows)
