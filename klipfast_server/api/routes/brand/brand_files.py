"""/api/v1/brands/{brand_id}/{file}: the font, logo, intro and outro of a brand."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from aiohttp import web

from klipfast_server.api import app_keys, caller, links, replies
from klipfast_server.api.operations import operation
from klipfast_server.api.routes.brand import brands as brand_routes
from klipfast_server.api.routes.intake.uploads import dock_of
from klipfast_server.files import upload_acceptance
from klipfast_server.files.brand_files import BrandIntake
from klipfast_server.files.upload_acceptance import CHUNK_BYTES
from klipfast_server.schema.branding import brands as schema
from klipfast_server.store import brands
from pipeline.core.brand import FileKind

routes = web.RouteTableDef()

KINDS: tuple[FileKind, ...] = get_args(FileKind)
LINK_LASTS = timedelta(minutes=10)
PATH = f"/api/v1/brands/{{brand_id}}/{{file:{'|'.join(KINDS)}}}"  # others are not found


@routes.put(PATH)
@operation(
    tag="Brands",
    raw_body=("application/octet-stream",),
    answers={200: (schema.BrandDetail,)},
    errors=(409, 422),
    example_arguments=("--data-binary @logo.png",),
)
async def put_brand_file(request: web.Request) -> web.Response:
    """Upload a brand's file as the body; it replaces any earlier one.

    font: TTF or OTF, 10 MB. logo: PNG, JPEG or WebP, 5 MB, 4096 pixels a side. intro, outro: a
    video of 0.5 to 15 s, 200 MB, with or without sound. 422 says why the file cannot be used. 409
    names an unfinished job that needs the earlier one.
    """
    kind, row = _kind(request), await brand_routes.brand_of(request)
    dock = dock_of(request)
    into = BrandIntake(
        dock=dock, storage=request.app[app_keys.STORAGE], brand_id=row.brand_id, kind=kind
    )
    with request.app[app_keys.UPLOADING].running():
        chunks = upload_acceptance.steady(
            request.content.iter_chunked(CHUNK_BYTES), dock.config.sources
        )
        await into.accept(chunks, request.content_length or 0)
    return replies.reply(brand_routes.detail(await brand_routes.brand_of(request)))


@routes.get(PATH)
@operation(
    tag="Brands",
    answers={302: ()},
    answer_headers={"Location": "A signed URL of the file."},
    example_arguments=("-L", "-o logo.png"),
)
async def get_brand_file(request: web.Request) -> web.Response:
    """Get a file of a brand, by a redirect.

    `Location` is a signed link that needs no API key. 404: there is no such file.
    """
    kind, row = _kind(request), await brand_routes.brand_of(request)
    if kind not in row.files:
        raise brands.no_file(row.brand_id, kind)
    name = row.files[kind].name
    location = await request.app[app_keys.STORAGE].sign(
        brands.key_of(row.brand_id, name),
        expires_at=datetime.now(UTC) + LINK_LASTS,
        name=name,
        base_url=links.base_url(request),
    )
    return web.Response(status=302, headers={"Location": location})


@routes.delete(PATH)
@operation(tag="Brands", answers={204: ()}, errors=(409,))
async def delete_brand_file(request: web.Request) -> web.Response:
    """Delete a file of a brand.

    409 names an unfinished job that needs it.
    """
    key = await brands.delete_file(
        *caller.of(request), request.match_info["brand_id"], _kind(request)
    )
    await caller.dispose(request, key)
    return web.Response(status=204)


def _kind(request: web.Request) -> FileKind:
    """Return which file the path names."""
    return next(kind for kind in KINDS if kind == request.match_info["file"])
