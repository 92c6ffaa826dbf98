"""/api/v1/jobs/{job_id}/corrections: a misheard word is put right once, for everything."""

from aiohttp import web

from klipfast_server.api import caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema.talk.corrections import (
    AppliedCorrection,
    CorrectionChanges,
    CorrectionList,
)
from klipfast_server.store.talks import corrections
from klipfast_server.store.talks.corrections import Applied

routes = web.RouteTableDef()


@routes.get("/api/v1/jobs/{job_id}/corrections")
@operation(tag="Jobs", answers={200: (CorrectionList,)}, errors=(409,))
async def get_corrections(request: web.Request) -> web.Response:
    """Get the corrections of a job, and the clips and texts that lack them.

    409: the job is not transcribed yet.
    """
    job_id = request.match_info["job_id"]
    found = await corrections.of_job(*caller.of(request), job_id)
    return replies.reply(list_of(job_id, found))


@routes.patch("/api/v1/jobs/{job_id}/corrections")
@operation(
    tag="Jobs",
    body=CorrectionChanges,
    answers={200: (CorrectionList,)},
    errors=(409,),
    example={"corrections": [{"heard": "Anna Carena", "text": "Anna Karenina"}]},
)
async def correct_words(request: web.Request) -> web.Response:
    """Correct misheard words of an ended job, everywhere or in one place.

    Transcripts, captions, cut lists, titles, and clips and texts made later use the corrections.
    Existing clips and texts do not change: `clips_to_render` and `texts_to_write` name those to
    make again. 409: the job has not ended, or has no transcript.
    """
    changes = (await request_parsing.body(request, CorrectionChanges)).checked()
    job_id = request.match_info["job_id"]
    found = await corrections.change(*caller.of(request), job_id, changes)
    return replies.reply(list_of(job_id, found))


def list_of(job_id: str, found: Applied) -> CorrectionList:
    """Return applied corrections as an answer."""
    return CorrectionList(
        job_id=job_id,
        corrections=[
            AppliedCorrection(
                heard=correction.heard,
                text=correction.text,
                start_seconds=correction.start_seconds,
                places=places,
            )
            for correction, places in zip(found.corrections, found.places, strict=True)
        ],
        clips_to_render=found.clips_to_render,
        texts_to_write=found.texts_to_write,
    )
