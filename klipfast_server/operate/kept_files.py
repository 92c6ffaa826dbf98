"""The files that rows name, read from where they are kept: the storage, and folders of uploads."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec
from msgspec import Struct

from klipfast_server.core import signing
from klipfast_server.core.config import Config
from klipfast_server.core.errors import NotFound
from klipfast_server.files.storage import LocalStorage, Storage
from klipfast_server.operate.archive import READ_BYTES, STORAGE, UPLOADS
from klipfast_server.store import uploads
from klipfast_server.store.database import Connection

FETCHED = 1000  # rows at once


class Kept(Struct, frozen=True, kw_only=True, array_like=True):
    """A file of the storage, or the folder of an upload."""

    place: str  # STORAGE or UPLOADS
    key: str


class Sink(Protocol):
    """Takes the files, one after the other."""

    async def begin(self, name: str, size_bytes: int) -> None:
        """Begin a file of this name, relative and with forward slashes."""

    async def write(self, chunk: bytes) -> None:
        """Take more of it."""

    async def end(self) -> None:
        """End it."""


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
        lines = [msgspec.json.encode(Kept(place=row["place"], key=row["key"])) for row in some]
        await asyncio.to_thread(spool.write, b"\n".join(lines) + b"\n")
    spool.seek(0)


async def copy(
    config: Config, storage: Storage, spool: IO[bytes], sink: Sink, told: Callable[[int], None]
) -> tuple[int, int, list[str]]:
    """Give all noted files to `sink`; return how many, their bytes, and the names of missing ones.

    What was deleted since it was noted is missing. Raises StorageError or OSError.
    """
    count, size_bytes, missing = 0, 0, list[str]()
    while line := await asyncio.to_thread(spool.readline):
        kept = msgspec.json.decode(line, type=Kept)
        if kept.place == STORAGE:
            names = [kept.key]
        else:
            names = await asyncio.to_thread(_files_of, uploads.folder(config, kept.key))
            if not names:
                missing.append(f"{UPLOADS}/{kept.key}")
        for name in names:
            whole = f"{STORAGE}/{name}" if kept.place == STORAGE else f"{UPLOADS}/{kept.key}/{name}"
            try:
                if kept.place == STORAGE:
                    done = await _copy_stored(storage, name, whole, sink, told)
                else:
                    path = uploads.folder(config, kept.key) / name
                    done = await _copy_local(path, whole, sink, told)
            except (NotFound, FileNotFoundError):
                missing.append(whole)
                continue
            count, size_bytes = count + 1, size_bytes + done
    return count, size_bytes, missing


def _files_of(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def _copy_stored(
    storage: Storage, key: str, name: str, sink: Sink, told: Callable[[int], None]
) -> int:
    async with storage.opened(key) as file:
        await sink.begin(name, file.size_bytes)
        async for chunk in file.chunks:
            await sink.write(chunk)
            told(len(chunk))
        await sink.end()
        return file.size_bytes


async def _copy_local(path: Path, name: str, sink: Sink, told: Callable[[int], None]) -> int:
    """Copy as much of a file as there is now: an upload that comes in goes on growing."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        left = size_bytes = os.fstat(file.fileno()).st_size
        await sink.begin(name, size_bytes)
        while left and (chunk := await asyncio.to_thread(file.read, min(READ_BYTES, left))):
            await sink.write(chunk)
            told(len(chunk))
            left -= len(chunk)
        await sink.end()
    finally:
        await asyncio.to_thread(file.close)
    return size_bytes


def load_secret(config: Config) -> bytes | None:
    """Return the secret that the server has made for itself; None where settings name one."""
    path = config.server.data_dir / "secret"
    if config.server.secret or not path.is_file():
        return None
    return signing.load_secret("", config.server.data_dir)
