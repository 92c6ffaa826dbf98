"""API keys that an account makes itself."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.job_responses import CreatedAt
from klipfast_server.schema.patterns import TEXT
from klipfast_server.schema.vocabulary import Moment

Scope = Literal["read", "write"]
SCOPES: tuple[Scope, ...] = ("read", "write")


class KeyRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/keys."""

    name: Annotated[str, about("Label shown in the key list.", max_length=100, pattern=TEXT)] = ""
    scopes: Annotated[
        tuple[Scope, ...],
        about(
            "read: GET and HEAD. write: all other methods.", min_length=1, max_length=len(SCOPES)
        ),
    ] = SCOPES
    expires_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, about("When the key stops working; null: never.")
    ] = None


class Key(Struct, frozen=True, kw_only=True):
    """A key of the account, without the secret."""

    key_id: Annotated[str, about("ID of the key.")]
    name: Annotated[str, about("Its label.")]
    scopes: Annotated[list[Scope], about("What it allows.")]
    created_at: CreatedAt
    last_used_at: Annotated[Moment | None, about("Its last use, to the minute; null: never used.")]
    expires_at: Annotated[Moment | None, about("When it stops working; null: never.")]
    current: Annotated[bool, about("Whether this request used it.")]


class CreatedKey(Key, frozen=True, kw_only=True):
    """201 of POST /api/v1/keys."""

    key: Annotated[str, about("The key itself; shown only in this response.")]


class KeyList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/keys, oldest first."""

    keys: Annotated[list[Key], about("All valid keys of the account.")]
