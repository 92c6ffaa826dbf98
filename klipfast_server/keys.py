"""Every key under which the application and a request keep something."""

from typing import Any

from aiohttp import web

from klipfast_server.accounts import Account
from klipfast_server.config import Config
from klipfast_server.database import Database
from klipfast_server.engine import Engine
from klipfast_server.events import Streams
from klipfast_server.metrics import Metrics
from klipfast_server.pulse import Liveness
from klipfast_server.ratelimit import RateLimit, Window
from klipfast_server.resumable import Pieces
from klipfast_server.storage import Storage

CONFIG = web.AppKey("config", Config)
SECRET = web.AppKey("secret", bytes)
DATABASE = web.AppKey("database", Database)
STORAGE = web.AppKey("storage", Storage)
ENGINE = web.AppKey("engine", Engine)
CLAIMING = web.AppKey("claiming", Liveness)  # of jobs
DELIVERING = web.AppKey("delivering", Liveness)  # of webhooks
RATE_LIMIT = web.AppKey("rate_limit", RateLimit)
OPENAPI = web.AppKey("openapi", dict[str, Any])
PIECES = web.AppKey("pieces", Pieces)
METRICS = web.AppKey("metrics", Metrics)
STREAMS = web.AppKey("streams", Streams)

REQUEST_ID = web.RequestKey("request_id", str)
ACCOUNT = web.RequestKey("account", Account)
WINDOW = web.RequestKey("window", Window)
