"""What was heard: a job's transcript, a clip's captions; and the styles to show those in."""

import asyncio
from typing import get_args

from aiohttp import web

from klipfast_server import ended, jobs, keys, queue, wire
from klipfast_server.errors import BadRequest
from klipfast_server.excerpts import excerpt
from pipeline import formats
from pipeline.data import Options
from pipeline.formats import Format

routes = web.RouteTableDef()

CONTENT_TYPES: dict[Format, str] = {
    "json": "application/json",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
TRANSCRIPTS: tuple[Format, ...] = get_args(Format)
CAPTIONS: tuple[Format, ...] = ("srt", "vtt")


@routes.get("/api/v1/jobs/{job_id}/transcript")
async def get_transcript(request: web.Request) -> web.Response:
    """Everything that was said; `format` is json unless the caller wants another."""
    form = _format(request, TRANSCRIPTS)
    talk = await _talk_json(request, request.match_info["job_id"])
    return _reply(await asyncio.to_thread(_transcript, talk, form), form)


@routes.get("/api/v1/clips/{clip_id}/captions")
async def get_captions(request: web.Request) -> web.Response:
    """The words of a clip, on its own clock; `format` is srt unless the caller wants vtt."""
    form = _format(request, CAPTIONS)
    clip = await jobs.get_clip(
        request.app[keys.DATABASE],
        request[keys.ACCOUNT].account_id,
        request.match_info["clip_id"],
    )
    talk = await _talk_json(request, clip.job_id)
    return _reply(await asyncio.to_thread(_captions, talk, clip.ordinal, form), form)


@routes.get("/api/v1/caption-styles")
async def get_caption_styles(request: web.Request) -> web.Response:
    """What caption_style of a request may be."""
    names = request.app[keys.ENGINE].caption_styles
    return wire.reply(
        wire.CaptionStyles(
            styles=[wire.CaptionStyle(name=name) for name in names],
            default=Options().caption_style,
        )
    )


def _format(request: web.Request, known: tuple[Format, ...]) -> Format:
    """The first of `known` is the default."""
    text = request.query.get("format", known[0])
    for form in known:
        if form == text:
            return form
    raise BadRequest(f"format {text!r} is unknown. Known: {', '.join(known)}.", field="format")


async def _talk_json(request: web.Request, job_id: str) -> str:
    return await ended.talk_json(
        request.app[keys.DATABASE], request[keys.ACCOUNT].account_id, job_id
    )


# Hours of talk take a while to decode, so these run in threads.


def _transcript(talk_json: str, form: Format) -> str:
    return formats.write(queue.decode_talk(talk_json).transcript, form)


def _captions(talk_json: str, ordinal: int, form: Format) -> str:
    talk = queue.decode_talk(talk_json)
    return formats.write(excerpt(talk.transcript, talk.highlights[ordinal]), form)


def _reply(text: str, form: Format) -> web.Response:
    return web.Response(body=(text + "\n").encode(), headers={"Content-Type": CONTENT_TYPES[form]})
