"""/healthz and /readyz, for supervisors; no key needed."""

import asyncpg
import structlog
from aiohttp import web

from klipfast_server import database, keys, replies, wire
from klipfast_server.operations import operation

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.get("/healthz")
@operation(tag="Server", answers={200: (wire.Health,)}, key=False, counted=False)
async def alive(_request: web.Request) -> web.Response:
    """Whether the server runs at all."""
    return replies.reply(wire.Health(status="ok"))


@routes.get("/readyz")
@operation(
    tag="Server", answers={200: (wire.Health,), 503: (wire.Health,)}, key=False, counted=False
)
async def ready(request: web.Request) -> web.Response:
    """Whether jobs can be taken and are worked on; 503 says what is missing.

    `database`; or `worker` or `deliverer` (of webhooks) where it has died or gets nowhere.
    """
    try:
        await request.app[keys.DATABASE].pool.fetchval("SELECT 1", timeout=2.0)
    except (*database.LOST, OSError, TimeoutError, asyncpg.PostgresError) as error:
        return _unavailable("database", error=repr(error))
    for name, pulse in (
        ("worker", request.app[keys.CLAIMING]),
        ("deliverer", request.app[keys.DELIVERING]),
    ):
        if not pulse.is_well:
            return _unavailable(name)
    return replies.reply(wire.Health(status="ok"))


def _unavailable(missing: str, **told: str) -> web.Response:
    log.warning("not ready", missing=missing, **told)
    return replies.reply(wire.Health(status="unavailable", missing=missing), status=503)
