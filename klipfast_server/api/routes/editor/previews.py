"""/api/v1/clips/{clip_id}/preview and /framing: a clip before it is rendered."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, branding, caller, links, replies, request_parsing
from klipfast_server.api.access import passes
from klipfast_server.api.operations import operation
from klipfast_server.api.pictures import framed
from klipfast_server.api.pictures.playing import Stream
from klipfast_server.api.pictures.previewing import Edited
from klipfast_server.api.routes.clips import check
from klipfast_server.api.routes.results import cuts_of, parts_told
from klipfast_server.core import tokens
from klipfast_server.core.errors import BeyondEnd, NotFound, Unprocessable
from klipfast_server.schema import clip_requests, vocabulary
from klipfast_server.schema.framing import Framing
from klipfast_server.schema.preview_streams import PreviewStream, PreviewStreamQuery
from klipfast_server.store.talks import clip_rows, clip_shots, rerenders
from klipfast_server.store.talks.clip_rows import ClipRow
from klipfast_server.store.talks.rerenders import Made
from pipeline.core.brand import Brand
from pipeline.core.data import Options, Talk
from pipeline.rendering.preview_stream import MEDIA_TYPE, PIECE_S

routes = web.RouteTableDef()

HURRIED = 7  # the header and pieces that are sent as fast as they can be made: six seconds
PACE = (
    3.0  # how many times as fast as it plays the rest is sent: the player needs the processor, too
)
STREAM_HEADERS = {
    "Content-Type": "video/mp4",
    "Cache-Control": "private, no-store",
    "X-Accel-Buffering": "no",  # nginx would keep pieces back
}


@routes.post("/api/v1/clips/{clip_id}/preview")
@operation(
    tag="Clips",
    body=clip_requests.Preview,
    answers={200: ("image/jpeg",)},
    errors=(409, 422),
    counted=False,
    noted=False,
    example={"at_seconds": 14.0, "caption_style": "karaoke"},
    example_arguments=("-o preview.jpg",),
)
async def preview_clip(request: web.Request) -> web.Response:
    """Preview one picture of a clip with changes.

    Takes the body of POST /api/v1/clips/{clip_id}/renders, and creates no job. It takes a fraction
    of a second, or seconds if the clip begins or ends elsewhere. 404: the clip or its brand does
    not exist. 409: its job is not transcribed. 422: the source is no longer kept.
    """
    body = await request_parsing.body(request, clip_requests.Preview)
    check(request, body)
    clip, made = await _clip(request)
    brand = await branding.brand_again(request, made, body)
    async with _located(request, brand) as here:
        edited = await _edited(request, clip, made, body, here)
        picture = await request.app[app_keys.PREVIEWING].draw(edited, body.at_seconds, body.width)
    return web.Response(body=picture, content_type="image/jpeg")


@routes.post("/api/v1/clips/{clip_id}/preview/stream")
@operation(
    tag="Clips",
    body=clip_requests.Render,
    answers={200: (PreviewStream,)},
    errors=(409, 422),
    counted=False,
    noted=False,
    example={"caption_style": "karaoke"},
)
async def open_preview_stream(request: web.Request) -> web.Response:
    """Play a clip with changes, before it is rendered: get the URL of an MP4 of it.

    Takes the body of POST /api/v1/clips/{clip_id}/renders, and creates no job. The MP4 is some 360
    pixels wide and made while it is sent, about ten times as fast as it plays. What a brand shows
    before and after the clip is not in it. 404: the clip or its brand does not exist. 409: its job
    is not transcribed. 422: the source is no longer kept.
    """
    body = await request_parsing.body(request, clip_requests.Render)
    check(request, body)
    stream = await _open(request, body)
    shown = stream.clip
    clip_id = stream.edited.clip_id
    token, seconds = passes.token_of(request, passes.PREVIEW, clip_id)
    path = f"{links.base_url(request)}/api/v1/clips/{clip_id}/preview/stream"
    return replies.reply(
        PreviewStream(
            stream_id=stream.stream_id,
            stream_url=f"{path}?stream_id={stream.stream_id}&token={token}",
            expires_at=vocabulary.moment(tokens.in_seconds(seconds)),
            media_type=MEDIA_TYPE,
            duration=round(float(shown.pictures / shown.rate), 3),
            piece_seconds=float(shown.piece / shown.rate),
            width=shown.plan.path.width,
            height=shown.plan.path.height,
            parts=parts_told(shown.kept.kept),
            title_hidden=shown.title_hidden,
            cuts=cuts_of(stream.edited.highlight),
        )
    )


@routes.get("/api/v1/clips/{clip_id}/preview/stream", allow_head=False)
@operation(
    tag="Clips",
    query=PreviewStreamQuery,
    answers={200: ("video/mp4",), 206: ("video/mp4",)},
    errors=(416, 422),
    token_for=passes.PREVIEW,
    counted=False,
    example_query="?start=4",
    example_arguments=("-o preview.mp4",),
)
async def get_preview_stream(request: web.Request) -> web.StreamResponse:
    """Get the MP4 of a preview, in fragments that each begin with a key frame.

    It is sent while it is made; with a Range header it is made first. Without a stream_id it is the
    clip without changes. 404: there is no such stream,
    or no more: POST to the same path opens it again.
    """
    query = request_parsing.query(request, PreviewStreamQuery)
    _, account_id = caller.of(request)
    playing = request.app[app_keys.PLAYING]
    if query.stream_id:
        stream = playing.get(account_id, query.stream_id)
    else:
        stream = await _open(request, clip_requests.Render())
    if stream.edited.clip_id != request.match_info["clip_id"]:
        raise NotFound(f"The stream {query.stream_id} is of another clip.")
    shown = stream.clip
    start_s = min(query.start, float(shown.pictures / shown.rate))  # 1e308 times anything is inf
    first = min(int(start_s * shown.rate) // shown.piece, shown.pieces - 1)
    async with _located(request, stream.edited.brand) as here:
        pieces = playing.pieces(
            stream, first, brand=here, has_left=lambda: not request.protocol.connected
        )
        async with aclosing(pieces):
            if "Range" in request.headers:
                return _part_of(request, b"".join([piece async for piece in pieces]))
            return await _send(request, pieces)


async def _open(request: web.Request, body: clip_requests.Render) -> Stream:
    """Return the stream of a clip with changes. Raises NotFound, Conflict, Unprocessable."""
    clip, made = await _clip(request)
    brand = await branding.brand_again(request, made, body)
    async with _located(request, brand) as here:
        edited = replace(await _edited(request, clip, made, body, here), brand=brand)
        return await request.app[app_keys.PLAYING].open(_stream_id(edited, made, body), edited)


async def _send(request: web.Request, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """Send pieces as they come; where one cannot be made any more, the connection ends."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    began_s, number = time.monotonic(), 0
    try:
        async for piece in pieces:
            if not response.prepared:
                await response.prepare(request)
            await response.write(piece)
            number += 1  # with the header
            ahead_s = (number - HURRIED) * PIECE_S / PACE - (time.monotonic() - began_s)
            await asyncio.sleep(max(0.0, ahead_s))
    except (ConnectionError, Unprocessable):
        if not response.prepared and request.protocol.connected:
            raise
        if request.transport is not None:
            request.transport.abort()
    return response


@routes.get("/api/v1/clips/{clip_id}/framing")
@operation(tag="Clips", answers={200: (Framing,)}, errors=(409, 422), counted=False)
async def get_framing(request: web.Request) -> web.Response:
    """Get who is visible in a clip, and which part of the source's picture it shows.

    For an editor; send the choice as `framing` of POST /api/v1/clips/{clip_id}/renders. 409: the
    job is not transcribed. 422: the source is no longer kept.
    """
    clip, made = await _clip(request)
    brand = await branding.brand_again(request, made, clip_requests.Render())
    edited = await _edited(request, clip, made, clip_requests.Render(), brand)
    view = await request.app[app_keys.PREVIEWING].look(edited)
    return replies.reply(framed.as_framing(clip.clip_id, edited.talk.source, view, edited.options))


async def _clip(request: web.Request) -> tuple[ClipRow, Made]:
    """Return a clip, and what its job worked on. Raises NotFound, Conflict, Unprocessable."""
    db, account_id = caller.of(request)
    clip = await clip_rows.get(db, account_id, request.match_info["clip_id"])
    made = await rerenders.made_from(db, account_id, clip.job_id)
    if made.kept_source is None:
        raise Unprocessable(
            f"The source of {clip.job_id} is no longer kept, so it cannot be shown; POST "
            "/api/v1/clips/{clip_id}/renders fetches it again.",
            reason="source_gone",
        )
    return clip, made


@asynccontextmanager
async def _located(request: web.Request, brand: Brand | None) -> AsyncIterator[Brand | None]:
    """Have the files of a brand, if there is one, on this disk while the block runs."""
    if brand is None:
        yield None
    else:
        async with branding.files(request).located(brand) as here:
            yield here


def _stream_id(edited: Edited, made: Made, body: clip_requests.Render) -> str:
    """Return an ID that the same changes of the same clip have again."""
    told = (edited.account_id, edited.clip_id, body, made.talk_id, made.corrections, made.edits)
    text = msgspec.json.encode((*told, repr(edited.brand)))
    return hashlib.sha256(text).hexdigest()[:32]


def _part_of(request: web.Request, content: bytes) -> web.Response:
    """Return the part of a file that the request names. Raises BeyondEnd for an empty one."""
    try:
        asked = request.http_range
        start, stop, _ = asked.indices(len(content))
    except ValueError:  # malformed: ignored, as RFC 9110 allows
        return web.Response(body=content, headers=STREAM_HEADERS)
    if start >= stop:
        raise BeyondEnd(
            f"The range begins after the end of the file ({len(content)} bytes).",
            field="Range",
            headers={"Content-Range": f"bytes */{len(content)}"},
        )
    told = f"bytes {start}-{stop - 1}/{len(content)}"
    headers = {**STREAM_HEADERS, "Content-Range": told, "Accept-Ranges": "bytes"}
    return web.Response(body=content[start:stop], status=206, headers=headers)


async def _edited(
    request: web.Request,
    clip: ClipRow,
    made: Made,
    body: clip_requests.Render,
    brand: Brand | None,
) -> Edited:
    """Return a clip with changes. Raises BadRequest."""
    talk, options = await asyncio.to_thread(_changed, clip, made, body, brand)
    path = await request.app[app_keys.SOURCE_FILES].path_of(made.kept_source)
    return Edited(
        account_id=request[app_keys.ACCOUNT].account_id,
        clip_id=clip.clip_id,
        job_id=clip.job_id,
        talk=replace(talk, source=replace(talk.source, path=path)),
        options=options,
        known=await clip_shots.get(request.app[app_keys.DATABASE], clip.clip_id),
    )


def _changed(
    clip: ClipRow, made: Made, body: clip_requests.Render, brand: Brand | None
) -> tuple[Talk, Options]:
    return rerenders.changed(clip, made, rerenders.recognized_in(made), body, brand)
