"""Keys under which the application and its requests store their parts."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from klipfast_server.api.description.reference_pages import Reference
from klipfast_server.api.event_stream import Streams
from klipfast_server.api.interruptible import Interruptible
from klipfast_server.api.pictures.drawing import Drawing
from klipfast_server.api.pictures.playing import Playing
from klipfast_server.api.pictures.previewing import Previewing
from klipfast_server.api.rate_limit import RateLimit, Window
from klipfast_server.core.config import Config
from klipfast_server.core.engine import Engine
from klipfast_server.core.threads import Lane
from klipfast_server.core.turns import SharedThreads
from klipfast_server.files.reachability import Reachability
from klipfast_server.files.resumable import Pieces
from klipfast_server.files.source_files import SourceFiles
from klipfast_server.files.storage import Storage
from klipfast_server.net.newest_version import NewestVersion
from klipfast_server.net.preflight import Capacity
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.store.estimates.forecast import Forecast
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.telemetry.metrics import Metrics


class Cluster(Protocol):
    """Machines that jobs need beside this one."""

    @property
    def fault(self) -> str:
        """Return why no job can run now; empty if one can."""


CONFIG = web.AppKey("config", Config)
SECRET = web.AppKey("secret", bytes)
DATABASE = web.AppKey("database", Database)
FORECAST = web.AppKey("forecast", Forecast)  # when queued and running jobs end
STORAGE = web.AppKey("storage", Storage)
SOURCE_FILES = web.AppKey("source_files", SourceFiles)  # uploads and kept sources
REACHABILITY = web.AppKey("reachability", Reachability)  # whether the storage can be used
ENGINE = web.AppKey("engine", Engine)
WARMED = web.AppKey("warmed", asyncio.Event)  # the models are loaded
CLAIMING = web.AppKey("claiming", Liveness)  # claims jobs
LANES = web.AppKey("lanes", Mapping[str, Lane])  # the worker's, by name
DELIVERING = web.AppKey("delivering", Liveness)  # sends webhooks
NOTICING = web.AppKey("noticing", Liveness)  # notices changes of jobs, for event streams
RATE_LIMIT = web.AppKey("rate_limit", RateLimit)
NEWEST_VERSION = web.AppKey("newest_version", NewestVersion)
PREFLIGHTS = web.AppKey("preflights", Capacity)
REFERENCE = web.AppKey("reference", Reference)
PROBES = web.AppKey("probes", SharedThreads)  # probes uploads
PLAYING = web.AppKey("playing", Playing)  # plays clips before they are rendered
PREVIEWING = web.AppKey("previewing", Previewing)  # draws clip previews
DRAWING = web.AppKey("drawing", Drawing)  # draws quote cards
PIECES = web.AppKey("pieces", Pieces)
METRICS = web.AppKey("metrics", Metrics)
CLUSTER = web.AppKey("cluster", Cluster)  # absent without one
STREAMS = web.AppKey("streams", Streams)
UPLOADING = web.AppKey("uploading", Interruptible)
ARCHIVING = web.AppKey("archiving", Interruptible)

REQUEST_ID = web.RequestKey("request_id", str)
ACCOUNT = web.RequestKey("account", Account)
SIGNED_IN = web.RequestKey("signed_in", str)  # account_id of who has a key by this request
UPLOAD_BYTES = web.RequestKey("upload_bytes", int)  # upload size that a token allows
WINDOW = web.RequestKey("window", Window)
