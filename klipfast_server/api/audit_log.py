"""Stores entries of the audit log for calls that wait for it, many by one statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog

from klipfast_server.core.tasks import background, settle
from klipfast_server.store import audit
from klipfast_server.store.audit import Entry
from klipfast_server.store.database import Database

log = structlog.get_logger()

STORE_S = 5.0  # for the database to take entries; then they are logged, and the call is answered


class AuditLog:
    """Stores entries as they come, and those that come meanwhile together."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._came = asyncio.Event()

    async def note(self, entry: Entry) -> None:
        """Return once the entry is stored, or logged where that is not possible."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, stored))
        self._came.set()
        await stored

    async def store(self) -> None:
        """Store what comes, until it is canceled: then what has come is stored first."""
        try:
            while True:
                await self._came.wait()
                await settle(self._store_waiting())
        finally:
            await self._store_waiting()

    async def _store_waiting(self) -> None:
        self._came.clear()
        some, self._waiting = self._waiting, []
        if some:
            await self._store([entry for entry, _ in some])
        for _, stored in some:
            if not stored.done():  # its call was canceled
                stored.set_result(None)

    async def _store(self, entries: list[Entry]) -> None:
        try:
            async with asyncio.timeout(STORE_S):
                await audit.add(self._db.sql, self._db.pool, entries)
        except Exception as error:
            # The work is done, and whoever asked for it must hear so; the entry is not lost.
            for entry in entries:
                tell(entry, repr(error))


def tell(entry: Entry, why: str) -> None:
    """Write an entry that the database does not have to the server's log."""
    fields = {name: value for name, value in msgspec.structs.asdict(entry).items() if value}
    log.error("audit entry not stored", error=why, **fields)


@asynccontextmanager
async def opened(db: Database) -> AsyncIterator[AuditLog]:
    """Store entries while the block runs; at its end, those that still wait."""
    opened_log = AuditLog(db)
    async with background(opened_log.store()):
        yield opened_log
