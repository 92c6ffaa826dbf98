"""Everything that one account has: given out as files, or deleted to the last one."""

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import IO

import asyncpg
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.files import disposal
from klipfast_server.files.storage import Storage
from klipfast_server.operate import backup_archive, kept_files
from klipfast_server.operate.backup_archive import BackupError, Told
from klipfast_server.store import audit, tables, trash
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.tables import Table

ROWS = "rows"  # folder of an export
FETCHED = 500  # rows at once
FOLDER = 0o700
# Secrets are the server's, not the account's; nobody has use for the hash of one.
WITHHELD = frozenset({"key_hash", "code_hash", "secret", "previous"})
STOP_S = 60.0  # for a server to let go of a canceled job
LOOK_S = 0.2


class Exported(Struct, frozen=True, kw_only=True):
    """What an export has."""

    rows: dict[str, int]  # by table
    files: int
    file_bytes: int
    missing: list[str]


class Deleted(Struct, frozen=True, kw_only=True):
    """What went with an account."""

    jobs: int
    left: int  # places in the storage that could not be deleted yet; the server goes on trying


def _create(path: Path) -> IO[bytes]:
    path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    return os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, backup_archive.PRIVATE), "wb"
    )


def _copy(file: IO[bytes], path: Path) -> int:
    with _create(path) as copy:
        shutil.copyfileobj(file, copy)
        return copy.tell()


async def export(
    config: Config, db: Database, storage: Storage, *, account_id: str, to: Path, told: Told
) -> Exported:
    """Write an account's rows as JSON Lines, and its files, to a new or empty folder.

    Raises BackupError, StorageError or OSError.
    """
    await asyncio.to_thread(_make_folder, to)
    rows: dict[str, int] = {}
    count, size_bytes, missing = 0, 0, list[str]()
    with tempfile.TemporaryFile() as spool:
        connection = await asyncpg.connect(db.url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for table in await _owned(connection, config):
                    rows[table.name] = await _export_rows(connection, table, account_id, to)
                await kept_files.note(connection, db.sql["kept_files"], account_id, spool)
        finally:
            await connection.close()
        async with aclosing(kept_files.read(config, storage, spool)) as files:
            async for name, kept in files:
                if kept is None:
                    missing.append(name)
                    continue
                size_bytes += await asyncio.to_thread(_copy, kept, to / name)
                told(kept.tell())
                count += 1
    return Exported(rows=rows, files=count, file_bytes=size_bytes, missing=missing)


def _make_folder(to: Path) -> None:
    try:
        to.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        occupied = next(to.iterdir(), None)
    except OSError as error:
        raise BackupError(f"{to} cannot be used: {error.strerror}.") from error
    if occupied is not None:
        raise BackupError(f"{to} is not empty; --to names a new folder.")


async def _owned(connection: Connection, config: Config) -> list[Table]:
    ours = await asyncio.to_thread(tables.names, config.database.sql_dir)
    return [t for t in await tables.existing(connection, ours) if t.owned is not None]


async def _export_rows(connection: Connection, table: Table, account_id: str, to: Path) -> int:
    columns = ", ".join(column for column in table.columns if column not in WITHHELD)
    file = await asyncio.to_thread(_create, to / ROWS / f"{table.name}.jsonl")
    count = 0
    try:
        rows = await connection.cursor(
            f"SELECT row_to_json(t)::text FROM (SELECT {columns} FROM {table.name} "
            f"WHERE {table.owned}) t",
            account_id,
        )
        while some := await rows.fetch(FETCHED):
            count += len(some)
            lines = "".join(f"{row[0]}\n" for row in some).encode()
            await asyncio.to_thread(file.write, lines)
    finally:
        await asyncio.to_thread(file.close)
    return count


async def delete(
    config: Config, db: Database, storage: Storage, account_id: str, *, by: str
) -> Deleted:
    """Delete an account with everything that it has; the audit log keeps that it was deleted `by`.

    First its keys stop working and its jobs are canceled; once the server has let go of these, rows
    and files go. It may be called again. Raises BackupError where a server goes on working.
    """
    connection = await asyncpg.connect(db.url)  # without a bound on time: there may be many rows
    try:
        await _stop_jobs(config, db, connection, account_id)
        async with connection.transaction():
            await connection.execute(db.sql["lock_account"], account_id)
            jobs = [row["job_id"] for row in await connection.fetch(db.sql["jobs_of"], account_id)]
            thrown = await connection.fetch(db.sql["throw_all_away"], account_id)
            await connection.execute(db.sql["delete_idempotency_keys_of"], account_id)
            await connection.execute(db.sql["delete_account"], account_id)
            await audit.forget(db, connection, account_id, by=by)
        await asyncio.to_thread(_remove_work, config, jobs)
        await disposal.sweep(db, storage, config)
        # What a request that was under way has kept meanwhile.
        await connection.execute(db.sql["delete_idempotency_keys_of"], account_id)
        await connection.execute(db.sql["delete_audit_of"], account_id)
    finally:
        await connection.close()
    left = await trash.named(db, [row["name"] for row in thrown])
    return Deleted(jobs=len(jobs), left=len(left))


async def _stop_jobs(config: Config, db: Database, connection: Connection, account_id: str) -> None:
    async with connection.transaction():
        await connection.execute(db.sql["lock_account"], account_id)
        await connection.execute(db.sql["shut_out"], account_id)
        await connection.execute(db.sql["void_sign_ins"], account_id)
        canceled = await connection.fetch(db.sql["cancel_jobs_of"], account_id)
        for row in canceled:
            await connection.execute(db.sql["notify"], f"canceled {row['job_id']}")
    # A run removes its work folder as the last thing that it does.
    folders = [_work(config, row["job_id"]) for row in canceled if row["is_worked_on"]]
    deadline = time.monotonic() + STOP_S
    while left := [folder for folder in folders if await asyncio.to_thread(folder.exists)]:
        if time.monotonic() > deadline:
            raise BackupError(
                f"{left[0].name} is canceled, but the server still works on it. The account's "
                "keys are deleted; repeat this command to delete the rest."
            )
        await asyncio.sleep(LOOK_S)


def _work(config: Config, job_id: str) -> Path:
    return config.server.data_dir / "work" / job_id


def _remove_work(config: Config, jobs: list[str]) -> None:
    for job_id in jobs:
        shutil.rmtree(_work(config, job_id), ignore_errors=True)
