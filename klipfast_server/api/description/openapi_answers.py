"""The answers in the OpenAPI document: of an operation, and those that all operations share."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from klipfast_server.api import event_stream, operations
from klipfast_server.api.operations import Operation
from klipfast_server.core.errors import FURTHER, STATUSES
from klipfast_server.schema import clip_responses, responses

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
JSON = "application/json"
TEXTS = ("application/x-subrip", "application/xml", "application/x-otio")  # media types of texts
EVENTS = "text/event-stream"
RETRIED = (429, 500, 503, 507)  # statuses whose answers say when to try again
EVERYWHERE = {
    "X-Request-Id": "Names this request in the server's log.",
    "X-RateLimit-Limit": "Requests allowed per minute.",
    "X-RateLimit-Remaining": "Requests left in the current window.",
    "X-RateLimit-Reset": "Unix seconds at which the window resets.",
}
RETRY = {"Retry-After": "Seconds to wait before retrying."}
INTEGERS = frozenset(
    {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
        "Upload-Offset",
    }
)  # headers that are whole numbers
# Data of each event of a stream. Until OpenAPI 3.2's itemSchema, readers of streams take a stream's
# schema for that of one event, and only JSON Schema can describe its text.
EVENT_DATA: dict[str, type[Struct]] = {
    "progress": event_stream.ProgressEvent,
    "clip": clip_responses.JobClip,
    "end": event_stream.EndEvent,
}
EVENT = {
    "description": "One event of the stream.",
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": list(EVENT_DATA)},
        "id": {"type": "string"},
        "data": {
            "description": "JSON: a ProgressEvent for `progress`, a JobClip for `clip`, an "
            "EndEvent for `end`.",
            "type": "string",
            "contentMediaType": JSON,
            "contentSchema": {
                "anyOf": [{"$ref": REF.format(name=kind.__name__)} for kind in EVENT_DATA.values()]
            },
        },
    },
    "required": ["event", "id", "data"],
}


def described(operation: Operation, *, by_id: bool, links: Schema) -> Schema:
    """Return the answers of an operation by status; `by_id`: its path names something."""
    found: Schema = {}
    for status, contents in operation.answers.items():
        answer: Schema = {
            "description": responses.MEANINGS[status],
            "headers": _header_references(EVERYWHERE) | _headers(operation.answer_headers),
        }
        if contents:
            answer["content"] = dict(map(_content, contents))
        if links:
            answer["links"] = links
        found[str(status)] = answer
    for status in _errors(operation, by_id=by_id):
        found[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    return found


def shared(statuses: Collection[int]) -> Schema:
    """Return the components that answers refer to: errors of `statuses`, and headers of all."""
    content = {JSON: {"schema": {"$ref": REF.format(name=responses.ErrorBody.__name__)}}}
    return {
        "responses": {
            _name(status): {
                "description": f"{code}: {meaning}",
                "headers": _header_references(
                    EVERYWHERE | (RETRY if status in RETRIED else {}),
                ),
                "content": content,
            }
            for status, (code, meaning) in sorted((STATUSES | FURTHER).items())
            if status in statuses
        },
        "headers": _headers(EVERYWHERE | RETRY),
    }


def _errors(operation: Operation, *, by_id: bool) -> list[int]:
    """Return the statuses of the errors that an operation may answer."""
    found = {400, 500, *operation.errors}
    if operation.key:
        found |= {401, 403}
    if operation.counted or operation.key:
        found |= {429, 503}  # the account is looked up
    if by_id:
        found.add(404)
    if operation.idempotent:
        found.add(409)
    if operation.body is not None or operation.raw_body:
        found.add(415)
    if operation.raw_body:
        found.add(507)
    return sorted(found)


def _name(status: int) -> str:
    """Return the name of a status, such as NotFound."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _content(content: operations.Content) -> tuple[str, Schema]:
    if content == EVENTS:
        return content, {"schema": EVENT}
    if isinstance(content, str):
        is_text = content.startswith("text/") or content in TEXTS
        return content, {"schema": {"type": "string"} | ({} if is_text else {"format": "binary"})}
    return JSON, {"schema": {"$ref": REF.format(name=content.__name__)}}


def _headers(texts: Any) -> Schema:
    return {
        name: {
            "description": text,
            "schema": {"type": "integer" if name in INTEGERS else "string"},
        }
        for name, text in texts.items()
    }


def _header_references(names: Any) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
