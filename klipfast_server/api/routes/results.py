"""The transcript of a job, words and captions of a clip, and the caption styles."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Literal

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, caller, links, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import NotFound
from klipfast_server.schema import clip_responses, queries
from klipfast_server.schema.clip_requests import Cut
from klipfast_server.schema.clip_transcripts import ClipTranscript, ClipWord, Part
from klipfast_server.store import ended_jobs, jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks import clip_rows
from klipfast_server.store.talks.clip_rows import ClipRow
from pipeline.captions.styles.style import branded
from pipeline.core.data import Highlight, Options, Span
from pipeline.editing.excerpt import decode_spans, delay, excerpt
from pipeline.export import ass_subtitles, subtitles, transcript_schema
from pipeline.export.subtitles import Format

routes = web.RouteTableDef()

CaptionForm = Literal["srt", "vtt", "ass"]
SUBRIP, WEBVTT, PLAIN = "application/x-subrip", "text/vtt", "text/plain"
SUBSTATION = "text/x-ssa"
CONTENT_TYPES: dict[Format | CaptionForm, str] = {
    "json": "application/json",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "ass": f"{SUBSTATION}; charset=utf-8",
}


@routes.get("/api/v1/jobs/{job_id}/transcript")
@operation(
    tag="Jobs",
    query=queries.TranscriptQuery,
    answers={200: (transcript_schema.TranscriptJson, SUBRIP, WEBVTT, PLAIN)},
    errors=(409,),
    example_query="?format=srt",
)
async def get_transcript(request: web.Request) -> web.Response:
    """Get the transcript of a job, with the times of each word.

    409: the job is not transcribed yet.
    """
    form = request_parsing.query(request, queries.TranscriptQuery).format
    talk = await _talk(request, request.match_info["job_id"])
    return _reply(await asyncio.to_thread(transcript, talk, form), form)


@routes.get("/api/v1/clips/{clip_id}/captions")
@operation(
    tag="Clips",
    query=queries.CaptionsQuery,
    answers={200: (SUBRIP, WEBVTT, SUBSTATION)},
    errors=(409,),
    example_query="?format=vtt",
)
async def get_captions(request: web.Request) -> web.Response:
    """Get the captions of a clip; time 0 is the start of its file, with intro and title card.

    ass keeps the clip's caption style and highlights each word as it is spoken.
    """
    form = request_parsing.query(request, queries.CaptionsQuery).format
    clip = await clip_rows.get(*caller.of(request), request.match_info["clip_id"])
    job = await jobs.get(*caller.of(request), clip.job_id)
    options = msgspec.json.decode(job.options, type=Options)
    talk = await _talk(request, clip.job_id)
    return _reply(await asyncio.to_thread(captions, talk, clip, form, options), form)


@routes.get("/api/v1/clips/{clip_id}/transcript")
@operation(tag="Clips", answers={200: (ClipTranscript,)}, errors=(409,))
async def get_clip_transcript(request: web.Request) -> web.Response:
    """Get the words of a clip with their times.

    Send them back, corrected, as `words` of a render.
    """
    clip = await clip_rows.get(*caller.of(request), request.match_info["clip_id"])
    talk = await _talk(request, clip.job_id)
    return replies.reply(await asyncio.to_thread(_clip_words, talk, clip))


@routes.get("/api/v1/caption-styles")
@operation(tag="Videos", answers={200: (clip_responses.CaptionStyles,)})
async def get_caption_styles(request: web.Request) -> web.Response:
    """List the caption styles.

    Values of `caption_style`, including those that the operator added.
    """
    names, base = request.app[app_keys.ENGINE].caption_styles, links.base_url(request)
    return replies.reply(
        clip_responses.CaptionStyles(
            styles=[
                clip_responses.CaptionStyle(
                    name=name,
                    preview_url=links.caption_preview_url(name, base),
                    motion_url=links.caption_motion_url(name, base),
                )
                for name in names
            ],
            default=Options().caption_style,
        )
    )


@routes.get("/api/v1/caption-styles/{name}/preview.png")
@operation(
    tag="Videos",
    query=queries.CaptionPreviewQuery,
    answers={200: ("image/png",)},
    key=False,
    example_query="?ground=none",
)
async def get_caption_preview(request: web.Request) -> web.Response:
    """Get a preview of a caption style as a PNG.

    Needs no API key; may be cached for a day.
    """
    ground = request_parsing.query(request, queries.CaptionPreviewQuery).ground
    draw = partial(request.app[app_keys.ENGINE].caption_preview, ground=ground == "gray")
    return await _style_picture(request, draw, "image/png")


@routes.get("/api/v1/caption-styles/{name}/motion.webp")
@operation(tag="Videos", answers={200: ("image/webp",)}, key=False)
async def get_caption_motion(request: web.Request) -> web.Response:
    """Get a moving preview of a caption style as a transparent, animated WebP.

    Needs no API key; may be cached for a day.
    """
    draw = request.app[app_keys.ENGINE].caption_motion
    return await _style_picture(request, draw, "image/webp")


async def _style_picture(
    request: web.Request, draw: Callable[[str], bytes], media_type: str
) -> web.Response:
    name = request.match_info["name"]
    if name not in request.app[app_keys.ENGINE].caption_styles:
        raise NotFound(f"There is no caption style {name!r}.")
    return web.Response(
        body=await asyncio.to_thread(draw, name),
        content_type=media_type,
        headers={"Cache-Control": "public, max-age=86400"},
    )


async def _talk(request: web.Request, job_id: str) -> StoredTalk:
    return await ended_jobs.get_talk(*caller.of(request), job_id)


# Hours of talk take a while to decode, so these run in threads.


def transcript(talk: StoredTalk, form: Format) -> bytes:
    if form == "json":
        return _lines(talk_json.as_transcript_json(talk))
    return _lines(subtitles.write(talk_json.decode(talk).transcript, form))


def _clip_words(talk: StoredTalk, clip: ClipRow) -> ClipTranscript:
    part, highlight = talk_json.decode_clip(talk, clip.ordinal)
    inside = (w for w in part.words if clip.start_s <= (w.start_s + w.end_s) / 2 < clip.end_s)
    return ClipTranscript(
        clip_id=clip.clip_id,
        language=part.language,
        words=[
            ClipWord(text=w.text, start_seconds=round(w.start_s, 3), end_seconds=round(w.end_s, 3))
            for w in inside
        ],
        cuts=cuts_of(highlight),
        parts=parts_of(highlight),
    )


def cuts_of(highlight: Highlight) -> list[Cut]:
    """Return what a clip of a highlight does without."""
    return [
        Cut(start_seconds=round(gap.start_s, 3), end_seconds=round(gap.end_s, 3))
        for gap in highlight.left_out
    ]


def parts_of(highlight: Highlight) -> list[Part]:
    """Return the parts of a clip of a highlight as they play; none in the order of the talk."""
    return parts_told(highlight.order)


def parts_told(spans: Iterable[Span]) -> list[Part]:
    """Return parts of the source as an answer tells them."""
    return [
        Part(start_seconds=round(span.start_s, 3), end_seconds=round(span.end_s, 3))
        for span in spans
    ]


def captions(talk: StoredTalk, clip: ClipRow, form: CaptionForm, options: Options) -> bytes:
    spoken = excerpt(*talk_json.decode_clip(talk, clip.ordinal), decode_spans(clip.kept))
    spoken = delay(spoken, clip.lead_in_s)
    if form == "ass":
        # without its font: a player has only those that are installed
        brand = options.brand and replace(options.brand, font=None)
        style, size = branded(clip.caption_style, brand), (clip.width, clip.height)
        return _lines(
            ass_subtitles.write(
                spoken, style, width=size[0], height=size[1], emphasis=options.emphasis
            )
        )
    return _lines(subtitles.write(spoken, form))


def _lines(text: str) -> bytes:
    return (text + "\n").encode()


def _reply(body: bytes, form: Format | CaptionForm) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPES[form]})
