"""Messages of webhooks: whose they are, and what they tell."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from klipfast_client import webhook_signatures


class WebhookEvent(Struct, frozen=True, kw_only=True):
    """A webhook message; `data` is a job as in GET /jobs/{job_id}, or a clip with its job_id."""

    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> WebhookEvent:
    """Return the event of a message signed with `secret` (whsec_…) in the last five minutes.

    `body` is the raw body. Raises ValueError for any other message.
    """
    webhook_signatures.check(body, headers, secret)
    try:
        return msgspec.json.decode(body, type=WebhookEvent)
    except msgspec.DecodeError as error:
        raise ValueError(f"The message is signed but is not an event: {error}.") from error
