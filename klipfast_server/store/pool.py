"""The pool of connections, in which nothing waits without a bound."""

import functools
from typing import Any, cast

import asyncpg
from asyncpg.pool import PoolAcquireContext

from klipfast_server.store.faults import Call, rerun

MAX_QUERIES = 50_000  # queries of one connection before it is replaced
IDLE_S = 300.0  # idle time after which a connection above the minimum is closed


def _or_break(call: Call) -> Call:
    """Close the connection where the server does not answer in time.

    asyncpg would ask the server to cancel the statement and wait for its word, as long again.
    """

    @functools.wraps(call)
    async def bounded(connection: asyncpg.Connection, *args: Any, **kwargs: Any) -> Any:
        try:
            return await call(connection, *args, **kwargs)
        except TimeoutError:
            connection.terminate()
            raise

    return cast(Call, bounded)


class BreakingConnection(asyncpg.Connection):
    """A connection that closes when a statement takes longer than its timeout."""

    execute = _or_break(asyncpg.Connection.execute)
    fetch = _or_break(asyncpg.Connection.fetch)
    fetchrow = _or_break(asyncpg.Connection.fetchrow)
    fetchval = _or_break(asyncpg.Connection.fetchval)

    def get_reset_query(self) -> str:
        """Leave nothing to reset when the connection goes back: half of all round trips.

        No query of ours changes a session: locks and settings end with their transaction, and who
        listens has a connection of their own.
        """
        return ""


async def _connect(*args: Any, **kwargs: Any) -> asyncpg.Connection:
    """Connect; a name or a socket that is gone is told apart from a file that is."""
    try:
        return await asyncpg.connect(*args, **kwargs)
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        raise ConnectionError(f"Postgres cannot be reached: {error}") from error


class Pool(asyncpg.Pool):
    """A pool whose waits end with TimeoutError after `timeout_s`: each for a connection or a row.

    Its own four methods run a single statement, again where that was rolled back by a conflict.
    """

    def __init__(self, url: str, *, size: int, timeout_s: float) -> None:
        """Hold at most `size` connections to the server at `url`; await the pool to open it."""
        super().__init__(
            url,
            min_size=1,
            max_size=size,
            max_queries=MAX_QUERIES,
            max_inactive_connection_lifetime=IDLE_S,
            connect=_connect,
            loop=None,
            connection_class=BreakingConnection,
            record_class=asyncpg.Record,
            timeout=timeout_s,
            command_timeout=timeout_s,
        )
        self._timeout_s = timeout_s

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """Borrow a connection. Raises TimeoutError."""
        return super().acquire(timeout=self._timeout_s if timeout is None else timeout)

    execute = rerun(asyncpg.Pool.execute)
    fetch = rerun(asyncpg.Pool.fetch)
    fetchrow = rerun(asyncpg.Pool.fetchrow)
    fetchval = rerun(asyncpg.Pool.fetchval)
