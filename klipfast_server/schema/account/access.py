"""Links and tokens that give a browser, which has no API key, one thing to do for a while."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.schema.fields import about

MAX_TOKEN_S = 86_400
DEFAULT_TOKEN_S = 3600
ExpiresAt = Annotated[datetime, about("When it stops working.", tz=True)]


class EventLink(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/events/link."""

    url: Annotated[
        str, about("URL of the job's event stream for an EventSource; needs no API key.")
    ]
    expires_at: ExpiresAt


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of an event stream."""

    token: Annotated[
        str,
        about(
            "From the link of GET /api/v1/jobs/{job_id}/events/link; with it no API key is needed.",
            max_length=500,
        ),
    ] = ""


class SourceLink(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/source/link."""

    url: Annotated[str, about("URL of the job's source for a player; needs no API key.")]
    media_type: Annotated[str, about("Media type by the file's name, such as video/mp4.")]
    expires_at: ExpiresAt


class SourceQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a source."""

    token: Annotated[
        str,
        about(
            "From the link of GET /api/v1/jobs/{job_id}/source/link; with it no API key is needed.",
            max_length=500,
        ),
    ] = ""


class UploadTokenRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/upload-tokens."""

    expires_in_seconds: Annotated[int, about("Lifetime in seconds.", ge=60, le=MAX_TOKEN_S)] = (
        DEFAULT_TOKEN_S
    )
    max_bytes: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        about("Maximum size of one file; null: that of the plan."),
    ] = None


class UploadToken(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/upload-tokens."""

    token: Annotated[
        str,
        about("Send it as a Bearer token; it only uploads files, also by tus."),
    ]
    expires_at: ExpiresAt
