"""Faults of the database that pass by themselves, and calls that are made again because of them."""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import asyncpg
import structlog

from pipeline.core.atomic import NO_SPACE
from pipeline.core.errors import DiskFull

log = structlog.get_logger()

Call = TypeVar("Call", bound=Callable[..., Awaitable[Any]])  # an async function

# A lost connection, or a server that starts or stops.
LOST = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # from a connection that breaks during its setup
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

# The server has undone the whole transaction; the same one may succeed.
ROLLED_BACK = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)

# The database cannot be reached, does not answer, or takes nothing.
AWAY = (
    *LOST,
    asyncpg.InsufficientResourcesError,  # a full disk, too many connections
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, until it takes over
    TimeoutError,
)

# Everything that passes without a change of the request.
TEMPORARY = (*AWAY, *ROLLED_BACK, OSError)

RERUN_PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.5, 0.5)  # before a further run, at most
FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 3.0  # before calls while the database is away, doubled each time
MAX_AWAY_S = 600.0  # for which a worker holds on to what it has made


class Away(Exception):
    """The database stayed away for MAX_AWAY_S."""


def is_away(error: BaseException) -> bool:
    """Return whether the database is away; an argument that asyncpg cannot encode is our fault."""
    return isinstance(error, AWAY) and not isinstance(error, ValueError)


def is_full(error: BaseException) -> bool:
    """Return whether a disk is full: this machine's or the database's."""
    of_disk = isinstance(error, OSError) and error.errno in NO_SPACE
    return of_disk or isinstance(error, asyncpg.DiskFullError | DiskFull)


def rerun(call: Call) -> Call:
    """Run `call` again where its transaction was rolled back by a conflict with another one.

    For functions whose only effect is that transaction.
    """

    @functools.wraps(call)
    async def again(*args: Any, **kwargs: Any) -> Any:
        for pause_s in RERUN_PAUSES_S:
            try:
                return await call(*args, **kwargs)
            except ROLLED_BACK as error:
                log.info("transaction rolled back", call=call.__name__, error=repr(error))
            await asyncio.sleep(_jittered(pause_s))
        return await call(*args, **kwargs)

    return cast(Call, again)


def outlast(call: Call) -> Call:
    """Make `call` again for as long as the database is away; raises Away after MAX_AWAY_S.

    For functions that may be repeated although an earlier call has taken effect: if the connection
    is lost during a commit, nobody knows whether it has.
    """

    @functools.wraps(call)
    async def again(*args: Any, **kwargs: Any) -> Any:
        deadline, pause_s = time.monotonic() + MAX_AWAY_S, FIRST_PAUSE_S
        while True:
            try:
                return await call(*args, **kwargs)
            except TEMPORARY as error:
                if isinstance(error, ValueError):
                    raise  # an argument that asyncpg cannot encode
                log.warning("database is away", call=call.__name__, error=repr(error))
                if time.monotonic() > deadline:
                    raise Away from error
            await asyncio.sleep(_jittered(pause_s))
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    return cast(Call, again)


def _jittered(pause_s: float) -> float:
    """Return a part of the pause: what failed together shall not come back together."""
    return pause_s * random.uniform(0.5, 1.0)
