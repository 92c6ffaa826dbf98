"""The clips of a job as a timeline for a video editor."""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from aiohttp import web

from klipfast_server.api import caller, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.content_disposition import content_disposition
from klipfast_server.schema import queries
from klipfast_server.schema.queries import ArchiveQuery, TimelineQuery
from klipfast_server.store import ended_jobs, jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks import clip_rows
from klipfast_server.store.talks.clip_rows import ClipRow
from pipeline.core.data import Highlight
from pipeline.editing.excerpt import decode_spans
from pipeline.export import timelines
from pipeline.export.cut_list import Edit, TimelineFormat, cut_list

routes = web.RouteTableDef()

OTIO, XML, PLAIN = "application/x-otio", "application/xml", "text/plain"
CONTENT_TYPES: dict[TimelineFormat, str] = {
    "otio": OTIO,
    "fcpxml": f"{XML}; charset=utf-8",
    "fcp7xml": f"{XML}; charset=utf-8",
    "edl": f"{PLAIN}; charset=utf-8",
}
# What a file's name ends with: programs look for FCP7 XML by that of XML.
ENDINGS: dict[TimelineFormat, str] = {
    "otio": "otio", "fcpxml": "fcpxml", "fcp7xml": "xml", "edl": "edl",
}  # fmt: skip


@routes.get("/api/v1/jobs/{job_id}/timeline")
@operation(
    tag="Jobs",
    query=queries.TimelineQuery,
    answers={200: (OTIO, XML, PLAIN)},
    errors=(409,),
    example_query="?format=edl",
)
async def get_timeline(request: web.Request) -> web.Response:
    """Get the clips as a timeline for a video editor: cuts, tracks and markers in the source.

    Unless clips are chosen, one that is not rendered yet, or has expired, is included with its
    whole span. 404:
    `clip_ids` has an unknown one. 409: the job is not transcribed yet.
    """
    asked = request_parsing.query(request, queries.TimelineQuery)
    form = asked.format
    db, account_id = caller.of(request)
    job_id = request.match_info["job_id"]
    talk = await ended_jobs.get_talk(db, account_id, job_id)
    clips = await clip_rows.of_job(db, account_id, job_id)
    media = await media_name(request, job_id)
    chosen = clip_rows.chosen(clips, asked.clips, ids(asked.clip_ids))
    places = None if is_everything(asked) else places_of(chosen, job_id)
    text = await asyncio.to_thread(written, talk, job_id, clips, media, form, places=places)
    name = f"{PurePosixPath(media).stem}.{ENDINGS[form]}"
    return web.Response(
        body=text.encode(),
        headers={
            "Content-Type": CONTENT_TYPES[form],
            "Content-Disposition": content_disposition(name),
        },
    )


async def media_name(request: web.Request, job_id: str) -> str:
    """What the source's file is called, so that an editor finds it again."""
    return (await jobs.get(*caller.of(request), job_id)).file_name or "video"


def ids(text: str) -> list[str]:
    """Return the IDs of a query, which are separated by commas."""
    return text.split(",") if text else []


def is_everything(asked: TimelineQuery | ArchiveQuery) -> bool:
    """Whether no clips are chosen, so that moments without a clip belong to it, too."""
    return asked.clips == "all" and not asked.clip_ids


def places_of(clips: Sequence[ClipRow], job_id: str) -> frozenset[int]:
    """Return the places of clips among the results of a job."""
    return frozenset(clip.place_in(job_id) for clip in clips)


def written(
    talk: StoredTalk,
    job_id: str,
    clips: Sequence[ClipRow],
    media: str,
    form: TimelineFormat,
    *,
    places: Container[int] | None = None,
) -> str:
    """Return the timeline of a job, whose clips that are there tell what they have kept.

    `places`: of the clips that it has; None: all moments.
    """
    known = talk_json.decode(talk, words=False)
    made = {clip.place_in(job_id): clip for clip in clips}
    cuts = [
        _edit(highlight, made.get(place), job_id)
        for place, highlight in enumerate(known.highlights)
        if places is None or place in places
    ]
    return timelines.write(cut_list(known.source, cuts, media=media), form)


def _edit(highlight: Highlight, clip: ClipRow | None, job_id: str) -> Edit:
    if clip is None:
        return Edit(highlight=highlight, kept=())
    if clip.job_id != job_id:  # a version with bounds of its own
        highlight = replace(
            highlight,
            start_s=clip.start_s,
            end_s=clip.end_s,
            title=clip.title,
            left_out=(),
            order=(),
        )
    return Edit(highlight=highlight, kept=decode_spans(clip.kept))
