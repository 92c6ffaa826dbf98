"""The API's own description, as JSON and as HTML pages; each is made once and kept."""

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import groupby
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup, escape

from klipfast_server.api import studio_files
from klipfast_server.api.description import curl
from klipfast_server.api.description.openapi import Call
from klipfast_server.core import errors

START, TYPES = "", "types"  # pages beside those of the groups of calls
MAX_PAGES = 64  # kept: all pages, for some names by which callers reach the server


class Reference:
    """What /openapi.json and /docs answer."""

    def __init__(self, document: dict[str, Any], calls: Sequence[Call]) -> None:
        """`document` is OpenAPI's, `calls` are in the order of their sections."""
        self.json = msgspec.json.encode(document)
        tags = dict.fromkeys(call.operation.tag for call in calls)
        self.pages = (START, *map(str.lower, tags), TYPES)
        # Callable with one of them, and the base URL that the examples call.
        self.page = lru_cache(MAX_PAGES)(partial(_render, document, calls))


def _render(document: dict[str, Any], calls: Sequence[Call], page: str, base_url: str) -> str:
    name = f"{document['info']['title']} API"
    return _TEMPLATE.render(
        document=document,
        page=page,
        title=f"{page.capitalize()} – {name}" if page else name,
        version=studio_files.load().version,
        sections={tag: list(part) for tag, part in groupby(calls, lambda c: c.operation.tag)},
        example=_example,
        statuses=errors.STATUSES | errors.FURTHER,
        curl=partial(curl.command, base_url=base_url),
        answers=partial(_answers, document),
        kind=_kind,
        marked=_marked,
    )


def _answers(document: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return (status, answer) of an operation; an error is where the document keeps it."""
    shared = document["components"]["responses"]
    return [
        (status, shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer)
        for status, answer in operation["responses"].items()
    ]


def _example(call: Call) -> str:
    """Return the example of a call's body; "" where it takes no JSON."""
    if call.operation.body is None:
        return ""
    body = msgspec.json.encode(call.operation.example or {})
    return msgspec.json.format(body, indent=2).decode()


def _marked(text: str) -> Markup:
    """`code` in a text; everything else as it is."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _kind(schema: dict[str, Any]) -> Markup:
    """A schema in a word or two, with a link to what has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="/docs/types#type-{0}">{0}</a>').format(name)
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


MOST_WORDS = 12  # values of an enumeration that are shown


def _named(schema: dict[str, Any]) -> str:
    formats = {"date-time": "time", "date": "date"}
    return formats.get(schema.get("format", ""), str(schema.get("type", "anything")))


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" {low:g}–{high:g}"
    return f", up to {schema['maxLength']} characters" if "maxLength" in schema else ""


_TEMPLATE = jinja2.Environment(
    loader=jinja2.PackageLoader("klipfast_server.api.description", "pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
).get_template("docs.html.j2")
