"""Short-lived tokens that a caller hands on: what they are for is signed, nothing is stored."""

import base64
import binascii
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from klipfast_server.core import signing


def seal(secret: bytes, purpose: str, fields: Sequence[str], *, expires_at: datetime) -> str:
    """Return a URL-safe token of fields without dots, valid for `purpose` until it expires."""
    text = ".".join((*fields, str(int(expires_at.timestamp()))))
    packed = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return f"{packed}.{signing.sign(secret, purpose, packed)}"


def unseal(secret: bytes, purpose: str, token: str) -> tuple[str, ...] | None:
    """Return the fields of a token; None if it is not ours, for another purpose, or expired."""
    packed, _, signature = token.partition(".")
    if not packed.isascii() or not signing.matches(secret, purpose, packed, signature):
        return None
    try:
        text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, UnicodeError):
        return None
    *fields, expires = text.split(".")
    return tuple(fields) if int(expires) > time.time() else None


def in_seconds(seconds: float) -> datetime:
    """Return the moment that many seconds from now."""
    return datetime.fromtimestamp(time.time() + seconds, UTC)
