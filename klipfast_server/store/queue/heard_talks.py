"""What a worker has heard of a talk, stored while it listens and when it has ended.

Every write names the owner of the lease and is idempotent, see job_queue.
"""

import asyncio

import msgspec

from klipfast_server.schema.vocabulary import Coverage, Stretch
from klipfast_server.store import talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.faults import outlast, rerun
from klipfast_server.store.queue.job_queue import ClaimedJob, holding, write
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
    async with holding(db, job) as connection:
        await connection.execute(
            db.sql["put_talk"], job.job_id, job.lease_owner, text, source_sha256
        )
        await connection.execute(db.sql["delete_heard"], job.job_id)
        await connection.execute(
            db.sql["set_heard"],
            job.job_id,
            job.lease_owner,
            talk.transcript.language,
            sum(highlight.end_s - highlight.start_s for highlight in talk.highlights),
            len(talk.highlights),
            listened_s,
            _coverage_json(talk.transcript.coverage),
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
    """Store what has described the highlight of a talk since. Raises LeaseLost."""
    text = await asyncio.to_thread(talk_json.encode_description, talk)
    async with holding(db, job) as connection:
        await connection.execute(db.sql["put_description"], job.job_id, text)


@outlast
async def get_talk(db: Database, job_id: str) -> Talk | None:
    """Return the talk that an earlier start stored, with names and corrections given since."""
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
