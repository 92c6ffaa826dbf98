"""What a route takes and returns, declared beside its handler, for openapi.py and middleware.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp.typedefs import Handler
from msgspec import Struct

Content = type[Struct] | str
"""A type: JSON of it. A text: the media type of something else."""

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])
ATTRIBUTE = "operation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A request header of a call; `schema` is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API; its summary and description are the handler's docstring."""

    tag: str
    answers: Mapping[int, tuple[Content, ...]]  # by status; empty: no body
    errors: tuple[int, ...] = ()  # beyond those that every call may answer
    body: type[Struct] | None = None
    raw_body: tuple[str, ...] = ()  # media types of a body that is no JSON, or need not be
    query: type[Struct] | None = None
    headers: tuple[Header, ...] = ()
    answer_headers: Mapping[str, str] = field(default_factory=dict)  # with what they tell
    gives: Mapping[str, str] = field(
        default_factory=dict
    )  # path parameter → where its value comes from
    example: Mapping[str, object] | None = None  # example body
    example_query: str = ""  # with its question mark
    example_arguments: tuple[str, ...] = ()  # further ones of curl
    key: bool = True  # whether an API key is needed
    any_scope: bool = False  # whether a key of any scope does, whatever the method
    token_for: str = ""  # what a token in the query, which does instead of a key, must be for
    upload_token: bool = False  # whether an upload token does
    counted: bool = True  # toward the rate limit; without a valid key, every call does
    listed: bool = True  # whether the document tells of it
    idempotent: bool = False  # whether it takes an Idempotency-Key
    told_once: str = ""  # what of a 201 names the thing whose secret is in that answer alone
    noted: bool | None = None  # whether the audit log has it; None: by its method


def operation(**described: Any) -> Callable[[HandlerT], HandlerT]:
    """Document a handler; the arguments are the fields of Operation."""
    documented = Operation(**described)

    def mark(handler: HandlerT) -> HandlerT:
        setattr(handler, ATTRIBUTE, documented)
        return handler

    return mark


def of(handler: Handler | object) -> Operation | None:
    """Return the documentation of a handler; None for aiohttp's own, as for unknown paths."""
    found = getattr(handler, ATTRIBUTE, None)
    return found if isinstance(found, Operation) else None
