"""Makes a backup: all rows as of one moment, and the files that they name.

The server may run meanwhile. First all tables are read in one snapshot, then the files. A file is
never changed once it is there, so what the snapshot names is either as it was, or deleted since:
that is told.
"""

import asyncio
import gzip
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import asyncpg
import structlog
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.operate import archive, kept_files
from klipfast_server.operate.archive import BackupError, Dumped, Manifest, Writer
from klipfast_server.store import audit, database, faults, tables
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.tables import Table

log = structlog.get_logger()

LEVEL = 3  # of gzip: rows are text, and the database is not to wait
Told = Callable[[int], None]


class Made(Struct, frozen=True, kw_only=True):
    """A finished backup."""

    path: Path
    size_bytes: int
    manifest: Manifest
    missing: list[str]


class _Sink(kept_files.Sink):
    """The archive takes files in threads."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def begin(self, name: str, size_bytes: int) -> None:
        await asyncio.to_thread(self._writer.begin, name, size_bytes)

    async def write(self, chunk: bytes) -> None:
        await asyncio.to_thread(self._writer.write, chunk)

    async def end(self) -> None:
        await asyncio.to_thread(self._writer.end)


async def make(config: Config, to: Path, told: Told, *, by: str) -> Made:
    """Make a backup at `to`, a file that does not exist or a folder, which gets a new one.

    `by`: the user of the system, for the audit log.

    It appears when it is complete. Raises BackupError, DatabaseError, StorageError or OSError.
    """
    path = _target(to)
    part = archive.partial(path)
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, archive.PRIVATE)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "w+b") as file:
            manifest, missing = await _write(config, file, path, told, by)
            await asyncio.to_thread(_sync, file)
            size_bytes = file.tell()
        try:
            await asyncio.to_thread(os.link, part, path)  # unlike a renaming, it replaces nothing
        except FileExistsError as error:
            raise BackupError(f"{path} exists by now, and is left as it is.") from error
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return Made(path=path, size_bytes=size_bytes, manifest=manifest, missing=missing)


def _target(to: Path) -> Path:
    if to.is_dir():
        return to / f"klipfast-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tar"
    if to.exists():
        raise BackupError(f"{to} exists; --to names a new file, or a folder.")
    return to


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _write(
    config: Config, file: IO[bytes], path: Path, told: Told, by: str
) -> tuple[Manifest, list[str]]:
    near = path.parent
    with (
        tempfile.TemporaryFile(dir=near) as members,
        tempfile.TemporaryFile(dir=near) as spool,
    ):
        writer = Writer(file, members)
        async with kept_files.opened_storage(config) as storage, database.opened(config) as db:
            taken_at = datetime.now(UTC).isoformat(timespec="seconds")
            connection = await asyncpg.connect(db.url)
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    number = await tables.migration(connection)
                    dumped = await _dump(connection, config, writer, near, told)
                    await kept_files.note(connection, db.sql["kept_files"], None, spool)
            finally:
                await connection.close()
            secret = await asyncio.to_thread(kept_files.load_secret, config)
            if secret is not None:
                await asyncio.to_thread(_write_whole, writer, archive.SECRET, secret)
            count, size_bytes, missing = await kept_files.copy(
                config, storage, spool, _Sink(writer), told
            )
            await _note(db, path, by)
        manifest = await asyncio.to_thread(
            writer.finish,
            version=version("klipfast"),
            migration=number,
            taken_at=taken_at,
            tables=dumped,
            files=count,
            file_bytes=size_bytes,
            missing=len(missing),
        )
    return manifest, missing


async def _note(db: Database, path: Path, by: str) -> None:
    """Note the backup in the audit log; it is good without that, too."""
    try:
        await audit.add(db.sql, db.pool, [audit.command("backup", by=by, object_id=path.name)])
    except (*faults.TEMPORARY, asyncpg.PostgresError) as error:
        log.warning("backup not in the audit log", error=repr(error))


def _write_whole(writer: Writer, name: str, content: bytes) -> None:
    writer.begin(name, len(content))
    writer.write(content)
    writer.end()


async def _dump(
    connection: Connection, config: Config, writer: Writer, near: Path, told: Told
) -> dict[str, Dumped]:
    ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
    dumped = {}
    for table in await tables.existing(connection, ours):
        with tempfile.TemporaryFile(dir=near) as packed:  # a member's size comes before it
            rows = await _dump_table(connection, table, packed)
            size_bytes = packed.tell()
            packed.seek(0)
            name = f"{archive.DATABASE}/{table.name}.copy.gz"
            await asyncio.to_thread(writer.copy, name, packed, size_bytes, told)
        dumped[table.name] = Dumped(columns=table.columns, rows=rows)
    return dumped


async def _dump_table(connection: Connection, table: Table, packed: IO[bytes]) -> int:
    """Write all rows of a table, compressed; how many."""
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as out:

        async def take(chunk: bytes) -> None:
            await asyncio.to_thread(out.write, chunk)

        # Text, not Postgres' binary format, which another version of it may read otherwise.
        status: str = await connection.copy_from_table(
            table.name, columns=table.columns, output=take, format="text"
        )
    return int(status.rpartition(" ")[2])
