"""/healthz and /readyz, for supervisors; no key needed."""

import asyncpg
import structlog
from aiohttp import web

from klipfast_server import keys

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(_request: web.Request) -> web.Response:
    """200 while the event loop turns."""
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """200 when jobs can be taken; 503 says what is missing."""
    try:
        await request.app[keys.DATABASE].pool.fetchval("SELECT 1", timeout=2.0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("not ready", error=repr(error))
        return web.json_response({"status": "unavailable", "missing": "database"}, status=503)
    return web.json_response({"status": "ok"})
