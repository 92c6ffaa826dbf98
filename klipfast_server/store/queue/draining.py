"""Draining: no worker on this database starts a job, and those that run go on to their end.

It lasts until it is taken back, over restarts, so that a server can be stopped and upgraded in
between. Clients notice nothing but the wait: their jobs are queued.
"""

import msgspec
from msgspec import Struct

from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun


class InHand(Struct, frozen=True, kw_only=True):
    """How many unfinished jobs there are."""

    working: int  # whose lease a server renews
    left_behind: int  # by a server that was stopped; they go on after the draining
    queued: int


@rerun
async def start(db: Database) -> None:
    """Start no more jobs from now on; it is no error if that is so already."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(db.sql["lock_claims"])
        await connection.execute(db.sql["start_draining"])


@rerun
async def stop(db: Database) -> bool:
    """Start jobs again, at once; return whether the server was draining."""
    async with db.pool.acquire() as connection, connection.transaction():
        since = await connection.fetchval(db.sql["stop_draining"])
        await connection.execute(db.sql["notify"], "resumed")
    return since is not None


async def is_on(db: Database) -> bool:
    """Return whether the server is draining."""
    draining: bool = await db.pool.fetchval(db.sql["is_draining"])
    return draining


async def in_hand(db: Database) -> InHand:
    """Return how many jobs are not finished."""
    row = await db.pool.fetchrow(db.sql["work_in_hand"])
    assert row is not None
    return msgspec.convert(dict(row), InHand)
