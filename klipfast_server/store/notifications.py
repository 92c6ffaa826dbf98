"""Listens to Postgres notifications on a connection of its own, and reconnects."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from klipfast_server.store import faults

log = structlog.get_logger()

RECONNECT_S = 1.0  # between attempts to hear notices again


async def hear(url: str, channel: str, noticed: Callable[[str], None]) -> None:
    """Call `noticed` with each payload, and with "" whenever one may be missed; never returns."""
    while True:
        try:
            await _hear_until_lost(url, channel, noticed)
        except (*faults.LOST, OSError, asyncpg.PostgresError) as error:
            log.warning("notification connection lost", channel=channel, error=repr(error))
        await asyncio.sleep(RECONNECT_S)


async def _hear_until_lost(url: str, channel: str, noticed: Callable[[str], None]) -> None:
    def on_notification(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        noticed(str(payload))

    lost = asyncio.Event()
    connection = await asyncpg.connect(url)
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(channel, on_notification)
        noticed("")  # something may have come while nobody listened
        await lost.wait()
    finally:
        await connection.close(timeout=RECONNECT_S)
