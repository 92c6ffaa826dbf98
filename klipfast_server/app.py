"""Wires the application together: middlewares, routes, and what runs while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import HttpVersion11, web

from klipfast_server import (
    database,
    deliver,
    idempotency,
    keys,
    middleware,
    openapi,
    retention,
    scrape,
    signing,
    storage_s3,
    worker,
)
from klipfast_server.config import Config
from klipfast_server.engine import Engine
from klipfast_server.events import Streams
from klipfast_server.metrics import Metrics
from klipfast_server.ratelimit import RateLimit
from klipfast_server.resumable import Pieces
from klipfast_server.routes import (
    clips,
    deliveries,
    events,
    files,
    health,
    jobs,
    process,
    reference,
    results,
    resumable,
    timeline,
    uploads,
    usage,
    webhooks,
)
from klipfast_server.storage import LocalStorage

ROUTES = (
    process,
    jobs,
    events,
    clips,
    results,
    timeline,
    uploads,
    resumable,
    usage,
    webhooks,
    deliveries,
    health,
    reference,
    files,
)


def create_app(config: Config, engine: Engine) -> web.Application:
    """The server; nothing is opened before it starts."""
    app = web.Application(
        middlewares=[scrape.measured, middleware.requests, middleware.callers, idempotency.once],
        client_max_size=config.limits.body_bytes,
    )
    app[keys.CONFIG] = config
    app[keys.ENGINE] = engine
    app[keys.METRICS] = Metrics()
    app[keys.RATE_LIMIT] = RateLimit()
    app[keys.STREAMS] = Streams()
    app[keys.PIECES] = Pieces()
    for module in ROUTES:
        app.add_routes([_patient(route) for route in module.routes])
    app[keys.OPENAPI] = openapi.document(app, engine.caption_styles)
    app.on_response_prepare.append(middleware.add_headers)
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_running)
    return app


def _patient(route: web.AbstractRouteDef) -> web.AbstractRouteDef:
    """The route with an answer to Expect that is never an error without a body."""
    assert isinstance(route, web.RouteDef)
    kwargs = {**route.kwargs, "expect_handler": _expected}
    return web.RouteDef(route.method, route.path, route.handler, kwargs)


async def _expected(request: web.Request) -> None:
    """Go on; what else than 100-continue is expected may be passed over (RFC 9110, 10.1.1)."""
    if request.headers["Expect"].lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # what is sent before the answer is none of it


@asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[None]:
    """Start every part in order; where one cannot start, those before it are stopped again."""
    # aiohttp itself would leave them as they are, an embedded Postgres running.
    parts = (scrape.serving, _database, _storage, _deliverer, _retention, _worker)
    async with AsyncExitStack() as stack:
        for part in parts:
            await stack.enter_async_context(part(app))
        yield


async def _end_streams(app: web.Application) -> None:
    app[keys.STREAMS].stop()


@asynccontextmanager
async def _database(app: web.Application) -> AsyncIterator[None]:
    async with database.opened(app[keys.CONFIG]) as opened:
        app[keys.DATABASE] = opened
        yield


@asynccontextmanager
async def _storage(app: web.Application) -> AsyncIterator[None]:
    server = app[keys.CONFIG].server
    secret = await asyncio.to_thread(signing.load_secret, server.secret, server.data_dir)
    app[keys.SECRET] = secret
    s3 = app[keys.CONFIG].storage.s3
    if s3 is None:
        app[keys.STORAGE] = LocalStorage(server.data_dir / "storage", secret)
        yield
    else:
        async with storage_s3.connected(s3) as storage:
            app[keys.STORAGE] = storage
            yield


@asynccontextmanager
async def _deliverer(app: web.Application) -> AsyncIterator[None]:
    # Before the worker, so that it outlasts it: what the last jobs tell is sent too.
    async with deliver.delivering(
        app[keys.DATABASE], app[keys.CONFIG], app[keys.METRICS]
    ) as deliverer:
        app[keys.DELIVERING] = deliverer.pulse
        yield


@asynccontextmanager
async def _retention(app: web.Application) -> AsyncIterator[None]:
    async with retention.sweeping(app[keys.DATABASE], app[keys.STORAGE], app[keys.CONFIG]):
        yield


@asynccontextmanager
async def _worker(app: web.Application) -> AsyncIterator[None]:
    async with worker.working(
        app[keys.DATABASE],
        app[keys.ENGINE],
        app[keys.STORAGE],
        app[keys.CONFIG],
        app[keys.METRICS],
    ) as working:
        app[keys.CLAIMING] = working.pulse
        yield
