"""The files that rows name, read from where they are kept: the storage, and folders of uploads."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import msgspec

from klipfast_server.core import async_file, signing
from klipfast_server.core.config import Config
from klipfast_server.files.storage import LocalStorage, Storage
from klipfast_server.operate.backup_archive import STORAGE
from klipfast_server.store.database import Connection

FETCHED = 1000  # rows at once


@asynccontextmanager
async def opened_storage(config: Config) -> AsyncIterator[Storage]:
    """Open the storage of the settings, as the server does. Raises StorageRefuses."""
    if config.storage.s3 is None:
        # The commands sign nothing; where there is no secret yet, they make none.
        secret = config.server.secret.encode() or b"unused"
        yield LocalStorage(config.server.data_dir / STORAGE, secret)
        return
    from klipfast_server.files import s3  # noqa: PLC0415  (slow, and seldom used)

    async with s3.connected(config.storage.s3) as bucket:
        await bucket.reach()
        yield bucket


async def note(connection: Connection, sql: str, account_id: str | None, spool: IO[bytes]) -> None:
    """Write what rows name to a temporary file, a line each: there may be millions.

    The transaction of the rows can end then, long before the files are copied.
    """
    rows = await connection.cursor(sql, account_id)
    while some := await rows.fetch(FETCHED):
        lines = [msgspec.json.encode((row["place"], row["key"])) for row in some]
        await asyncio.to_thread(spool.write, b"\n".join(lines) + b"\n")
    spool.seek(0)


async def read(
    config: Config, storage: Storage, spool: IO[bytes]
) -> AsyncGenerator[tuple[str, IO[bytes] | None], None]:
    """Yield each noted file by its name in a backup, opened; None if it was deleted since.

    Raises StorageError or OSError.
    """
    data = config.server.data_dir
    with tempfile.TemporaryDirectory() as folder:
        while line := await asyncio.to_thread(spool.readline):
            place, key = msgspec.json.decode(line, type=tuple[str, str])
            kept = await asyncio.to_thread(_files, data / place / key)
            is_object = config.storage.s3 is not None and kept == [data / place / key]
            if is_object and place != STORAGE:  # an upload that another server took in
                key = f"{place}/{key}/source"
                kept = [data / key]
            for path in kept:
                source = Path(folder, "object") if is_object else path
                try:
                    if is_object:
                        await storage.fetch(key, source)
                    async with async_file.opened(source, "rb") as file:
                        yield path.relative_to(data).as_posix(), file
                except (FileNotFoundError, IsADirectoryError):
                    yield path.relative_to(data).as_posix(), None


def _files(path: Path) -> list[Path]:
    """Return the files of an upload's folder; without any, the path itself."""
    return sorted(each for each in path.glob("*") if each.is_file()) or [path]


def load_secret(config: Config) -> bytes | None:
    """Return the secret that the server has made for itself; None where settings name one."""
    path = config.server.data_dir / "secret"
    if config.server.secret or not path.is_file():
        return None
    return signing.load_secret("", config.server.data_dir)
