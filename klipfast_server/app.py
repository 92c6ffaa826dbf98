"""Assembles the application: middleware, routes, and the parts that run beside them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

import structlog
from aiohttp import HttpVersion11, web

from klipfast_server.api import (
    app_keys,
    event_stream,
    idempotency,
    metrics_endpoint,
    middleware,
    slow_readers,
    studio_files,
)
from klipfast_server.api.description import openapi
from klipfast_server.api.description.reference_pages import Reference
from klipfast_server.api.event_stream import Streams
from klipfast_server.api.interruptible import Interruptible
from klipfast_server.api.pictures.drawing import Drawing
from klipfast_server.api.pictures.playing import Playing
from klipfast_server.api.pictures.previewing import Previewing
from klipfast_server.api.rate_limit import RateLimit
from klipfast_server.api.routes import (
    clips,
    corrections,
    events,
    feedback,
    feeds,
    files,
    health,
    jobs,
    process,
    quote_cards,
    reels,
    reference,
    results,
    sources,
    studio,
    texts,
)
from klipfast_server.api.routes.account import keys, operated, sessions, usage
from klipfast_server.api.routes.brand import brand_files, brands
from klipfast_server.api.routes.editor import editing, previews
from klipfast_server.api.routes.hooks import deliveries, webhooks
from klipfast_server.api.routes.intake import resumable, upload_tokens, uploads
from klipfast_server.api.routes.talk import (
    candidates,
    chapters,
    overview,
    timeline,
    whole_talk,
    zip_download,
)
from klipfast_server.cluster import cluster_placement
from klipfast_server.cluster.messages import PIPELINE_ENGINE
from klipfast_server.core import signing
from klipfast_server.core.config import Config, make_private_folders
from klipfast_server.core.engine import Engine
from klipfast_server.core.tasks import background
from klipfast_server.core.threads import lane
from klipfast_server.core.turns import shared
from klipfast_server.files import s3 as s3_storage
from klipfast_server.files.reachability import Reachability
from klipfast_server.files.resumable import Pieces
from klipfast_server.files.source_files import SourceFiles
from klipfast_server.files.storage import LocalStorage
from klipfast_server.net import preflight
from klipfast_server.store import database, notifications
from klipfast_server.store.estimates.forecast import Forecast
from klipfast_server.telemetry import loop_time
from klipfast_server.telemetry.liveness import Liveness
from klipfast_server.telemetry.metrics import Metrics
from klipfast_server.webhooks import delivery
from klipfast_server.work import intake_watches, retention, worker
from klipfast_server.work.intake_context import IntakeContext
from klipfast_server.work.placement import Here, Placement
from klipfast_server.work.worker import EndProcess

log = structlog.get_logger()


END_PROCESS = web.AppKey("end_process", EndProcess)
PLACEMENT = web.AppKey("placement", Placement)
REMOTE_ENGINE = web.AppKey("remote_engine", str)
PROBES = (
    8  # uploads that are probed at once, each in a child process that mostly waits for its disk
)
DRAWERS, PREVIEWERS = 2, 2  # threads

ROUTES = (
    process,
    jobs,
    events,
    clips,
    corrections,
    candidates,
    feedback,
    feeds,
    results,
    texts,
    quote_cards,
    reels,
    timeline,
    chapters,
    overview,
    whole_talk,
    previews,
    editing,
    sources,
    zip_download,
    uploads,
    resumable,
    brands,
    brand_files,
    upload_tokens,
    usage,
    operated,
    keys,
    sessions,
    webhooks,
    deliveries,
    health,
    reference,
    studio,
    files,
)


def stop_process(_settings_fault: str = "") -> None:
    """Stop the server in an orderly way."""
    signal.raise_signal(signal.SIGTERM)


def create_app(
    config: Config,
    engine: Engine,
    *,
    end_process: EndProcess = stop_process,
    remote_engine: str = PIPELINE_ENGINE,
) -> web.Application:
    """Return the application; nothing is opened before it starts.

    `end_process` is called where only a new process or other settings help; by default the process
    stops as on SIGTERM. `remote_engine` names what makes the engine of a cluster's machines.
    """
    app = web.Application(
        middlewares=[
            metrics_endpoint.measured,
            middleware.requests,
            middleware.callers,
            idempotency.once,
        ],
        client_max_size=config.limits.body_bytes,
        # A packed body is refused, and would be unpacked on the event loop before that.
        handler_args={"auto_decompress": False},
    )
    app[app_keys.CONFIG] = config
    app[END_PROCESS] = end_process
    app[app_keys.ENGINE] = engine
    app[REMOTE_ENGINE] = remote_engine
    app[app_keys.METRICS] = Metrics()
    app[app_keys.RATE_LIMIT] = RateLimit()
    app[app_keys.STREAMS] = Streams()
    app[app_keys.UPLOADING] = Interruptible()
    app[app_keys.ARCHIVING] = Interruptible()
    app[app_keys.PIECES] = Pieces()
    for module in ROUTES:
        app.add_routes([_patient(route) for route in module.routes])
    app[app_keys.REFERENCE] = _reference(tuple(engine.caption_styles))
    app.on_response_prepare.append(middleware.add_headers)
    app.on_response_prepare.append(slow_readers.limit)
    app.on_shutdown.append(_end_long_requests)
    app.cleanup_ctx.append(_running)
    return app


@cache
def _reference(caption_styles: tuple[str, ...]) -> Reference:
    """Return the description of the API, which depends on the routes and these names alone."""
    app = web.Application()
    for module in ROUTES:
        app.add_routes(module.routes)
    return Reference(openapi.document(app, caption_styles), openapi.calls(app))


def _patient(route: web.AbstractRouteDef) -> web.AbstractRouteDef:
    """Wrap a route so that Expect is never answered by an error without a body."""
    assert isinstance(route, web.RouteDef)
    kwargs = {**route.kwargs, "expect_handler": _expected}
    return web.RouteDef(route.method, route.path, route.handler, kwargs)


async def _expected(request: web.Request) -> None:
    """Answer Expect: 100-continue; other expectations may be ignored (RFC 9110, 10.1.1)."""
    if request.headers["Expect"].lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # what is sent before the answer is none of it


@asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[None]:
    """Start every part in order; if one fails, stop those started before it."""
    # aiohttp itself would leave them as they are, an embedded Postgres running.
    parts = (
        metrics_endpoint.serving,
        operated.watching_versions,
        _loop_lag,
        _folders,
        _threads,
        _database,
        _notices,
        _storage,
        _source_files,
        _deliverer,
        _retention,
        _placement,
        _worker,
        _intake,
        _watchdog,
    )
    async with AsyncExitStack() as stack:
        for part in parts:
            await stack.enter_async_context(part(app))
        yield


async def _end_long_requests(app: web.Application) -> None:
    app[app_keys.STREAMS].stop()
    app[app_keys.UPLOADING].stop()
    app[app_keys.ARCHIVING].stop()


@asynccontextmanager
async def _loop_lag(app: web.Application) -> AsyncIterator[None]:
    async with background(loop_time.watch_lag(app[app_keys.METRICS].loop_lag_s.observe)):
        yield


@asynccontextmanager
async def _folders(app: web.Application) -> AsyncIterator[None]:
    await asyncio.to_thread(make_private_folders, app[app_keys.CONFIG])
    await asyncio.to_thread(studio_files.load)  # from here on, it is in memory
    yield


@asynccontextmanager
async def _threads(app: web.Application) -> AsyncIterator[None]:
    """Threads of work that callers wait for; they yield to the event loop.

    None of it is done in the loop's default threads, where everything else that blocks runs.
    """
    with (
        preflight.opened_capacity() as capacity,
        shared(ThreadPoolExecutor(PROBES, thread_name_prefix="probe")) as probes,
        shared(lane("draw", DRAWERS)) as drawers,
        shared(lane("preview", PREVIEWERS)) as previewers,
    ):
        app[app_keys.PREFLIGHTS], app[app_keys.PROBES] = capacity, probes
        app[app_keys.DRAWING] = Drawing(drawers)
        app[app_keys.PREVIEWING] = previewing = Previewing(app[app_keys.ENGINE], previewers)
        app[app_keys.PLAYING] = Playing(app[app_keys.ENGINE], previewing)
        try:
            yield
        finally:
            previewing.control.cancel.set()


@asynccontextmanager
async def _database(app: web.Application) -> AsyncIterator[None]:
    async with database.opened(app[app_keys.CONFIG]) as opened:
        app[app_keys.DATABASE] = opened
        yield


@asynccontextmanager
async def _notices(app: web.Application) -> AsyncIterator[None]:
    # One listener for all streams.
    heard = notifications.hear(
        app[app_keys.DATABASE].url, event_stream.CHANNEL, app[app_keys.STREAMS].changed
    )
    app[app_keys.NOTICING] = liveness = Liveness(events.POLL_S)
    async with liveness.running(heard, app[app_keys.STREAMS].watch()):
        yield


@asynccontextmanager
async def _storage(app: web.Application) -> AsyncIterator[None]:
    server = app[app_keys.CONFIG].server
    secret = await asyncio.to_thread(signing.load_secret, server.secret, server.data_dir)
    app[app_keys.SECRET] = secret
    s3 = app[app_keys.CONFIG].storage.s3
    if s3 is None:
        local = LocalStorage(server.data_dir / "storage", secret)
        app[app_keys.STORAGE], app[app_keys.REACHABILITY] = local, Reachability(local)
        yield
    else:
        async with s3_storage.connected(s3, secret) as storage:
            await storage.check()
            app[app_keys.STORAGE], app[app_keys.REACHABILITY] = storage, Reachability(storage)
            yield


@asynccontextmanager
async def _source_files(app: web.Application) -> AsyncIterator[None]:
    config, storage = app[app_keys.CONFIG], app[app_keys.STORAGE]
    files = SourceFiles(app[app_keys.DATABASE], storage, config)
    app[app_keys.SOURCE_FILES] = files
    async with background(files.share()):
        try:
            yield
        finally:
            await files.finish()


@asynccontextmanager
async def _deliverer(app: web.Application) -> AsyncIterator[None]:
    # Before the worker, so that it outlasts it: what the last jobs tell is sent too.
    async with delivery.delivering(
        app[app_keys.DATABASE], app[app_keys.CONFIG], app[app_keys.METRICS]
    ) as deliverer:
        app[app_keys.DELIVERING] = deliverer.liveness
        yield


@asynccontextmanager
async def _retention(app: web.Application) -> AsyncIterator[None]:
    async with retention.sweeping(
        app[app_keys.DATABASE], app[app_keys.STORAGE], app[app_keys.CONFIG]
    ):
        yield


@asynccontextmanager
async def _placement(app: web.Application) -> AsyncIterator[None]:
    config, engine = app[app_keys.CONFIG], app[REMOTE_ENGINE]
    forecast = Forecast(app[app_keys.DATABASE], config, lambda: app[PLACEMENT].capacity)
    app[app_keys.FORECAST] = forecast
    if not config.cluster.address:
        app[PLACEMENT] = Here(config.lanes)
        yield
        return
    async with cluster_placement.opened(config, app[app_keys.METRICS], engine) as placement:
        app[PLACEMENT] = app[app_keys.CLUSTER] = placement
        yield


@asynccontextmanager
async def _worker(app: web.Application) -> AsyncIterator[None]:
    async with worker.working(
        app[app_keys.DATABASE],
        app[app_keys.ENGINE],
        app[app_keys.STORAGE],
        app[app_keys.CONFIG],
        app[app_keys.METRICS],
        files=app[app_keys.SOURCE_FILES],
        placement=app[PLACEMENT],
        end_process=app[END_PROCESS],
    ) as working:
        app[app_keys.CLAIMING], app[app_keys.WARMED] = working.liveness, working.warmed
        app[app_keys.LANES] = working.lanes
        yield


@asynccontextmanager
async def _intake(app: web.Application) -> AsyncIterator[None]:
    context = IntakeContext(
        db=app[app_keys.DATABASE],
        config=app[app_keys.CONFIG],
        engine=app[app_keys.ENGINE],
        probes=app[app_keys.PROBES],
        metrics=app[app_keys.METRICS],
        files=app[app_keys.SOURCE_FILES],
    )
    async with intake_watches.taking_in(context):
        yield


@asynccontextmanager
async def _watchdog(app: web.Application) -> AsyncIterator[None]:
    """End the process if an endless task has died: only a new process has it again."""

    async def watch(name: str, liveness: Liveness) -> None:
        await liveness.died.wait()
        log.error("background task died, the process ends", part=name)
        app[END_PROCESS]()

    async with background(
        watch("worker", app[app_keys.CLAIMING]),
        watch("deliverer", app[app_keys.DELIVERING]),
        watch("event streams", app[app_keys.NOTICING]),
    ):
        yield
