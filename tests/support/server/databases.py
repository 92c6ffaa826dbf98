"""The databases of the tests: taken empty, emptied afterwards, and used again.

Making and dropping a database costs a tenth of a second; emptying one costs a few milliseconds.
"""

import asyncio
import itertools

import asyncpg
from server_settings import execute

TEMPLATE = "template"  # has all migrations
ENDING_LOOKS, ENDING_S = 20, 0.005  # for connections that were just closed

# Changes with a table, function, setting or migration; autovacuum changes none of these.
_SCHEMA = """
SELECT (SELECT max(xmin::text::bigint) FROM pg_class),
       (SELECT max(xmin::text::bigint) FROM pg_attribute),
       (SELECT count(*) FROM pg_constraint),
       (SELECT count(*) FROM pg_trigger),
       (SELECT count(*) FROM pg_proc),
       (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase <> 0),
       (SELECT count(*) FROM migrations)
"""
_CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class Databases:
    """The databases of one Postgres; a test has one alone."""

    def __init__(self, url: str) -> None:
        """`url` is that of the database `postgres`."""
        self._url = url
        self._numbers = itertools.count()
        self._empty: list[str] = []
        self._schemas: dict[str, asyncpg.Record | None] = {}
        self._connections: dict[str, asyncpg.Connection] = {}  # one each, to look and to empty

    def named(self, name: str) -> str:
        """Return the URL of another database of this Postgres."""
        return self._url.replace("/postgres?", f"/{name}?")

    async def take(self) -> str:
        """Return the URL of a database without rows."""
        if self._empty:
            return self._empty.pop()
        name = f"test{next(self._numbers)}"
        await execute(self._url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        url = self.named(name)
        self._schemas[url] = await (await self._connected(url)).fetchrow(_SCHEMA)
        return url

    async def give_back(self, url: str) -> None:
        """Empty a database, or drop it if somebody is connected or the test changed its schema."""
        if await self.empty(url, is_used=False):
            self._empty.append(url)
            return
        del self._schemas[url]
        if connection := self._connections.pop(url, None):
            await connection.close()
        name = url.partition("?")[0].rpartition("/")[2]
        await execute(self._url, f"DROP DATABASE {name} WITH (FORCE)")

    async def empty(self, url: str, *, is_used: bool) -> bool:
        """Empty a database; return False if it cannot be used again.

        `is_used`: a server is connected to it, as nobody else may be.
        """
        try:
            connection = await self._connected(url)
            if not is_used and not await _is_alone(connection):
                return False
            if await connection.fetchrow(_SCHEMA) != self._schemas[url]:
                return False
            await connection.execute(await connection.fetchval(_EMPTYING))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # the test has cut it, or the server holds a lock
        return True

    async def _connected(self, url: str) -> asyncpg.Connection:
        connection = self._connections.get(url)
        if connection is None or connection.is_closed():
            connection = self._connections[url] = await asyncpg.connect(url)
        return connection

    async def close(self) -> None:
        """Close what is connected."""
        for connection in self._connections.values():
            await connection.close()


async def _is_alone(connection: asyncpg.Connection) -> bool:
    """Return whether nobody else is connected; a connection just closed takes a moment to end."""
    for _ in range(ENDING_LOOKS):
        if not await connection.fetchval(_CONNECTED):
            return True
        await asyncio.sleep(ENDING_S)
    return False


# Deletes are faster than TRUNCATE where tables have few rows; no trigger sees them.
_EMPTYING = """
SELECT 'SET session_replication_role = replica; SET lock_timeout = ''2s'';'
    || string_agg(format('DELETE FROM %I.%I', schemaname, tablename), ';')
FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'
"""
