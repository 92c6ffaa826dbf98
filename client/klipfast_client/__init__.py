"""The Python client of the KlipFast API.

Programs use the names below; `klipfast_client.sync` has the same without async, and
`klipfast_client.models` the types of answers and options.
"""

from klipfast_client.api_client import Client, connected
from klipfast_client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    Unprocessable,
    Unreachable,
)
from klipfast_client.models import ProgressEvent
from klipfast_client.version import __version__
from klipfast_client.webhooks import WebhookEvent, verify_webhook

__all__ = [
    "ApiError",
    "BadRequest",
    "Client",
    "Conflict",
    "Forbidden",
    "NotFound",
    "ProgressEvent",
    "RateLimited",
    "ServerError",
    "Unauthorized",
    "Unprocessable",
    "Unreachable",
    "WebhookEvent",
    "__version__",
    "connected",
    "verify_webhook",
]
