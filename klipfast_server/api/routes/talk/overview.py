"""The talk of a job as a picture: its waveform, and its sentences with their worth."""

import asyncio

from aiohttp import web

from klipfast_server.api import caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema.talk.overview import Overview, OverviewQuery, OverviewSentence
from klipfast_server.store import ended_jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from pipeline.analysis import waveform

routes = web.RouteTableDef()


@routes.get("/api/v1/jobs/{job_id}/overview")
@operation(tag="Jobs", query=OverviewQuery, answers={200: (Overview,)}, errors=(409,))
async def get_overview(request: web.Request) -> web.Response:
    """Get a job's talk as a player draws it: its waveform, and who says what where.

    409: the job is not transcribed yet.
    """
    asked = request_parsing.query(request, OverviewQuery)
    job_id = request.match_info["job_id"]
    talk = await ended_jobs.get_talk(*caller.of(request), job_id)
    shown = await asyncio.to_thread(overview_of, job_id, talk, asked.points)
    return await asyncio.to_thread(replies.unless_known, request, shown)


def overview_of(job_id: str, row: StoredTalk, points: int) -> Overview:
    """Return a talk as a player draws it. Blocks."""
    talk = talk_json.decode(row, words=False)
    sentences = talk.transcript.sentences
    worth: tuple[float | None, ...] = talk.worth
    if len(worth) != len(sentences):  # not measured, or kept with a re-render's own sentences
        worth = (None,) * len(sentences)
    return Overview(
        job_id=job_id,
        duration_seconds=round(talk.source.duration_s, 3),
        waveform=list(waveform.thin_out(talk.waveform, points)),
        waveform_seconds=waveform.together(talk.waveform, points) / waveform.PEAKS_PER_S,
        sentences=[
            OverviewSentence(
                start_seconds=round(sentence.start_s, 3),
                end_seconds=round(sentence.end_s, 3),
                speaker=sentence.speaker,
                worth=value,
                text=sentence.text,
            )
            for sentence, value in zip(sentences, worth, strict=True)
        ],
    )
