"""Generates the OpenAPI 3.1 document from the routes, their docstrings and the schema types."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, get_args

import msgspec
from aiohttp import web
from msgspec import Struct

from klipfast_server.api import operations
from klipfast_server.api.description import openapi_answers, webhook_docs
from klipfast_server.api.description.openapi_answers import EVENT_DATA, JSON, REF, Schema
from klipfast_server.api.operations import Operation
from klipfast_server.core import identifiers
from klipfast_server.schema import responses
from klipfast_server.schema.languages import LANGUAGES
from pipeline.core.brand import FileKind
from pipeline.core.texts import TEXT_KINDS

TAGS = {
    "Videos": "Submit a video by URL or as a file.",
    "Jobs": "Get, follow, cancel, retry and delete jobs; get transcripts; name speakers.",
    "Feedback": "Say which clips you kept and which you rejected.",
    "Texts": "Get texts with their sources; replace or regenerate them.",
    "Clips": "Get clips and captions; render a clip again with changes.",
    "Brands": "Give clips your own caption style, font, logo, cards, intro and outro.",
    "Webhooks": "Receive events instead of polling.",
    "Account": "Plan limits, usage, API keys and browsers that are signed in.",
    "Server": "Health checks and documentation; no API key needed.",
}
ABOUT = """\
Turns a long talk into short vertical clips with captions, a Twitter thread, a LinkedIn post and \
a blog article.

All API requests require a Bearer token: `Authorization: Bearer kf_live_sk_…`. Rate limit headers \
are included in every response (`X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset` \
in Unix seconds), and so is `X-Request-Id`. All errors share one body. Times are RFC 3339 in UTC, \
durations are seconds. Unknown fields and query parameters are refused with 400.
"""
# Path parameters that are ids: their prefix, an example, and what they are of.
PATH_PARAMETERS = {
    "job_id": ("job", "job_abc123", "job"),
    "clip_id": ("clip", "clip_xyz", "clip"),
    "upload_id": ("upload", "upload_abc123", "upload"),
    "webhook_id": ("wh", "wh_abc123", "webhook"),
    "delivery_id": ("dlv", "dlv_abc123", "message"),
    "brand_id": ("brand", "brand_abc123", "brand"),
    "key_id": ("key", "key_abc123", "API key"),
    "session_id": ("session", "session_abc123", "session"),
}
# The others: what they are, an example, and further rules of JSON Schema.
OTHERS: dict[str, tuple[str, str, Schema]] = {
    "file": (
        f"Which file: {', '.join(get_args(FileKind))}.",
        "logo",
        {"enum": list(get_args(FileKind))},
    ),
    "key": ("Path from the signed link.", "clips/…", {}),
    "name": ("Name of a caption style.", "karaoke", {}),
    "number": ("Number of the quotation, from 1.", "1", {"pattern": "^[1-9][0-9]{0,3}$"}),
    "text": (
        f"Kind of the text: {', '.join(TEXT_KINDS)}.",
        "blog_post",
        {"enum": list(TEXT_KINDS)},
    ),
    "version": ("Number of the version.", "1", {"pattern": "^[1-9][0-9]{0,8}$"}),
}
VERSION = version("klipfast")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method and path with its documentation."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    operation: Operation

    @property
    def path_parameters(self) -> list[str]:
        """Names of the path parameters, in order."""
        return re.findall(r"\{(\w+)\}", self.path)


def calls(app: web.Application) -> list[Call]:
    """Return every documented route, ordered by tag and then by route."""
    return sorted(_calls(app), key=lambda call: list(TAGS).index(call.operation.tag))


def _calls(app: web.Application) -> Iterator[Call]:
    for route in app.router.routes():
        operation = operations.of(route.handler)
        if operation is None or not operation.listed or route.resource is None or _added(route):
            continue
        summary, _, rest = inspect.cleandoc(route.handler.__doc__ or "").partition("\n")
        yield Call(
            method=route.method,
            path=re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.resource.canonical),
            name=route.handler.__name__,
            summary=summary,
            description=rest.strip(),
            operation=operation,
        )


def _added(route: web.AbstractRoute) -> bool:
    """Return whether this is the HEAD route that aiohttp adds to a GET."""
    return route.method == "HEAD" and any(
        other.method == "GET" and other.handler is route.handler for other in route.resource or ()
    )


def document(app: web.Application, caption_styles: tuple[str, ...]) -> Schema:
    """The whole document."""
    described = calls(app)
    schemas = _schemas(described, caption_styles)
    paths: dict[str, Schema] = {}
    for call in described:
        links = _links(call, described)
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, schemas, links)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "KlipFast",
            "version": VERSION,
            "description": ABOUT,
            "contact": {"name": "Whoever operates this server"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": name, "description": text} for name, text in (TAGS | webhook_docs.TAGS).items()
        ],
        "paths": paths,
        "webhooks": webhook_docs.described(REF),
        "components": openapi_answers.shared(_statuses(paths))
        | {
            "schemas": {
                name: schema for name, schema in schemas.items() if not _is_query(name, described)
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"{identifiers.KEY_PREFIX} and {identifiers.KEY_LENGTH} "
                    "letters and digits.",
                }
            },
        },
    }


def _statuses(paths: dict[str, Schema]) -> set[int]:
    """Return the statuses that any call may answer."""
    operations_ = (operation for methods in paths.values() for operation in methods.values())
    return {int(status) for operation in operations_ for status in operation["responses"]}


def _structs(described: list[Call]) -> Iterator[type[Struct]]:
    yield responses.ErrorBody
    yield from EVENT_DATA.values()
    yield from webhook_docs.DATA.values()
    for call in described:
        operation = call.operation
        contents = [c for answer in operation.answers.values() for c in answer]
        for content in (operation.body, operation.query, *contents):
            if isinstance(content, type):
                yield content


def _is_query(name: str, described: list[Call]) -> bool:
    """Queries are spelled out as parameters."""
    return any(
        c.operation.query is not None and c.operation.query.__name__ == name for c in described
    )


def _schemas(described: list[Call], caption_styles: tuple[str, ...]) -> dict[str, Schema]:
    """JSON schemas by name, with the values that only this server knows."""
    types = list(dict.fromkeys(_structs(described)))
    _, schemas = msgspec.json.schema_components(types, ref_template=REF)
    _tell_types(schemas)
    languages = ["auto", *sorted(LANGUAGES)]
    for schema in schemas.values():
        schema["description"] = inspect.cleandoc(schema["description"])  # a docstring
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is False:  # what callers send
            for name in ("caption_style", "base"):  # a brand's caption_style is an object
                if (text := _text_of(properties.get(name, {}))) is not None:
                    text["enum"] = list(caption_styles)
            if (text := _text_of(properties.get("language", {}))) is not None:
                text["enum"] = languages
        if not _is_query(schema["title"], described):
            _tell_defaults(properties)
    return schemas


def _tell_types(part: Any) -> None:
    """Say that an enumeration is of texts, where msgspec lists its values alone."""
    if isinstance(part, list):
        for each in part:
            _tell_types(each)
    elif isinstance(part, dict):
        if isinstance(part.get("enum"), list):
            part.setdefault("type", "string")
        for each in part.values():
            _tell_types(each)


def _tell_defaults(properties: dict[str, Schema]) -> None:
    """Move defaults into the descriptions: many generators make a field with one mandatory."""
    for described in properties.values():
        if "default" in described:
            value = json.dumps(described.pop("default"), ensure_ascii=False)
            text = described.get("description", "").rstrip()
            described["description"] = f"{text} Default: {value}.".strip()


def _text_of(schema: Schema) -> Schema | None:
    """The part of a schema that is about a text, null apart, if there is one."""
    parts: list[Schema] = schema.get("anyOf", [schema])
    return next((part for part in parts if part.get("type") == "string"), None)


def _links(call: Call, described: list[Call]) -> Schema:
    """What can be called with an id that this call tells (JSON pointers into its answer)."""
    return {
        f"{other.name}_by_{name}": {
            "operationId": other.name,
            "parameters": {name: f"$response.body#{pointer}"},
        }
        for name, pointer in call.operation.gives.items()
        for other in described
        if other.path_parameters == [name]
    }


def _operation(call: Call, schemas: dict[str, Schema], links: Schema) -> Schema:
    operation = call.operation
    found: Schema = {
        "operationId": call.name,
        "tags": [operation.tag],
        "summary": call.summary,
        "parameters": [*_path(call), *_query(operation, schemas), *_headers(operation)],
        "responses": openapi_answers.described(
            operation, by_id=bool(call.path_parameters), links=links
        ),
    }
    if call.description:
        found["description"] = call.description
    if operation.body is not None:
        media: Schema = {"schema": {"$ref": REF.format(name=operation.body.__name__)}}
        if operation.example is not None:
            media["example"] = dict(operation.example)
        more = {kind: _raw(kind) for kind in operation.raw_body}
        found["requestBody"] = {"required": True, "content": {JSON: media} | more}
    elif operation.raw_body:
        found["requestBody"] = {
            "required": True,
            "content": {kind: _raw(kind) for kind in operation.raw_body},
        }
    found["security"] = [{"key": []}] if operation.key else []
    return found


def _raw(kind: str) -> Schema:
    if kind != "multipart/form-data":
        return {"schema": {"type": "string", "format": "binary"}}
    file = {"type": "string", "format": "binary"}
    # Other parts are passed over, but nobody need send any.
    form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    return {"schema": form | {"additionalProperties": False}}


def _path(call: Call) -> Iterator[Schema]:
    for name in call.path_parameters:
        if name in PATH_PARAMETERS:
            kind, example, thing = PATH_PARAMETERS[name]
            text, rules = f"ID of the {thing}.", {"pattern": rf"^{kind}_[A-Za-z0-9]{{1,40}}$"}
        else:
            text, example, rules = OTHERS[name]
        schema = {"type": "string"} | rules | {"examples": [example]}
        yield {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _query(operation: Operation, schemas: dict[str, Schema]) -> Iterator[Schema]:
    if operation.query is None:
        return
    schema = schemas[operation.query.__name__]
    for name, described in schema["properties"].items():
        rest = {key: value for key, value in described.items() if key != "description"}
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": described.get("description", ""),
            "schema": rest,
        }


def _headers(operation: Operation) -> Iterator[Schema]:
    if operation.idempotent:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Any string; the same key and body return the same response for 24 h.",
            "schema": {"type": "string", "pattern": r"^[!-~]([ -~]{0,253}[!-~])?$"},
        }
    for header in operation.headers:
        yield {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "description": header.description,
            "schema": dict(header.schema),
        }
