"""The quotations of a job as pictures to post."""

import asyncio
import dataclasses
import hashlib
import re

import msgspec
from aiohttp import web
from msgspec import UNSET

from klipfast_server.api import app_keys, branding, conditions, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.texts import text_lookup
from klipfast_server.core.errors import NotFound
from klipfast_server.schema import process_request
from klipfast_server.schema.writing import text_requests
from klipfast_server.store.jobs import Job
from pipeline.captions.quote_card import SQUARE, UPRIGHT, draw_quote_card
from pipeline.core.data import Options
from pipeline.core.texts import Quotation
from pipeline.texts.quotation_reader import quotations_of

routes = web.RouteTableDef()

NUMBER = re.compile(r"[1-9][0-9]{0,3}")
# By aspect ratio: the size in pixels, and what the file's name ends with, as `klipfast write` has
# them.
SHAPES = {"4:5": (UPRIGHT, ""), "1:1": (SQUARE, "_square")}


@routes.get("/api/v1/jobs/{job_id}/texts/quote_cards/{number}.png")
@operation(
    tag="Texts",
    query=text_requests.QuoteCardQuery,
    answers={200: ("image/png",), 304: ()},
    errors=(409,),
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
    example_query="?aspect_ratio=1:1",
    example_arguments=("-o quote_card_1.png",),
)
async def get_quote_card(request: web.Request) -> web.Response:
    """Get a quotation of quote_cards as a picture, a PNG in a caption style or a brand's.

    Counts the quotations of the current text, also of your own. 404: there are fewer, or the
    text was not requested or was withheld. 409: it is not written yet.
    """
    asked = request_parsing.query(request, text_requests.QuoteCardQuery)
    job = await text_lookup.ended_job(request)
    options = msgspec.json.decode(job.options, type=Options)
    style = _style(asked, options, request.app[app_keys.ENGINE].caption_styles)
    brand = await branding.brand_of_card(
        request, options.brand, None if asked.brand_id is UNSET else asked.brand_id
    )
    quotation = await _quotation(request, job)
    size, end = SHAPES[asked.aspect_ratio]
    drawing, account_id = request.app[app_keys.DRAWING], request[app_keys.ACCOUNT].account_id
    if brand is None:
        picture = await drawing.draw(account_id, quotation, style=style, size=size)
    else:
        if asked.caption_style is not UNSET:
            brand = dataclasses.replace(brand, style=None)
        picture = await drawing.draw_with_brand(
            account_id,
            lambda here: draw_quote_card(quotation, style=style, size=size, brand=here),
            brand,
            branding.files(request),
        )
    tag = hashlib.sha256(picture).hexdigest()
    known = conditions.headers_of(tag)
    if conditions.same_as_known(request, tag):
        return web.Response(status=304, headers=known)
    name = f"quote_card_{request.match_info['number']}{end}.png"
    return web.Response(
        body=picture,
        content_type="image/png",
        headers={"Content-Disposition": f'inline; filename="{name}"', **known},
    )


def _style(asked: text_requests.QuoteCardQuery, options: Options, known: tuple[str, ...]) -> str:
    """Return the style that is asked for, else the job's, else the default. Raises BadRequest."""
    if asked.caption_style is not UNSET:
        process_request.check_style(asked.caption_style, known)
        return asked.caption_style
    own = options.caption_style
    return own if own in known else Options().caption_style


async def _quotation(request: web.Request, job: Job) -> Quotation:
    """Return the quotation that the path names. Raises NotFound, which says how many there are."""
    row = await text_lookup.written(request, job, "quote_cards")
    found = await asyncio.to_thread(quotations_of, row.document(job.language or ""))
    number = request.match_info["number"]
    if NUMBER.fullmatch(number) and int(number) <= len(found):
        return found[int(number) - 1]
    have = "1 quotation" if len(found) == 1 else f"{len(found)} quotations"
    raise NotFound(f"{job.job_id} has {have} for pictures; there is no {number}.")
