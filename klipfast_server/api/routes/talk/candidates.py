"""GET /api/v1/jobs/{job_id}/candidates: the spans that were weighed."""

import asyncio
import dataclasses

import msgspec
from aiohttp import web

from klipfast_server.api import caller, replies
from klipfast_server.api.operations import operation
from klipfast_server.core import identifiers
from klipfast_server.schema.clip_responses import Score, TitleVariant
from klipfast_server.schema.talk.candidates import Candidate, CandidateList
from klipfast_server.store import ended_jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from pipeline.core.data import Highlight

routes = web.RouteTableDef()


@routes.get("/api/v1/jobs/{job_id}/candidates")
@operation(tag="Jobs", answers={200: (CandidateList,)}, errors=(409,))
async def get_candidates(request: web.Request) -> web.Response:
    """Get the spans considered for a job's clips, with scores and reasons.

    POST /api/v1/jobs/{job_id}/clips makes a clip of any of them. Jobs made earlier have only those
    that were chosen. 409: the job is not transcribed yet.
    """
    job_id = request.match_info["job_id"]
    talk = await ended_jobs.get_talk(*caller.of(request), job_id)
    found = await asyncio.to_thread(candidates_of, job_id, talk)
    return replies.reply(CandidateList(job_id=job_id, candidates=found))


def candidates_of(job_id: str, talk: StoredTalk) -> list[Candidate]:
    """Return the spans that were weighed. Blocks."""
    known = talk_json.decode(talk, words=False)
    chosen, others = known.highlights, known.candidates
    clip_ids = [identifiers.clip_id(job_id, ordinal) for ordinal in range(len(chosen))]
    return [
        *(
            _candidate(highlight, "chosen", clip_id)
            for highlight, clip_id in zip(chosen, clip_ids, strict=True)
        ),
        *(
            _candidate(
                other.highlight,
                other.why,
                None if other.rival is None else clip_ids[other.rival],
            )
            for other in others
        ),
    ]


def _candidate(highlight: Highlight, fate: str, clip_id: str | None) -> Candidate:
    variants = [
        TitleVariant(kind=variant.kind, title=variant.title) for variant in highlight.title_variants
    ]
    return msgspec.convert(
        {
            "start_seconds": round(highlight.start_s, 3),
            "end_seconds": round(highlight.end_s, 3),
            "title": highlight.title,
            "virality_score": highlight.virality_score,
            "score": Score(**dataclasses.asdict(highlight.breakdown)),
            "reason": highlight.reason,
            "title_variants": variants,
            "kind": highlight.kind,
            "confidence": round(highlight.confidence, 2),
            "fate": fate,
            "clip_id": clip_id,
        },
        Candidate,
    )
