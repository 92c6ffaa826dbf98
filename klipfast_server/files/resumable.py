"""Resumable uploads with the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload).

The received size of a file is the size of its part on disk, so a killed server or a broken
connection loses nothing; another server that shares the bucket goes on behind the last piece that
is there. A row holds the caller's data; the last byte turns it into an upload.
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
from klipfast_server.files import digests, receiving, source_files
from klipfast_server.files.upload_acceptance import Intake
from klipfast_server.store import accounts, usage
from klipfast_server.store.faults import rerun
from klipfast_server.store.intake import uploads
from klipfast_server.store.intake.uploads import Received, Upload

READ_BYTES = 1 << 22  # per read, for hashing
MAX_RELEASE_S = 10.0  # for a request with a dead connection to release the file


class Partial(Struct, frozen=True, kw_only=True):
    """A file that is not complete yet."""

    upload_id: str
    file_name: str
    size_bytes: int  # size of the whole file
    expires_at: datetime
    pieces: str  # JSON of those that are in the bucket


class Pieces:
    """The requests that write at present, one per file: a later request replaces an earlier one.

    A caller who returns has lost the earlier connection, even if the server has not noticed yet.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    @asynccontextmanager
    async def alone(self, upload_id: str) -> AsyncIterator[None]:
        """Make the block the only writer of this file. Raises Conflict."""
        before = self._tasks.get(upload_id)
        if before is not None:
            before.cancel()
            await asyncio.wait((before,), timeout=MAX_RELEASE_S)
        if upload_id in self._tasks:
            raise Conflict("Another request is writing to this upload; retry shortly.")
        task = asyncio.current_task()
        assert task is not None
        self._tasks[upload_id] = task
        try:
            yield
        finally:
            del self._tasks[upload_id]


@rerun
async def create(intake: Intake, file_name: str, size_bytes: int) -> Partial:
    """Create an upload. Raises OverLimit, BadRequest (too large) or DiskFull."""
    await intake.room(size_bytes)
    upload_id = identifiers.new("upload")
    # Before the transaction, in which nothing waits for a disk; without a row it is an orphan.
    with receiving.telling_full_disk():
        await asyncio.to_thread(_begin, _part(intake, upload_id))
    async with intake.db.pool.acquire() as connection, connection.transaction():
        account = await accounts.lock(intake.db, connection, intake.account.account_id)
        plan = intake.config.plans[account.plan]
        await usage.check_storage(intake.db, connection, account, plan, more_bytes=size_bytes)
        row = await connection.fetchrow(
            intake.db.sql["add_partial_upload"],
            upload_id,
            account.account_id,
            file_name,
            size_bytes,
            intake.config.retention.upload_hours * 3600,
        )
    assert row is not None
    return msgspec.convert(dict(row), Partial)


async def get(intake: Intake, upload_id: str) -> Partial:
    """Return a partial upload. Raises NotFound, also if the upload is complete."""
    row = None
    if identifiers.is_valid("upload", upload_id):
        row = await intake.db.pool.fetchrow(
            intake.db.sql["get_partial_upload"], upload_id, intake.account.account_id
        )
    if row is None:
        raise NotFound(f"There is no unfinished upload {upload_id}, or it has expired.")
    return msgspec.convert(dict(row), Partial)


async def offset(intake: Intake, partial: Partial) -> int:
    """Return the number of received bytes, by this server or another."""
    pieces = source_files.decode_pieces(partial.pieces)
    return await intake.files.received(partial.upload_id, pieces)


async def append(intake: Intake, partial: Partial, at: int, chunks: AsyncIterator[bytes]) -> int:
    """Write a piece that begins at byte `at`; return the new offset. Errors keep earlier bytes.

    Raises Conflict if `at` is not the current offset, BadRequest if the file would exceed its
    announced length, DiskFull.
    """
    path = _part(intake, partial.upload_id)
    have = await offset(intake, partial)
    if at != have:
        raise Conflict(
            f"The upload has {have} bytes; the next request must start there, not at {at}."
        )

    await _catch_up(intake, partial)
    copied = have

    def admit(more_bytes: int) -> None:
        nonlocal have, copied
        have += more_bytes
        if have - copied > source_files.MAX_PIECE_BYTES:
            copied = have
            intake.files.keep_piece(partial.upload_id, source_files.MIN_PIECE_BYTES)
        if have > partial.size_bytes:
            raise BadRequest(
                f"The request exceeds the announced length of {partial.size_bytes} bytes.",
                field="Upload-Offset",
            )

    reserve_bytes = intake.config.sources.min_free_bytes
    # Closed without a thread: data is flushed, and a task that is canceled twice must still close.
    try:
        with receiving.telling_full_disk(), await asyncio.to_thread(path.open, "ab") as file:
            await copy_chunks(
                chunks,
                functools.partial(_write, file),
                admit=admit,
                check_space=functools.partial(receiving.check_space, path.parent, 0, reserve_bytes),
            )
    except BaseException:  # the caller may go on at another server
        intake.files.keep_piece(partial.upload_id)
        raise
    if have < partial.size_bytes:
        intake.files.keep_piece(partial.upload_id, source_files.MIN_PIECE_BYTES)
    return have


async def _catch_up(intake: Intake, partial: Partial) -> None:
    await intake.files.catch_up(partial.upload_id, source_files.decode_pieces(partial.pieces))


async def complete(intake: Intake, partial: Partial) -> Upload:
    """Turn a complete file into an upload and return it; safe to repeat after a kill.

    Raises Unprocessable or OverLimit, and then the file is gone.
    """
    await _catch_up(intake, partial)
    whole = uploads.folder(intake.config, partial.upload_id) / "source"
    digest = await asyncio.to_thread(_finish, _part(intake, partial.upload_id), whole)
    digests.remember(whole, digest)
    received = Received(path=whole, size_bytes=partial.size_bytes, sha256=digest)
    return await intake.accept(partial.upload_id, received, partial.file_name, resumable=True)


def _part(intake: Intake, upload_id: str) -> Path:
    return uploads.folder(intake.config, upload_id) / "part"


def _begin(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()


def _finish(part: Path, whole: Path) -> bytes:
    """Give the file its final name and return its hash."""
    if part.exists():
        part.replace(whole)
    return _hash(whole)


def _write(file: BinaryIO, chunk: bytes) -> None:
    """Write and flush: the file's size is reported to callers, and must survive a kill."""
    file.write(chunk)
    file.flush()


def _hash(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
    return digest.digest()
