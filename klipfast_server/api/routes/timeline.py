"""The clips of a job as a timeline for a video editor."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.files import intake
from klipfast_server.schema import requests
from klipfast_server.store import ended_jobs, jobs, talk_json, uploads
from klipfast_server.store.jobs import ClipRow
from klipfast_server.store.talk_json import StoredTalk
from pipeline.core.data import Span
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
    query=requests.TimelineQuery,
    answers={200: (OTIO, XML, PLAIN)},
    errors=(409,),
    example_query="?format=edl",
)
async def get_timeline(request: web.Request) -> web.Response:
    """Get the clips as a timeline for a video editor: cuts, tracks and markers in the source.

    A clip that is not rendered yet, or has expired, is included with its whole span. 409: the
    job is not transcribed yet.
    """
    form = request_parsing.query(request, requests.TimelineQuery).format
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    job_id = request.match_info["job_id"]
    talk = await ended_jobs.get_talk(db, account_id, job_id)
    clips = await jobs.clips_of(db, account_id, job_id)
    media = await media_name(request, job_id)
    text = await asyncio.to_thread(written, talk, clips, media, form)
    name = quote(f"{PurePosixPath(media).stem}.{ENDINGS[form]}", safe="")
    return web.Response(
        body=text.encode(),
        headers={
            "Content-Type": CONTENT_TYPES[form],
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        },
    )


async def media_name(request: web.Request, job_id: str) -> str:
    """What the source's file is called: as it was sent, or at the end of its address."""
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    url = (await jobs.get(db, account_id, job_id)).video_url
    if url.startswith(uploads.UPLOAD):
        upload_id = url.removeprefix(uploads.UPLOAD)
        upload = await uploads.get(db, account_id, upload_id)
        return upload_id if upload is None else upload.file_name
    path = unquote(urlsplit(url).path).rstrip("/")
    return intake.base_name(path)


def written(talk: StoredTalk, clips: Sequence[ClipRow], media: str, form: TimelineFormat) -> str:
    source, highlights = talk_json.decode_cuts(talk)
    kept = {clip.ordinal: msgspec.json.decode(clip.kept, type=tuple[Span, ...]) for clip in clips}
    cuts = [
        Edit(highlight=highlight, kept=kept.get(ordinal, ()))
        for ordinal, highlight in enumerate(highlights)
    ]
    return timelines.write(cut_list(source, cuts, media=media), form)
