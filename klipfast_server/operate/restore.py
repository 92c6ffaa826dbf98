"""Restores a backup into an empty database and an empty data folder, wholly or not at all.

The archive is read twice: first each member is checked, and nothing is written; then its files go
into a folder beside their place, and take it; then pg_restore brings the rows in one transaction.
Where anything fails, what was written is removed.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

import asyncpg
import structlog

from klipfast_server.core import async_file
from klipfast_server.core.config import Config
from klipfast_server.core.tasks import settle
from klipfast_server.files import object_keys
from klipfast_server.files.storage import Storage
from klipfast_server.operate import backup_archive, kept_files, postgres_programs
from klipfast_server.operate.backup_archive import BackupError, Manifest, Told
from klipfast_server.store import audit, brands, database, faults, tables
from klipfast_server.store.database import Connection

log = structlog.get_logger()

STAGING = ".restoring"  # in the data folder
BUCKET = (object_keys.CLIPS, brands.KEYS, backup_archive.UPLOADS)  # what the server puts there
FOLDER = 0o700  # as core.config.make_private_folders


async def restore(config: Config, source: Path, told: Told, *, by: str) -> Manifest:
    """Restore the backup `source`; `by`: the user of the system, for the audit log.

    Raises BackupError, DatabaseError or StorageError.
    """
    known = await asyncio.to_thread(database.load_migrations, config.database.sql_dir)
    try:
        async with async_file.opened(source, "rb") as file:
            manifest = await asyncio.to_thread(backup_archive.verify, file, told)
            _check_version(manifest, max(known))
            database.check_migration(manifest.migration, known)
            async with (
                _empty_folder(config) as staging,
                database.running(config) as url,
                _empty_database(config, url) as connection,
                kept_files.opened_storage(config) as storage,
                _empty_bucket(config, storage),
            ):
                restore_rows = await _program(connection, manifest)
                await _restore_files(config, file, staging, storage, told)
                schema = await connection.fetchval("SELECT quote_ident(current_schema())")
                options = ["--single-transaction", "--no-owner", "--no-privileges"]
                dump = str(staging / backup_archive.DUMP)
                await postgres_programs.run(restore_rows, url, *options, f"--schema={schema}", dump)
                await _finish(connection, config, manifest, known, by)
    except OSError as error:
        raise BackupError(f"{source} cannot be restored: {error.strerror or error}.") from error
    return manifest


def _check_version(manifest: Manifest, newest: int) -> None:
    """Refuse what a newer version has made. Raises BackupError."""
    ours = version("klipfast")
    is_later = manifest.format > backup_archive.FORMAT or manifest.migration > newest
    if is_later or _numbers(manifest.version) > _numbers(ours):
        raise BackupError(
            f"This backup was made by KlipFast {manifest.version} (tables {manifest.migration}), "
            f"which is newer than {ours} (tables {newest}): install that version first."
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


async def _program(connection: Connection, manifest: Manifest) -> Path:
    """Return the pg_restore to use. Raises BackupError."""
    major = await database.major_version(connection)
    if major < manifest.postgres:
        raise BackupError(
            f"This backup is of Postgres {manifest.postgres}, and the database of {major}: it is "
            "restored into the same version, or a newer one."
        )
    return await asyncio.to_thread(postgres_programs.find, "pg_restore", major)


@asynccontextmanager
async def _empty_folder(config: Config) -> AsyncIterator[Path]:
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
    if (data / backup_archive.SECRET).exists():
        return backup_archive.SECRET
    for name in (backup_archive.STORAGE, backup_archive.UPLOADS):
        if (data / name).is_dir() and any((data / name).iterdir()):
            return name
    return None


def _remove(data: Path, *, with_postgres: bool) -> None:
    """Remove what was restored; all of it is ours, since nothing was there."""
    names = [
        STAGING,
        backup_archive.STORAGE,
        backup_archive.UPLOADS,
        *(["postgres"] if with_postgres else []),
    ]
    for name in names:
        shutil.rmtree(data / name, ignore_errors=True)
    (data / backup_archive.SECRET).unlink(missing_ok=True)


@asynccontextmanager
async def _empty_database(config: Config, url: str) -> AsyncIterator[Connection]:
    """Yield a connection to a database without our tables, which are dropped where it fails.

    Raises BackupError where they have rows.
    """
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError) as error:
        raise BackupError(f"Postgres cannot be reached: {error}.") from error
    try:
        # A server that starts meanwhile waits before it makes tables.
        await connection.execute("SELECT pg_advisory_lock($1)", database.MIGRATION_LOCK)
        ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
        rows = await tables.count_rows(connection, ours)
        if full := next((name for name in rows if rows[name]), None):
            raise BackupError(
                f"The database is not empty: {full} has rows. A backup is restored into an empty "
                "database; database.url names another one."
            )
        await tables.drop(connection, config.database.sql_dir)
        try:
            yield connection
        except BaseException:
            try:
                await settle(tables.drop(connection, config.database.sql_dir))
            except (*faults.TEMPORARY, asyncpg.PostgresError) as error:
                log.warning("tables left in the database", error=repr(error))
            raise
    finally:
        await connection.close()


@asynccontextmanager
async def _empty_bucket(config: Config, storage: Storage) -> AsyncIterator[None]:
    """Empty the bucket again where the block fails.

    Raises BackupError where it has objects of a server, StorageError as it does.
    """
    prefixes = BUCKET if config.storage.s3 is not None else ()
    for prefix in prefixes:
        if (key := await storage.first_key(prefix)) is not None:
            raise BackupError(
                f"The bucket is not empty: {key} is there. A backup is restored into an empty "
                "one, or below another storage.s3.prefix."
            )
    try:
        yield
    except BaseException:
        for prefix in prefixes:
            await storage.delete(prefix)
        raise


async def _restore_files(
    config: Config, file: IO[bytes], staging: Path, storage: Storage, told: Told
) -> None:
    for name, size_bytes, content in backup_archive.read(file):
        await asyncio.to_thread(_extract, content, staging / name)
        if config.storage.s3 is not None and name.startswith(f"{backup_archive.STORAGE}/"):
            await storage.put(staging / name, name.removeprefix(f"{backup_archive.STORAGE}/"))
        told(size_bytes)
    await asyncio.to_thread(_move_in, staging, config.server.data_dir)


def _extract(content: IO[bytes], path: Path) -> None:
    """Write a file that must not be there yet."""
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, backup_archive.PRIVATE)
    except FileExistsError as error:
        raise BackupError(f"The archive is no backup: {path.name} comes twice.") from error
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(content, file)


async def _finish(
    connection: Connection, config: Config, manifest: Manifest, known: Mapping[int, str], by: str
) -> None:
    """Check what pg_restore has brought, and bring it up to date."""
    ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
    sql = await asyncio.to_thread(database.load_queries, config.database.sql_dir)
    async with connection.transaction():
        rows = await tables.count_rows(connection, ours)
        if rows != manifest.tables or await tables.migration(connection) != manifest.migration:
            raise BackupError("The archive is no backup: it has other rows than its manifest says.")
        await database.migrate_within(connection, known)
        await _as_if_stopped(connection)
        made = f"as of {manifest.taken_at}"
        await audit.add(sql, connection, [audit.command("restore", by=by, object_id=made)])


async def _as_if_stopped(connection: Connection) -> None:
    """Leave all as an orderly stop does, which costs jobs no attempt; drain no longer."""
    await connection.execute(
        "UPDATE jobs SET lease_until = now() - interval '1 second', lease_owner = NULL, "
        "attempts = greatest(0, attempts - 1) "
        "WHERE status = 'processing' AND lease_owner IS NOT NULL"
    )
    await connection.execute("DELETE FROM draining")
    # Uploads come back as files of this server, which copies them to the bucket again.
    await connection.execute("UPDATE uploads SET stored_at = NULL")
    await connection.execute("UPDATE partial_uploads SET pieces = '[]'")


def _move_in(staging: Path, data: Path) -> None:
    for name in (backup_archive.STORAGE, backup_archive.UPLOADS):
        if (staging / name).is_dir():
            if (data / name).is_dir():
                (data / name).rmdir()  # it was empty
            (staging / name).rename(data / name)
            (data / name).chmod(FOLDER)
    if (staging / backup_archive.SECRET).exists():
        (staging / backup_archive.SECRET).rename(data / backup_archive.SECRET)
