"""The Python client of the API.

Programs use the names below.
"""

from klipfast_server.client.api_client import Client, connected, verify_webhook
from klipfast_server.client.http_calls import ApiError

__all__ = ["ApiError", "Client", "connected", "verify_webhook"]
