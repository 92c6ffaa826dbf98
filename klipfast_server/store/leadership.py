"""Lets one process of all that share a database do what must not be done twice.

Whoever holds an advisory lock of Postgres does it. The lock belongs to a connection, so it is free
again as soon as its process dies.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg
import structlog

from klipfast_server.core.tasks import background, unless_stopped
from klipfast_server.store import faults

log = structlog.get_logger()

RETRY_S = 5.0  # between two attempts to get the lock
BEAT_S = 15.0  # between two signs of life, for which Postgres has as long again to answer
CLOSE_S = 1.0  # for Postgres to take leave of the connection


async def lead(url: str, lock: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work`, which is endless, while this process holds the lock; never returns."""
    while True:
        try:
            await _lead_until_lost(url, lock, work)
        except (*faults.LOST, OSError, asyncpg.PostgresError) as error:
            log.warning("leadership lost", lock=lock, error=repr(error))
        await asyncio.sleep(RETRY_S)


async def _lead_until_lost(
    url: str, lock: int, work: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    lost = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        connection.add_termination_listener(lambda _: lost.set())
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            return
        log.info("leadership taken", lock=lock)
        try:
            async with background(_beat(connection)):
                await unless_stopped(work(), lost)
        except asyncio.CancelledError:
            if not lost.is_set():
                raise
            raise ConnectionResetError("the connection that holds the lock was lost") from None
    finally:
        await connection.close(timeout=CLOSE_S)


async def _beat(connection: asyncpg.Connection) -> None:
    """Notice that the connection, and so the lock, is lost. Raises TimeoutError, or faults.LOST."""
    while True:
        await asyncio.sleep(BEAT_S)
        async with asyncio.timeout(BEAT_S):
            await connection.fetchval("SELECT 1")
