"""GET /api/v1/operator: the server as its operator sees it."""

import asyncio
import platform
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version

import av
from aiohttp import web

from klipfast_server.api import app_keys, replies
from klipfast_server.api.operations import operation
from klipfast_server.api.routes import health
from klipfast_server.core.errors import NotFound
from klipfast_server.core.tasks import background
from klipfast_server.net.newest_version import NewestVersion
from klipfast_server.schema import vocabulary
from klipfast_server.schema.account import operated
from klipfast_server.store import accounts, database, usage
from klipfast_server.store.accounts import AccountUsage
from klipfast_server.store.queue.standing import standing
from klipfast_server.telemetry.metrics import VERSION

routes = web.RouteTableDef()

MOST_ACCOUNTS = 100
TORCH = version("torch")  # it reads a file, so once


@asynccontextmanager
async def watching_versions(app: web.Application) -> AsyncIterator[None]:
    """Ask for the newest version when the operator looks, if the settings say where."""
    app[app_keys.NEWEST_VERSION] = newest = NewestVersion(app[app_keys.CONFIG])
    async with background(newest.watch()):
        yield


@routes.get("/api/v1/operator")
@operation(tag="Account", answers={200: (operated.Operated,)}, errors=(404,))
async def get_server(request: web.Request) -> web.Response:
    """Look at the whole server: queue, lanes, disk, models, accounts and versions.

    Only for the account that the setting server.operator names; 404 for all others.
    """
    app = request.app
    if not app[app_keys.CONFIG].is_operator(request[app_keys.ACCOUNT].name):
        raise NotFound(f"There is nothing at {request.path}.")
    app[app_keys.NEWEST_VERSION].wanted.set()
    db = app[app_keys.DATABASE]
    first, _ = usage.period(datetime.now(UTC))
    totals = await db.pool.fetchrow(db.sql["server_totals"])
    assert totals is not None
    found = await accounts.list_accounts(db, usage.midnight(first), MOST_ACCOUNTS)
    answer = operated.Operated(
        health=await health.readiness(app),
        versions=await _versions(app),
        queue=await _queue(app),
        lanes=[
            operated.ServerLane(name=name, size=lane.threads, busy=lane.busy, waiting=lane.waiting)
            for name, lane in app[app_keys.LANES].items()
        ],
        disk=await _disk(app, dict(totals)),
        models=_models(app),
        accounts=[_account(each) for each in found],
        accounts_total=totals["accounts"],
    )
    return replies.reply(answer)


async def _versions(app: web.Application) -> operated.ServerVersions:
    newest = app[app_keys.NEWEST_VERSION]
    async with app[app_keys.DATABASE].pool.acquire() as connection:
        postgres, migration = await database.versions(connection)
    return operated.ServerVersions(
        klipfast=VERSION,
        newest=newest.known,
        newer=newest.is_after(VERSION),
        python=platform.python_version(),
        torch=TORCH,
        pyav=av.__version__,
        ffmpeg=av.ffmpeg_version_info,
        postgres=postgres,
        migration=migration,
    )


async def _queue(app: web.Application) -> operated.ServerQueue:
    queue = await standing(app[app_keys.DATABASE])
    return operated.ServerQueue(
        queued=queue.jobs.get("queued", 0),
        processing=queue.jobs.get("processing", 0),
        completed_lately=queue.lately.get("completed", 0),
        failed_lately=queue.lately.get("failed", 0),
        oldest_wait_seconds=round(queue.waiting_s, 1),
        work_seconds=round(await app[app_keys.FORECAST].all_s(), 1),
        draining=queue.is_draining,
    )


async def _disk(app: web.Application, totals: dict[str, int]) -> operated.ServerDisk:
    config = app[app_keys.CONFIG]
    disk = None
    with suppress(OSError):  # TimeoutError, too
        async with asyncio.timeout(health.DISK_S):
            disk = await asyncio.to_thread(shutil.disk_usage, config.server.data_dir)
    return operated.ServerDisk(
        used_bytes=disk and disk.used,
        free_bytes=disk and disk.free,
        reserve_bytes=config.sources.min_free_bytes,
        clip_bytes=totals["clip_bytes"],
        source_bytes=totals["upload_bytes"],
        brand_bytes=totals["brand_bytes"],
    )


def _models(app: web.Application) -> operated.ServerModels:
    found = app[app_keys.ENGINE].networks()
    return operated.ServerModels(
        device=found.device,
        precision=found.precision,
        networks=[
            operated.ServerModel(name=name, status=state.status, reason=state.reason)
            for name, state in found.states.items()
        ],
    )


def _account(found: AccountUsage) -> operated.ServerAccount:
    return operated.ServerAccount(
        name=found.name,
        plan=found.plan,
        jobs=found.jobs,
        minutes_used=round(found.minutes_used, 2),
        storage_bytes=found.storage_bytes,
        last_used_at=vocabulary.moment_or_none(found.last_used_at),
    )
