"""/api/v1/clips/{clip_id}/preview and /framing: a clip before it is rendered."""

import asyncio
from dataclasses import replace

from aiohttp import web

from klipfast_server.api import app_keys, branding, caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.pictures import framed
from klipfast_server.api.pictures.previewing import Edited
from klipfast_server.api.routes.clips import check
from klipfast_server.core.errors import Unprocessable
from klipfast_server.schema import clip_requests
from klipfast_server.schema.framing import Framing
from klipfast_server.store.talks import clip_rows, clip_shots, rerenders
from klipfast_server.store.talks.clip_rows import ClipRow
from klipfast_server.store.talks.rerenders import Made
from pipeline.core.brand import Brand
from pipeline.core.data import Options, Talk

routes = web.RouteTableDef()


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
    if brand is None:
        picture = await _draw(request, clip, made, body, brand)
    else:
        async with branding.files(request).located(brand) as here:
            picture = await _draw(request, clip, made, body, here)
    return web.Response(body=picture, content_type="image/jpeg")


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


async def _draw(
    request: web.Request,
    clip: ClipRow,
    made: Made,
    body: clip_requests.Preview,
    brand: Brand | None,
) -> bytes:
    edited = await _edited(request, clip, made, body, brand)
    return await request.app[app_keys.PREVIEWING].draw(edited, body.at_seconds, body.width)


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
        job_id=clip.job_id,
        talk=replace(talk, source=replace(talk.source, path=path)),
        options=options,
        known=await clip_shots.get(request.app[app_keys.DATABASE], clip.clip_id),
    )


def _changed(
    clip: ClipRow, made: Made, body: clip_requests.Render, brand: Brand | None
) -> tuple[Talk, Options]:
    return rerenders.changed(clip, made, rerenders.recognized_in(made), body, brand)
