"""POST /api/v1/sign-in."""

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.fields import about


class SignIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/sign-in."""

    code: Annotated[
        str,
        about(
            "From a link that the server's operator made; it works once, within an hour.",
            min_length=1,
            max_length=200,
        ),
    ]


class SignedIn(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/sign-in."""

    key: Annotated[str, about("An API key of the account, shown only here.")]
    key_id: Annotated[str, about("Its identifier.")]
    expires_at: Annotated[datetime, about("When it stops working.", tz=True)]
