"""Opaque page marks: the place of the last line told, signed for one account."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from klipfast_server import signing
from klipfast_server.errors import BadRequest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PURPOSE = "cursor"


def encode(secret: bytes, account_id: str, created_at: datetime, job_id: str) -> str:
    """Names the line after which the next page begins; new jobs do not move it."""
    microseconds = (created_at - EPOCH) // timedelta(microseconds=1)
    place = f"{microseconds}.{job_id}"
    signature = signing.sign(secret, PURPOSE, f"{account_id}\n{place}")
    return base64.urlsafe_b64encode(f"{place}.{signature}".encode()).rstrip(b"=").decode()


def decode(secret: bytes, account_id: str, cursor: str) -> tuple[datetime, str]:
    """(created_at, job_id). Raises BadRequest for what `encode` did not make for this account."""
    refused = BadRequest(
        "cursor is not one of ours; take next_cursor of the page before, unchanged.", field="cursor"
    )
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
        place, _, signature = text.rpartition(".")
    except (binascii.Error, UnicodeError) as error:
        raise refused from error
    if not signing.matches(secret, PURPOSE, f"{account_id}\n{place}", signature):
        raise refused
    microseconds, _, job_id = place.partition(".")
    return EPOCH + timedelta(microseconds=int(microseconds)), job_id
