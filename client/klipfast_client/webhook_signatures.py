"""Signatures of webhook messages as specified by Standard Webhooks.

HMAC-SHA256 over `id.timestamp.body`; while a secret is rotated, both secrets sign.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

PREFIX = "whsec_"
VERSION = "v1,"
TOLERANCE_S = 300.0  # a message older, or further ahead, may be somebody's repetition

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def secret_bytes(text: str) -> bytes:
    """Decode a secret as it is shown. Raises ValueError."""
    try:
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret must be whsec_ followed by Base64.") from error


def sign(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message; `timestamp` is its Unix seconds, as text."""
    digest = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return VERSION + base64.b64encode(digest).decode()


def check(body: bytes, got: Mapping[str, str], secret: str) -> None:
    """Raise ValueError unless `body` was signed with `secret` recently.

    `got` are the headers of the message, in any case.
    """
    named = {name.lower(): value for name, value in got.items()}
    try:
        message_id, timestamp, signatures = named[ID], named[TIMESTAMP], named[SIGNATURE]
        age_s = time.time() - int(timestamp)
    except KeyError as error:
        raise ValueError(f"The message has no header {error.args[0]}.") from error
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{TIMESTAMP} is not a number of seconds.") from error
    if abs(age_s) > TOLERANCE_S:
        raise ValueError(f"The message is {age_s:.0f} seconds old; up to {TOLERANCE_S:.0f} pass.")
    expected = sign(secret_bytes(secret), message_id, timestamp, body).encode()
    if not any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" ")):
        raise ValueError("The message was not signed with this secret, or was changed.")
