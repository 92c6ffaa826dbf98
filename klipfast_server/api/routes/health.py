"""/healthz and /readyz, for supervisors; no API key needed."""

import asyncio
import shutil

import asyncpg
import structlog
from aiohttp import web
from msgspec import UNSET

from klipfast_server.api import app_keys, replies
from klipfast_server.api.operations import operation
from klipfast_server.core import errors
from klipfast_server.core.engine import READY
from klipfast_server.schema import responses
from klipfast_server.store import database, faults
from klipfast_server.store.queue import draining

log = structlog.get_logger()
routes = web.RouteTableDef()

DATABASE_S = 2.0  # maximum seconds for the database to answer, a free connection included
DISK_S = 2.0  # maximum seconds for the disk to answer


@routes.get("/healthz")
@operation(tag="Server", answers={200: (responses.Health,)}, key=False, counted=False)
async def check_health(_request: web.Request) -> web.Response:
    """Check that the process is alive.

    Checks neither the database nor the worker; GET /readyz does.
    """
    return replies.reply(responses.Health(status="ok"))


@routes.get("/readyz")
@operation(
    tag="Server",
    answers={200: (responses.Health,), 503: (responses.Health,)},
    key=False,
    counted=False,
)
async def check_readiness(request: web.Request) -> web.Response:
    """Check that jobs can be accepted and are processed; 503 names the part that is down.

    `database`; `disk` where less than sources.min_free_bytes is free, or where it does not answer;
    `storage` where the bucket does not answer or refuses; `worker` or `deliverer` (of webhooks)
    where it has died, hangs or makes no progress; `models` while they are loaded (pending) and
    where they cannot be (failed); `cluster` where none of its machines can work. A server that is
    draining is ready: it answers, and jobs wait.
    """
    health = await readiness(request.app)
    response = replies.reply(health, status=200 if health.status == "ok" else 503)
    if health.missing == "database":
        response.headers["Retry-After"] = str(errors.RETRY_S)
    return response


async def readiness(app: web.Application) -> responses.Health:
    """Return the part that is down, and why if it is known."""
    try:
        await database.check(app[app_keys.DATABASE], within_s=DATABASE_S)
        async with asyncio.timeout(DATABASE_S):
            is_draining = await draining.is_on(app[app_keys.DATABASE])
    except (*faults.TEMPORARY, asyncpg.PostgresError) as error:
        return _unavailable("database", error=repr(error))
    config = app[app_keys.CONFIG]
    try:
        async with asyncio.timeout(DISK_S):
            free = (await asyncio.to_thread(shutil.disk_usage, config.server.data_dir)).free
    except OSError as error:  # TimeoutError, too
        return _unavailable("disk", reason="the disk does not answer", error=repr(error))
    if free < config.sources.min_free_bytes:
        return _unavailable("disk", reason=f"{free:,} bytes are free")
    if fault := await _fault(app):
        return _unavailable(fault[0], reason=fault[1])
    return responses.Health(status="ok", draining=is_draining or UNSET)


async def _fault(app: web.Application) -> tuple[str, str] | None:
    """Return the part that is down beside the database and the disk, and why if it is known."""
    if fault := await app[app_keys.REACHABILITY].fault():
        return "storage", fault
    for name, key in (("worker", app_keys.CLAIMING), ("deliverer", app_keys.DELIVERING)):
        if not app[key].is_well:
            return name, app[key].fault
    models = app[app_keys.ENGINE].models_state
    if models != READY:
        return "models", str(models)
    cluster = app.get(app_keys.CLUSTER)
    return ("cluster", cluster.fault) if cluster is not None and cluster.fault else None


def _unavailable(missing: str, *, reason: str = "", **details: str) -> responses.Health:
    log.warning("not ready", missing=missing, reason=reason, **details)
    return responses.Health(status="unavailable", missing=missing, reason=reason or UNSET)
