"""GET /api/v1/jobs/{job_id}/talk: all that a page shows of a talk, from its first words on."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from klipfast_server.api import caller, conditions, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.routes import corrections as correction_routes
from klipfast_server.api.routes import results, sources
from klipfast_server.api.routes.talk import candidates, chapters, overview
from klipfast_server.core.errors import Conflict
from klipfast_server.schema.talk.whole_talk import HeardPart, WholeTalk, WholeTalkQuery
from klipfast_server.store import ended_jobs, jobs
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import Job
from klipfast_server.store.queue import heard_talks
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks import corrections
from pipeline.core.data import Options, TranscriptChunk
from pipeline.export.transcript_schema import TranscriptJson
from pipeline.language import profanity, sentences

routes = web.RouteTableDef()


@routes.get("/api/v1/jobs/{job_id}/talk")
@operation(
    tag="Jobs",
    query=WholeTalkQuery,
    answers={200: (WholeTalk,), 304: ()},
    errors=(409,),
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
)
async def get_whole_talk(request: web.Request) -> web.Response:
    """Get all of a job's talk at once: overview, chapters, candidates, transcript, corrections.

    While the talk is transcribed, `heard` has what has been recognized. 409: the job ended without
    a transcript.
    """
    asked = request_parsing.query(request, WholeTalkQuery)
    db, account_id = caller.of(request)
    job = await jobs.get(db, account_id, request.match_info["job_id"])
    source = picture_url = None
    if await sources.path_of(request, job) is not None:
        source = sources.link_to(request, job)
        picture_url = sources.picture_url(request, job)
    parts = await _parts(db, account_id, job, asked)
    whole = WholeTalk(job_id=job.job_id, source=source, picture_url=picture_url, **parts)
    return await asyncio.to_thread(replies.unless_known, request, whole)


async def _parts(db: Database, account_id: str, job: Job, asked: WholeTalkQuery) -> dict[str, Any]:
    try:
        talk = await ended_jobs.get_talk(db, account_id, job.job_id)
    except Conflict:
        if job.status not in sources.UNENDED:
            raise
        return {
            "heard": await _heard(db, job, asked.after_seconds),
            "overview": None,
            "chapters": [],
            "candidates": [],
            "transcript": None,
            "corrections": None,
        }
    applied = await corrections.of_job(db, account_id, job.job_id)
    return {
        **await asyncio.to_thread(_transcribed, job.job_id, talk, asked.points),
        "corrections": correction_routes.list_of(job.job_id, applied),
    }


def _transcribed(job_id: str, talk: StoredTalk, points: int) -> dict[str, Any]:
    """Return what is known of a talk that was transcribed. Blocks."""
    transcript = results.transcript(talk, "json")
    return {
        "heard": [],
        "overview": overview.overview_of(job_id, talk, points),
        "chapters": chapters.list_of(job_id, *chapters.chosen(talk, None)).chapters,
        "candidates": candidates.candidates_of(job_id, talk),
        "transcript": msgspec.json.decode(transcript, type=TranscriptJson),
    }


async def _heard(db: Database, job: Job, after_s: float) -> list[HeardPart]:
    masks = msgspec.json.decode(job.options, type=Options).profanity == "mask"
    chunks = await heard_talks.get_heard(db, job.job_id)
    return [_part(c, masks=masks) for c in chunks if c.words and c.words[0].start_s >= after_s]


def _part(chunk: TranscriptChunk, *, masks: bool) -> HeardPart:
    words = profanity.mask(chunk.words, chunk.language) if masks else chunk.words
    return HeardPart(
        start_seconds=round(words[0].start_s, 3),
        end_seconds=round(words[-1].end_s, 3),
        text=sentences.join(words, chunk.language),
    )
