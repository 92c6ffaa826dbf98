"""Uploads in pieces, by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload).

How much of a file has come is the size of its part on the disk, so nothing is lost with a killed
server or a broken line. A row holds what the caller told; it becomes an upload with the last byte.
"""

import asyncio
import functools
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.async_file import copy_chunks
from klipfast_server.core.errors import BadRequest, Conflict, NotFound
from klipfast_server.files import receiving
from klipfast_server.files.intake import Intake
from klipfast_server.store import accounts, uploads, usage
from klipfast_server.store.uploads import Received

READ = 1 << 22  # bytes read at once to hash a file
GIVE_WAY_S = 10.0  # for a piece whose connection is dead to let go of the file


class Partial(Struct, frozen=True, kw_only=True):
    """A file that is still coming in."""

    upload_id: str
    file_name: str
    size_bytes: int  # of the whole file
    expires_at: datetime


class Pieces:
    """The pieces that come in at the moment, one a file: a later one takes an earlier one's place.

    A caller who comes again has lost the connection before, though this server may not know yet.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    @asynccontextmanager
    async def alone(self, upload_id: str) -> AsyncIterator[None]:
        """Nobody else writes to this file inside the block. Raises Conflict."""
        before = self._tasks.get(upload_id)
        if before is not None:
            before.cancel()
            await asyncio.wait((before,), timeout=GIVE_WAY_S)
        if upload_id in self._tasks:
            raise Conflict("Another request is writing to this upload; retry shortly.")
        task = asyncio.current_task()
        assert task is not None
        self._tasks[upload_id] = task
        try:
            yield
        finally:
            del self._tasks[upload_id]


async def create(dock: Intake, file_name: str, size_bytes: int) -> Partial:
    """Make room for a file. Raises OverLimit, BadRequest (too large) or DiskFull."""
    await dock.room(size_bytes)
    upload_id = identifiers.new("upload")
    async with dock.db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(dock.db, connection, dock.account.account_id)
        plan = dock.config.plans[account.plan]
        await usage.check_storage(dock.db, connection, account, plan, more_bytes=size_bytes)
        row = await connection.fetchrow(
            dock.db.sql["add_partial_upload"],
            upload_id,
            account.account_id,
            file_name,
            size_bytes,
            dock.config.retention.upload_hours * 3600,
        )
        await asyncio.to_thread(_begin, _part(dock, upload_id))
    assert row is not None
    return msgspec.convert(dict(row), Partial)


async def get(dock: Intake, upload_id: str) -> Partial:
    """Raises NotFound, also where the upload is complete."""
    row = None
    if identifiers.is_valid("upload", upload_id):
        row = await dock.db.pool.fetchrow(
            dock.db.sql["get_partial_upload"], upload_id, dock.account.account_id
        )
    if row is None:
        raise NotFound(f"There is no unfinished upload {upload_id}, or it has expired.")
    return msgspec.convert(dict(row), Partial)


async def offset(dock: Intake, upload_id: str) -> int:
    """Bytes of the file that are here."""
    return await asyncio.to_thread(_size, uploads.folder(dock.config, upload_id))


async def append(dock: Intake, partial: Partial, at: int, chunks: AsyncIterator[bytes]) -> int:
    """Write a piece that begins at byte `at`; the new offset. What came before an error stays.

    Raises Conflict where the file does not stand at `at`, BadRequest where it would get longer
    than was told, DiskFull.
    """
    path = _part(dock, partial.upload_id)
    have = await offset(dock, partial.upload_id)
    if at != have:
        raise Conflict(
            f"The upload has {have} bytes; the next request must start there, not at {at}."
        )

    def admit(more_bytes: int) -> None:
        nonlocal have
        have += more_bytes
        if have > partial.size_bytes:
            raise BadRequest(
                f"The request exceeds the announced length of {partial.size_bytes} bytes.",
                field="Upload-Offset",
            )

    reserve_bytes = dock.config.sources.min_free_bytes
    # Closed without a thread: everything is flushed, and a task that is canceled twice must close.
    with await asyncio.to_thread(path.open, "ab") as file:
        await copy_chunks(
            chunks,
            functools.partial(_write, file),
            admit=admit,
            check_space=functools.partial(receiving.check_space, path.parent, 0, reserve_bytes),
        )
    return have


async def complete(dock: Intake, partial: Partial) -> None:
    """Make a file whose last byte has come an upload; done again where a kill came between.

    Raises Unprocessable or OverLimit: then the file is gone.
    """
    whole = uploads.folder(dock.config, partial.upload_id) / "source"
    digest = await asyncio.to_thread(_finish, _part(dock, partial.upload_id), whole)
    received = Received(path=whole, size_bytes=partial.size_bytes, sha256=digest)
    await dock.accept(partial.upload_id, received, partial.file_name, resumable=True)


def _part(dock: Intake, upload_id: str) -> Path:
    return uploads.folder(dock.config, upload_id) / "part"


def _begin(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()


def _size(folder: Path) -> int:
    """Bytes that have come; 0 where the file was removed from outside: it begins again."""
    for path in (folder / "part", folder / "source"):
        if path.exists():
            return path.stat().st_size
    folder.mkdir(parents=True, exist_ok=True)
    return 0


def _finish(part: Path, whole: Path) -> bytes:
    """The file's hash, once it has its last name."""
    if part.exists():
        part.replace(whole)
    return _hash(whole)


def _write(file: BinaryIO, chunk: bytes) -> None:
    """Through to the system: the file's size is what callers are told, and survives a kill."""
    file.write(chunk)
    file.flush()


def _hash(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ):
            digest.update(chunk)
    return digest.digest()
