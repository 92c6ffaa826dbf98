"""Makes a backup: all rows as of one moment, by pg_dump, and the files that they name.

The server may run meanwhile. First all tables are read in one snapshot, then the files. A file is
never changed once it is there, so what the snapshot names is either as it was, or deleted since:
that is told.
"""

import asyncio
import io
import os
import tempfile
from contextlib import aclosing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import asyncpg
import structlog
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.operate import backup_archive, kept_files, postgres_programs
from klipfast_server.operate.backup_archive import BackupError, Manifest, Told, Writer
from klipfast_server.store import audit, database, faults, tables
from klipfast_server.store.database import Connection, Database

log = structlog.get_logger()

LEVEL = 3  # compression level: rows are text, and the database is not to wait


class Made(Struct, frozen=True, kw_only=True):
    """A finished backup."""

    path: Path
    size_bytes: int
    manifest: Manifest
    missing: list[str]


async def make(config: Config, to: Path, told: Told, *, by: str) -> Made:
    """Make a backup at `to`, a file that does not exist or a folder, which gets a new one.

    `by`: the user of the system, for the audit log.

    It appears when it is complete. Raises BackupError, DatabaseError or StorageError.
    """
    path = to / f"klipfast-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tar" if to.is_dir() else to
    try:
        if await asyncio.to_thread(path.exists):
            raise FileExistsError
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
            manifest, missing = await _write(config, file, path, told, by)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
            os.link(file.name, path)  # unlike a renaming, it replaces nothing
            return Made(path=path, size_bytes=file.tell(), manifest=manifest, missing=missing)
    except FileExistsError as error:
        raise BackupError(f"{path} exists; --to names a new file, or a folder.") from error
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from error


async def _write(
    config: Config, file: IO[bytes], path: Path, told: Told, by: str
) -> tuple[Manifest, list[str]]:
    near = path.parent
    count, size_bytes, missing = 0, 0, list[str]()
    with (
        tempfile.NamedTemporaryFile(dir=near, prefix=".klipfast.") as dump,
        tempfile.TemporaryFile(dir=near) as spool,
        tempfile.TemporaryFile(dir=near) as sums,
    ):
        writer = Writer(file, sums, told)
        async with kept_files.opened_storage(config) as storage, database.opened(config) as db:
            facts = await _dump(config, db, dump.name, spool)
            await asyncio.to_thread(writer.add, backup_archive.DUMP, dump)
            secret = await asyncio.to_thread(kept_files.load_secret, config)
            if secret is not None:
                await asyncio.to_thread(writer.add, backup_archive.SECRET, io.BytesIO(secret))
            async with aclosing(kept_files.read(config, storage, spool)) as files:
                async for name, kept in files:
                    if kept is None:
                        missing.append(name)
                        continue
                    size_bytes += await asyncio.to_thread(writer.add, name, kept)
                    count += 1
            await _note(db, path, by)
        manifest = await asyncio.to_thread(
            writer.finish,
            version=version("klipfast"),
            files=count,
            file_bytes=size_bytes,
            missing=len(missing),
            **facts,
        )
    return manifest, missing


async def _dump(config: Config, db: Database, dump: str, spool: IO[bytes]) -> dict[str, Any]:
    """Dump the rows, and note the files that they name; return what the manifest says of them."""
    ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
    connection = await asyncpg.connect(db.url)
    try:
        major = await database.major_version(connection)
        program = await asyncio.to_thread(postgres_programs.find, "pg_dump", major)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            facts = {
                "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "postgres": major,
                "migration": await tables.migration(connection),
                "tables": await tables.count_rows(connection, ours),
            }
            options = await _options(connection, ours)
            # To its standard output, pg_dump would write its table of contents twice.
            await postgres_programs.run(program, db.url, *options, f"--file={dump}")
            await kept_files.note(connection, db.sql["kept_files"], None, spool)
    finally:
        await connection.close()
    return facts


async def _options(connection: Connection, ours: set[str]) -> list[str]:
    """Return those of pg_dump: our tables, as this transaction sees them; others share a schema."""
    schema = await connection.fetchval("SELECT quote_ident(current_schema())")
    others = await connection.fetch(tables.OTHERS, [*ours, tables.MIGRATIONS])
    return [
        "--format=custom",
        f"--compress={LEVEL}",
        f"--snapshot={await connection.fetchval('SELECT pg_export_snapshot()')}",
        "--no-owner",
        "--no-privileges",
        f"--schema={schema}",
        *(f"--exclude-table={schema}.{row[0]}" for row in others),
    ]


async def _note(db: Database, path: Path, by: str) -> None:
    """Note the backup in the audit log; it is good without that, too."""
    try:
        await audit.add(db.sql, db.pool, [audit.command("backup", by=by, object_id=path.name)])
    except (*faults.TEMPORARY, asyncpg.PostgresError) as error:
        log.warning("backup not in the audit log", error=repr(error))
