"""/openapi.json for programs and /docs for people, both generated from the routes."""

import re
from functools import partial
from itertools import groupby
from typing import Any

import jinja2
import msgspec
from aiohttp import web
from markupsafe import Markup, escape

from klipfast_server.api import app_keys, curl, links, openapi
from klipfast_server.api.operations import operation
from klipfast_server.core import errors

routes = web.RouteTableDef()

REMEMBERED = {"Cache-Control": "public, max-age=300"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@routes.get("/openapi.json")
@operation(tag="Server", answers={200: ("application/json",)}, key=False)
async def get_openapi(request: web.Request) -> web.Response:
    """Get this API as an OpenAPI 3.1 document."""
    return web.Response(
        body=msgspec.json.encode(request.app[app_keys.OPENAPI]),
        content_type="application/json",
        headers=REMEMBERED,
    )


@routes.get("/docs")
@operation(tag="Server", answers={200: ("text/html",)}, key=False)
async def get_docs(request: web.Request) -> web.Response:
    """Read this API as an HTML page."""
    page = _TEMPLATE.render(
        document=request.app[app_keys.OPENAPI],
        sections={
            tag: list(part)
            for tag, part in groupby(openapi.calls(request.app), lambda c: c.operation.tag)
        },
        statuses=errors.STATUSES | errors.FURTHER,
        curl=partial(curl.command, base_url=links.base_url(request)),
        kind=_kind,
        marked=_marked,
    )
    return web.Response(
        text=page,
        content_type="text/html",
        charset="utf-8",
        headers=REMEMBERED | {"Content-Security-Policy": POLICY},
    )


def _marked(text: str) -> Markup:
    """`code` in a text; everything else as it is."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _kind(schema: dict[str, Any]) -> Markup:
    """A schema in a word or two, with a link to what has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="#type-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        some = [Markup("<code>{}</code>").format(word) for word in schema["enum"][:MOST_WORDS]]
        more = Markup(" …") if len(schema["enum"]) > MOST_WORDS else Markup("")
        return Markup(" ").join(some) + more
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return Markup("list of ") + _kind(items)
    return Markup("{}{}").format(_named(schema), _bounds(schema))


MOST_WORDS = 12  # of an enumeration that are shown


def _named(schema: dict[str, Any]) -> str:
    formats = {"date-time": "time", "date": "date"}
    return formats.get(schema.get("format", ""), str(schema.get("type", "anything")))


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" {low:g}–{high:g}"
    return f", up to {schema['maxLength']} characters" if "maxLength" in schema else ""


_TEMPLATE = jinja2.Environment(
    loader=jinja2.PackageLoader("klipfast_server.api", "pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
).get_template("docs.html.j2")
