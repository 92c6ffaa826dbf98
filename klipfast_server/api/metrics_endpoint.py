"""Serves GET /metrics on a separate port, which need not be public, and nothing else there."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.core.engine import Engine
from klipfast_server.store import faults
from klipfast_server.store.database import Database
from klipfast_server.store.estimates.forecast import Forecast
from klipfast_server.store.queue.standing import standing
from klipfast_server.telemetry.loop_time import Stepwise
from klipfast_server.telemetry.metrics import Metrics

log = structlog.get_logger()

DATABASE_S = 2.0  # seconds that a scrape waits for the database
DISK_S = 2.0  # the same, for the disk
CARD_S = 2.0  # the same, for the graphics card


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count a request, its duration and its longest step under the template of its route."""
    began, status = time.perf_counter(), "closed"
    steps = Stepwise(handler(request))
    try:
        response = await steps
        status = str(response.status)
        return response
    finally:
        resource = request.match_info.route.resource
        route = None if resource is None else resource.canonical
        seconds = time.perf_counter() - began
        request.app[app_keys.METRICS].request(
            route,
            request.method,
            status,
            seconds=seconds,
            held_s=steps.longest_s,
            held_cpu_s=steps.longest_cpu_s,
        )


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[None]:
    """Serve Prometheus while the block runs, if the settings name a port."""
    server = app[app_keys.CONFIG].server
    if server.metrics_port == 0:
        yield
        return

    async def scrape(_request: web.Request) -> web.Response:
        text = await _scraped(
            app[app_keys.METRICS],
            app.get(app_keys.DATABASE),
            app.get(app_keys.FORECAST),
            app[app_keys.CONFIG],
            app[app_keys.ENGINE],
        )
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    own = web.Application()
    own.router.add_get("/metrics", scrape)
    runner = web.AppRunner(own, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, server.metrics_host, server.metrics_port).start()
        log.info("metrics", host=server.metrics_host, port=server.metrics_port)
        yield
    finally:
        await runner.cleanup()


async def _scraped(
    metrics: Metrics, db: Database | None, forecast: Forecast | None, config: Config, engine: Engine
) -> bytes:
    if db is not None:
        metrics.pool(
            size=db.pool.get_size(), idle=db.pool.get_idle_size(), most=db.pool.get_max_size()
        )
    await _look_at_disk(metrics, config)
    await _look_at_card(metrics, engine)
    try:
        if db is None or forecast is None:
            raise ConnectionError("The database is not open yet.")
        async with asyncio.timeout(DATABASE_S):
            queue = await standing(db)
            left_s = await forecast.all_s()
        metrics.database(queue.jobs, queue.waiting_s, left_s, is_draining=queue.is_draining)
    except (*faults.LOST, OSError, TimeoutError, asyncpg.PostgresError) as error:
        log.warning("metrics scraped without database", error=repr(error))
        metrics.database(None)
    return await asyncio.to_thread(metrics.text)


async def _look_at_card(metrics: Metrics, engine: Engine) -> None:
    try:
        async with asyncio.timeout(CARD_S):
            metrics.card(await asyncio.to_thread(engine.card_memory))
    except (RuntimeError, TimeoutError) as error:  # torch's of CUDA is the first
        log.warning("metrics scraped without the card", error=repr(error))
        metrics.card(None)


async def _look_at_disk(metrics: Metrics, config: Config) -> None:
    free_bytes = float("nan")
    try:
        async with asyncio.timeout(DISK_S):
            usage = await asyncio.to_thread(shutil.disk_usage, config.server.data_dir)
        free_bytes = float(usage.free)
    except OSError as error:  # TimeoutError, too
        log.warning("metrics scraped without disk", error=repr(error))
    metrics.disk(free_bytes=free_bytes, reserve_bytes=config.sources.min_free_bytes)
