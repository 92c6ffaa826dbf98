"""Opaque pagination cursors: the last item of a page, signed for one list of one account."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from klipfast_server.core import signing
from klipfast_server.core.errors import BadRequest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PURPOSE = "cursor"


def encode(
    secret: bytes, account_id: str, listed: str, *, place: datetime | int, line_id: str
) -> str:
    """Return the cursor of the page after an item; items that arrive later do not move it.

    `listed` names the list with its filters and order; `place` is what it is ordered by.
    """
    number = (place - EPOCH) // timedelta(microseconds=1) if isinstance(place, datetime) else place
    return _sealed(secret, account_id, listed, f"{number}.{line_id}")


def decode(secret: bytes, account_id: str, listed: str, cursor: str) -> tuple[datetime, str]:
    """Return (time, item_id). Raises BadRequest for a cursor not issued for this list."""
    microseconds, line_id = decode_number(secret, account_id, listed, cursor)
    return EPOCH + timedelta(microseconds=microseconds), line_id


def decode_number(secret: bytes, account_id: str, listed: str, cursor: str) -> tuple[int, str]:
    """Return (number, item_id). Raises BadRequest for a cursor not issued for this list."""
    refused = BadRequest(
        "cursor is not one of this list's; take next_cursor of the page before, unchanged.",
        field="cursor",
    )
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise refused from error
    place, _, _signature = text.rpartition(".")
    # Base64 has several spellings of one text; only the one that was given out is taken.
    ours = _sealed(secret, account_id, listed, place)
    if not hmac.compare_digest(ours.encode(), cursor.encode()):
        raise refused
    number, _, line_id = place.partition(".")
    return int(number), line_id


def _sealed(secret: bytes, account_id: str, listed: str, place: str) -> str:
    signature = signing.sign(secret, PURPOSE, f"{account_id}\n{listed}\n{place}")
    return base64.urlsafe_b64encode(f"{place}.{signature}".encode()).rstrip(b"=").decode()
