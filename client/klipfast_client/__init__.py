"""The Python client of the KlipFast API.

Programs use the names below; `klipfast_client.sync` has the same without async, and
`klipfast_client.models` the types of answers and options.
"""

from klipfast_client.api_client import Client, connected
from klipfast_client.http_calls import ApiError
from klipfast_client.models import ProgressEvent
from klipfast_client.version import __version__
from klipfast_client.webhooks import WebhookEvent, verify_webhook

__all__ = [
    "ApiError",
    "Client",
    "ProgressEvent",
    "WebhookEvent",
    "__version__",
    "connected",
    "verify_webhook",
]
