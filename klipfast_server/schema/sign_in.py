"""POST /api/v1/sign-in."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class SignIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/sign-in."""

    code: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="From a link that the server's operator has; it works once, for an hour.",
        ),
    ]


class SignedIn(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/sign-in."""

    key: Annotated[str, Meta(description="An API key of the account, shown only here.")]
    key_id: Annotated[str, Meta(description="Its identifier.")]
    expires_at: Annotated[datetime, Meta(tz=True, description="When it stops working.")]
