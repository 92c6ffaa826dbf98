"""The brand that a request asks for, as it is now."""

import asyncio
import dataclasses

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, caller
from klipfast_server.api.pictures.drawing import BrandFiles
from klipfast_server.core.errors import BadRequest, NotFound
from klipfast_server.schema.branding.brand_styles import NONE
from klipfast_server.schema.clip_requests import ClipChanges
from klipfast_server.store import brands
from klipfast_server.store.talks import rerenders
from klipfast_server.store.talks.rerenders import Made
from pipeline.core.brand import Brand
from pipeline.core.data import Options


async def with_brand(request: web.Request, options: Options, brand_id: str) -> Options:
    """Return the options with the brand. Raises NotFound, and BadRequest if it cannot be used."""
    return rerenders.with_brand(options, await _brand(request, brand_id))


async def brand_again(request: web.Request, made: Made, asked: ClipChanges) -> Brand | None:
    """Return the brand for a clip that is made again: another one, none, or the same as it is now.

    A style that is asked for beside the same brand has the place of the brand's. Raises NotFound.
    """
    if asked.brand_id == NONE:
        return None
    if asked.brand_id is not None:
        return await _brand(request, asked.brand_id)
    before = msgspec.json.decode(made.options, type=Options).brand
    if before is None:
        return None
    brand = await _brand(request, before.brand_id)
    return brand if asked.caption_style is None else dataclasses.replace(brand, style=None)


async def brand_of_card(request: web.Request, own: Brand | None, asked: str | None) -> Brand | None:
    """Return the brand for a picture of a job: the one that is asked for, none, or the job's own.

    The job's is as it is now, and none where it was deleted or cannot be used. Raises NotFound, and
    BadRequest if the one that is asked for cannot be used.
    """
    if asked == NONE:
        return None
    if asked is not None:
        return await _brand(request, asked)
    if own is None:
        return None
    try:
        return await _brand(request, own.brand_id)
    except (NotFound, BadRequest):
        return None


def files(request: web.Request) -> BrandFiles:
    """Return where the files of brands are."""
    return BrandFiles(
        storage=request.app[app_keys.STORAGE],
        work=request.app[app_keys.CONFIG].server.data_dir / "work",
    )


async def _brand(request: web.Request, brand_id: str) -> Brand:
    row = await brands.get(*caller.of(request), brand_id, field="brand_id")
    return await asyncio.to_thread(row.snapshot)
