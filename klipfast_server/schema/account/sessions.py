"""Sessions: browsers that are signed in."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.account.keys import Scope
from klipfast_server.schema.fields import about
from klipfast_server.schema.job_responses import CreatedAt
from klipfast_server.schema.vocabulary import Moment


class SessionRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/sessions: a key or a code."""

    key: Annotated[str, about("An API key, which the session lasts no longer than.")] = ""
    code: Annotated[
        str, about("From a sign-in link; it works once, within an hour.", max_length=200)
    ] = ""


class Session(Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    session_id: Annotated[str, about("ID of the session.")]
    device: Annotated[str, about("Browser and system, such as Firefox on Linux.")]
    scopes: Annotated[list[Scope], about("What it allows: what its key allowed.")]
    created_at: CreatedAt
    last_used_at: Annotated[Moment | None, about("Its last use, to the minute; null: never used.")]
    expires_at: Annotated[Moment, about("When it ends.")]
    current: Annotated[bool, about("Whether this request used it.")]


class SessionList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/sessions, oldest first."""

    sessions: Annotated[list[Session], about("All valid sessions of the account.")]
