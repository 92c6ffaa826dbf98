"""API keys that an account makes itself."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.schema.job_responses import CreatedAt
from klipfast_server.schema.patterns import TEXT
from klipfast_server.schema.vocabulary import Moment

Scope = Literal["read", "write"]
SCOPES: tuple[Scope, ...] = ("read", "write")


class KeyRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/keys."""

    name: Annotated[
        str,
        Meta(max_length=100, pattern=TEXT, description="What tells your keys apart, for people."),
    ] = ""
    scopes: Annotated[
        tuple[Scope, ...],
        Meta(
            min_length=1,
            max_length=len(SCOPES),
            description="read: GET and HEAD. write: all other methods.",
        ),
    ] = SCOPES
    expires_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="When the key stops working; null: never."),
    ] = None


class Key(Struct, frozen=True, kw_only=True):
    """A key of the account, without the secret."""

    key_id: Annotated[str, Meta(description="ID of the key.")]
    name: Annotated[str, Meta(description="What it is called.")]
    scopes: Annotated[list[Scope], Meta(description="What it may do.")]
    created_at: CreatedAt
    last_used_at: Annotated[
        Moment | None, Meta(description="Its last use, to the minute; null: never used.")
    ]
    expires_at: Annotated[Moment | None, Meta(description="When it stops working; null: never.")]
    current: Annotated[bool, Meta(description="Whether this request was made with it.")]


class CreatedKey(Key, frozen=True, kw_only=True):
    """201 of POST /api/v1/keys."""

    key: Annotated[str, Meta(description="The key itself; shown only in this response.")]


class KeyList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/keys, oldest first."""

    keys: Annotated[list[Key], Meta(description="All valid keys of the account.")]
