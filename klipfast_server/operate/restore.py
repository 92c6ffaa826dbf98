"""Restores a backup into an empty database and an empty data folder, wholly or not at all.

The archive is read twice: first each member is checked, and nothing is written; then its files go
into a folder beside their place, and its rows into one transaction. They appear together at the
end; where anything fails before, what was written is removed.
"""

import asyncio
import gzip
import os
import shutil
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

import asyncpg

from klipfast_server.core.config import Config
from klipfast_server.core.tasks import settle
from klipfast_server.files import object_keys
from klipfast_server.files.storage import Storage
from klipfast_server.operate import archive, kept_files
from klipfast_server.operate.archive import BackupError, Manifest
from klipfast_server.store import audit, brands, database, tables
from klipfast_server.store.database import Connection
from klipfast_server.store.tables import Table

STAGING = ".restoring"  # in the data folder
BUCKET = (object_keys.CLIPS, brands.KEYS)  # what the server puts there
FOLDER = 0o700  # as core.config.make_private_folders
Told = Callable[[int], None]


async def restore(config: Config, source: Path, told: Told, *, by: str) -> Manifest:
    """Restore the backup `source`; `by`: the user of the system, for the audit log.

    Raises BackupError, DatabaseError, StorageError or OSError.
    """
    try:
        file = await asyncio.to_thread(source.open, "rb")
    except OSError as error:
        raise BackupError(f"{source} cannot be read: {error.strerror}.") from error
    try:
        known = await asyncio.to_thread(database.load_migrations, config.database.sql_dir)
        manifest = await asyncio.to_thread(archive.verify, file, told)
        _check_version(manifest, max(known))
        async with _undone_on_error(config) as staging:
            restoring = _Restoring(
                config=config,
                file=file,
                manifest=manifest,
                known=known,
                staging=staging,
                told=told,
                by=by,
            )
            await restoring.run()
    finally:
        await asyncio.to_thread(file.close)
    return manifest


def _check_version(manifest: Manifest, newest: int) -> None:
    """Refuse what a newer version has made. Raises BackupError."""
    ours = version("klipfast")
    if manifest.migration > newest or _numbers(manifest.version) > _numbers(ours):
        raise BackupError(
            f"This backup was made by KlipFast {manifest.version} (tables {manifest.migration}), "
            f"which is newer than {ours} (tables {newest}): install that version first."
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


@asynccontextmanager
async def _undone_on_error(config: Config) -> AsyncIterator[Path]:
    """Yield the folder for the files; remove everything again where the block fails.

    Raises BackupError where the data folder has files already.
    """
    data = config.server.data_dir
    had_postgres = (data / "postgres").exists()
    occupied = await asyncio.to_thread(_occupied, data)
    if occupied is not None:
        raise BackupError(
            f"The data folder is not empty: {data / occupied} is there. A backup is restored into "
            "an empty one; move that away, or name another folder by server.data_dir."
        )
    staging = data / STAGING
    await asyncio.to_thread(staging.mkdir, FOLDER, parents=True)
    try:
        yield staging
    except BaseException:
        await settle(asyncio.to_thread(_remove, data, with_postgres=not had_postgres))
        raise
    await asyncio.to_thread(shutil.rmtree, staging)


def _occupied(data: Path) -> str | None:
    """Return what is in the way; empty folders are not, nor is Postgres, which is asked."""
    if (data / STAGING).exists():
        return STAGING
    if (data / archive.SECRET).exists():
        return archive.SECRET
    for name in (archive.STORAGE, archive.UPLOADS):
        if (data / name).is_dir() and any((data / name).iterdir()):
            return name
    return None


def _remove(data: Path, *, with_postgres: bool) -> None:
    """Remove what was restored; all of it is ours, since nothing was there."""
    names = [STAGING, archive.STORAGE, archive.UPLOADS, *(["postgres"] if with_postgres else [])]
    for name in names:
        shutil.rmtree(data / name, ignore_errors=True)
    (data / archive.SECRET).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restoring:
    """A checked archive on its way."""

    config: Config
    file: IO[bytes]
    manifest: Manifest
    known: Mapping[int, str]  # migrations by number
    staging: Path
    told: Told
    by: str  # who restores it

    async def run(self) -> None:
        """Restore everything. Raises BackupError, DatabaseError, StorageError or OSError."""
        config = self.config
        async with database.running(config) as url, kept_files.opened_storage(config) as storage:
            await _check_bucket(config, storage)
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError) as error:
                raise BackupError(f"Postgres cannot be reached: {error}.") from error
            try:
                async with connection.transaction():
                    await _make_tables(connection, config, self.manifest, self.known)
                    await self._fill(connection, storage)
                    await database.migrate_within(connection, self.known)
                    await _as_if_stopped(connection)
                    await self._note(connection)
                    # The last step before the commit: what fails until here is undone.
                    await asyncio.to_thread(_move_in, self.staging, config.server.data_dir)
            except BaseException:
                await _empty_bucket(config, storage)
                raise
            finally:
                await connection.close()

    async def _note(self, connection: Connection) -> None:
        sql = await asyncio.to_thread(database.load_queries, self.config.database.sql_dir)
        made = f"as of {self.manifest.taken_at}"
        await audit.add(sql, connection, [audit.command("restore", by=self.by, object_id=made)])

    async def _fill(self, connection: Connection, storage: Storage) -> None:
        ours = await asyncio.to_thread(tables.names, self.config.database.sql_dir)
        empty = {table.name: table for table in await tables.existing(connection, ours)}
        if set(empty) != set(self.manifest.tables):
            raise BackupError("The archive is no backup: its tables are not those of its version.")
        for name in empty:  # a migration may have put rows there
            await connection.execute(f"TRUNCATE {name} CASCADE")
        by_name = dict(empty)
        await _triggers(connection, by_name.values(), "DISABLE")
        members = archive.read(self.file)
        while (member := await asyncio.to_thread(next, members, None)) is not None:
            name, size_bytes, content = member
            top, _, below = name.partition("/")
            if top == archive.DATABASE:
                table = empty.pop(below.removesuffix(".copy.gz"), None)
                if table is None:
                    raise BackupError(f"The archive is no backup: {name} does not belong there.")
                await _copy_rows(connection, table, self.manifest, content)
            elif top in (archive.SECRET, archive.UPLOADS, archive.STORAGE):
                await asyncio.to_thread(_extract, content, self.staging / name)
                if top == archive.STORAGE and self.config.storage.s3 is not None:
                    await storage.put(self.staging / name, below)
            self.told(size_bytes)
        if empty:
            raise BackupError(f"The archive is no backup: it lacks the rows of {min(empty)}.")
        await _triggers(connection, by_name.values(), "ENABLE")
        for table in by_name.values():
            for column in table.identity:
                await connection.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), "
                    f"coalesce(max({column}), 0) + 1, false) FROM {table.name}"
                )


async def _make_tables(
    connection: Connection, config: Config, manifest: Manifest, known: Mapping[int, str]
) -> None:
    """Make the tables as the backup's version had them. Raises BackupError if rows are there."""
    done = await tables.migration(connection)
    ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
    full = await tables.first_with_rows(connection, await tables.existing(connection, ours))
    if full is not None:
        raise BackupError(
            f"The database is not empty: {full} has rows. A backup is restored into an empty "
            "database; database.url names another one."
        )
    if done > manifest.migration:
        raise BackupError(
            f"The database has empty tables of a newer version ({done}; the backup has "
            f"{manifest.migration}). Name a database without tables by database.url."
        )
    await database.migrate_within(connection, known, last=manifest.migration)


async def _triggers(connection: Connection, all_tables: Iterable[Table], verb: str) -> None:
    """Switch off notices of changes: nobody listens, and there would be one a row."""
    for table in all_tables:
        await connection.execute(f"ALTER TABLE {table.name} {verb} TRIGGER USER")


async def _copy_rows(
    connection: Connection, table: Table, manifest: Manifest, content: IO[bytes]
) -> None:
    dumped = manifest.tables[table.name]
    if unknown := set(dumped.columns) - set(table.columns):
        raise BackupError(f"The archive is no backup: {table.name} has no column {min(unknown)}.")
    unpacked = gzip.GzipFile(fileobj=content)

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(unpacked.read, archive.READ_BYTES):
            yield chunk

    try:
        status: str = await connection.copy_to_table(
            table.name, columns=dumped.columns, source=chunks(), format="text"
        )
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        raise BackupError(f"The rows of {table.name} do not fit: {error}.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BackupError(f"The rows of {table.name} cannot be read: {error}.") from error
    if int(status.rpartition(" ")[2]) != dumped.rows:
        raise BackupError(f"{table.name} has other rows than the manifest says.")


def _extract(content: IO[bytes], path: Path) -> None:
    """Write a file that must not be there yet."""
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, archive.PRIVATE)
    except FileExistsError as error:
        raise BackupError(f"The archive is no backup: {path.name} comes twice.") from error
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file, archive.READ_BYTES)


async def _as_if_stopped(connection: Connection) -> None:
    """Leave jobs as an orderly stop does, which costs them no attempt; drain no longer."""
    await connection.execute(
        "UPDATE jobs SET lease_until = now() - interval '1 second', lease_owner = NULL, "
        "attempts = greatest(0, attempts - 1) "
        "WHERE status = 'processing' AND lease_owner IS NOT NULL"
    )
    await connection.execute("DELETE FROM draining")


def _move_in(staging: Path, data: Path) -> None:
    for name in (archive.STORAGE, archive.UPLOADS):
        if (staging / name).is_dir():
            if (data / name).is_dir():
                (data / name).rmdir()  # it was empty
            (staging / name).rename(data / name)
            (data / name).chmod(FOLDER)
    if (staging / archive.SECRET).exists():
        (staging / archive.SECRET).rename(data / archive.SECRET)


async def _check_bucket(config: Config, storage: Storage) -> None:
    """Raise BackupError where the bucket has objects of a server, StorageError as it does."""
    if config.storage.s3 is None:
        return
    for prefix in BUCKET:
        if (key := await storage.first_key(prefix)) is not None:
            raise BackupError(
                f"The bucket is not empty: {key} is there. A backup is restored into an empty "
                "one, or below another storage.s3.prefix."
            )


async def _empty_bucket(config: Config, storage: Storage) -> None:
    """Delete what was put into a bucket that was empty. Raises StorageError."""
    if config.storage.s3 is not None:
        for prefix in BUCKET:
            await storage.delete(prefix)
