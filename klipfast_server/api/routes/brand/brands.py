"""/api/v1/brands: the brands of an account, and how they look."""

import asyncio
from functools import partial

from aiohttp import web

from klipfast_server.api import app_keys, branding, caller, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.schema import vocabulary
from klipfast_server.schema.branding import brands as schema
from klipfast_server.store import brands
from klipfast_server.store.brands import BrandRow
from pipeline.captions.previews import draw_brand

routes = web.RouteTableDef()


@routes.post("/api/v1/brands")
@operation(
    tag="Brands",
    body=schema.BrandRequest,
    answers={201: (schema.BrandDetail,)},
    errors=(409,),
    idempotent=True,
    gives={"brand_id": "/brand_id"},
    example={"name": "Acme", "caption_style": {"base": "boxed", "spoken_color": "#FF6A3D"}},
)
async def create_brand(request: web.Request) -> web.Response:
    """Create a brand, which sets the look of clips submitted with its brand_id.

    Up to 20 per account. Upload its font, logo, intro and outro afterward.
    """
    body = await request_parsing.body(request, schema.BrandRequest)
    made = await brands.create(*caller.of(request), body)
    return replies.reply(detail(made), status=201)


@routes.get("/api/v1/brands")
@operation(tag="Brands", answers={200: (schema.BrandList,)})
async def list_brands(request: web.Request) -> web.Response:
    """List the brands, oldest first.

    Each is as in GET /api/v1/brands/{brand_id}; all are on one page.
    """
    found = await brands.listed(*caller.of(request))
    return replies.reply(schema.BrandList(brands=list(map(detail, found))))


@routes.get("/api/v1/brands/{brand_id}")
@operation(tag="Brands", answers={200: (schema.BrandDetail,)})
async def get_brand(request: web.Request) -> web.Response:
    """Get a brand.

    `files` lists what was uploaded.
    """
    return replies.reply(detail(await brand_of(request)))


@routes.patch("/api/v1/brands/{brand_id}")
@operation(
    tag="Brands",
    body=schema.BrandChanges,
    answers={200: (schema.BrandDetail,)},
    example={"logo": {"corner": "bottom_right", "width": 0.2}},
)
async def change_brand(request: web.Request) -> web.Response:
    """Change a brand.

    Omitted fields stay. Jobs already submitted keep the brand as it was.
    """
    body = await request_parsing.body(request, schema.BrandChanges)
    changed = await brands.change(*caller.of(request), request.match_info["brand_id"], body)
    return replies.reply(detail(changed))


@routes.delete("/api/v1/brands/{brand_id}")
@operation(tag="Brands", answers={204: ()}, errors=(409,))
async def delete_brand(request: web.Request) -> web.Response:
    """Delete a brand and its files; existing clips do not change.

    409 names an unfinished job that needs it.
    """
    files = await brands.delete(*caller.of(request), request.match_info["brand_id"])
    await caller.dispose(request, files)
    return web.Response(status=204)


@routes.get("/api/v1/brands/{brand_id}/preview")
@operation(
    tag="Brands",
    query=schema.BrandPreviewQuery,
    answers={200: ("image/png",)},
    example_query="?aspect_ratio=1:1",
    example_arguments=("-o preview.png",),
)
async def get_brand_preview(request: web.Request) -> web.Response:
    """Get a picture of a clip in the brand's style, as a PNG.

    Shows the captions and any logo.
    """
    shape = request_parsing.query(request, schema.BrandPreviewQuery).aspect_ratio
    row = await brand_of(request)
    picture = await request.app[app_keys.DRAWING].draw_with_brand(
        request[app_keys.ACCOUNT].account_id,
        partial(draw_brand, shape=shape),
        await asyncio.to_thread(row.snapshot),
        branding.files(request),
    )
    return web.Response(body=picture, content_type="image/png")


async def brand_of(request: web.Request) -> BrandRow:
    """Return the brand that the path names. Raises NotFound."""
    return await brands.get(*caller.of(request), request.match_info["brand_id"])


def detail(row: BrandRow) -> schema.BrandDetail:
    """Return the brand as it is shown."""
    settings = {name: getattr(row.settings, name) for name in row.settings.__struct_fields__}
    return schema.BrandDetail(
        brand_id=row.brand_id,
        name=row.name,
        files=schema.BrandFiles(**{kind: file.facts for kind, file in row.files.items()}),
        created_at=vocabulary.moment(row.created_at),
        updated_at=vocabulary.moment(row.updated_at),
        **settings,
    )
