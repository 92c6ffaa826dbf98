"""Secrets of webhooks, and the headers that sign a message with them.

The client's half says how a message is signed, for it verifies them.
"""

import base64
import secrets
import time
from collections.abc import Sequence

from klipfast_client.webhook_signatures import ID, PREFIX, SIGNATURE, TIMESTAMP, sign

SECRET_BYTES = 32


def new_secret() -> bytes:
    """Return random bytes for one endpoint."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return the secret as it is shown: whsec_…"""
    return PREFIX + base64.b64encode(secret).decode()


def headers(
    message_id: str, body: bytes, secrets_: Sequence[bytes], *, now: float | None = None
) -> dict[str, str]:
    """Return the headers that authenticate `body`; while a secret is rotated, both sign."""
    timestamp = str(int(time.time() if now is None else now))
    signed = " ".join(sign(secret, message_id, timestamp, body) for secret in secrets_)
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: signed}
