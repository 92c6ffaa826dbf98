"""Files that callers send: streamed to disk, measured, kept for a while."""

import asyncio
import hashlib
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from klipfast_server import accounts, identifiers, usage
from klipfast_server.config import Config, Plan
from klipfast_server.database import Database
from klipfast_server.errors import BadRequest, Conflict, KlipfastError, NotFound, OverLimit
from klipfast_server.wire import SourceInfo
from pipeline.data import Source

UPLOAD = "upload://"  # begins the video_url of an upload
FILE = "file"  # names the content of an upload, as a form does
CHECK_S = 1.0  # between two looks at the space that is left while a file comes in
ORPHAN_S = 3600.0  # without a byte; files still coming in are told off long before


class Upload(Struct, frozen=True, kw_only=True):
    """A row of uploads."""

    upload_id: str
    account_id: str
    file_name: str
    size_bytes: int
    sha256: bytes
    source: str
    created_at: datetime
    expires_at: datetime

    @property
    def info(self) -> SourceInfo:
        """What was found in it."""
        return msgspec.json.decode(self.source, type=SourceInfo)


class Received(Struct, frozen=True, kw_only=True):
    """A file that has arrived whole."""

    path: Path
    size_bytes: int
    sha256: bytes


class DiskFull(KlipfastError):
    """The server has no room for a file."""


def folder(config: Config, upload_id: str) -> Path:
    """Where an upload lies."""
    return config.server.data_dir / "uploads" / upload_id


def source_info(source: Source) -> SourceInfo:
    """What is told of a source."""
    video = source.video
    return SourceInfo(
        duration_seconds=round(source.duration_s, 3),
        width=video.width if video else None,
        height=video.height if video else None,
        fps=round(float(video.fps), 3) if video else None,
    )


def check_space(where: Path, need_bytes: int, reserve_bytes: int) -> None:
    """Raises DiskFull where fewer than `reserve_bytes` would stay free."""
    if shutil.disk_usage(where).free - need_bytes < reserve_bytes:
        raise DiskFull("This server has no room for the file at the moment; try again later.")


def too_large(max_bytes: int) -> BadRequest:
    """What is said of a file of more than `max_bytes`."""
    return BadRequest(f"The file is larger than the {max_bytes:,} bytes allowed here.", field=FILE)


async def receive(
    chunks: AsyncIterator[bytes],
    path: Path,
    *,
    max_bytes: int,
    left_bytes: int,  # of the plan's storage
    reserve_bytes: int,
) -> Received:
    """Write `chunks` to `path`, hashed as they come. On any error the file is removed.

    Raises BadRequest or OverLimit when it is too large, DiskFull where fewer than
    `reserve_bytes` stay free.
    """
    digest, size, checked_at = hashlib.sha256(), 0, time.monotonic()
    file = await asyncio.to_thread(_create, path)
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            if size > left_bytes:
                raise OverLimit(
                    f"The file is larger than the {left_bytes:,} bytes that your plan has left; "
                    "delete jobs or uploads, or take a larger plan.",
                    field=FILE,
                )
            await asyncio.to_thread(_append, file, digest, chunk)
            if time.monotonic() - checked_at >= CHECK_S:  # others fill the same disk
                checked_at = time.monotonic()
                await asyncio.to_thread(check_space, path.parent, 0, reserve_bytes)
        await asyncio.to_thread(file.close)
    except BaseException:
        await asyncio.to_thread(_abandon, file, path)
        raise
    return Received(path=path, size_bytes=size, sha256=digest.digest())


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True)
    return path.open("xb")


def _append(file: BinaryIO, digest: "hashlib._Hash", chunk: bytes) -> None:
    digest.update(chunk)
    file.write(chunk)


def _abandon(file: BinaryIO, path: Path) -> None:
    with suppress(OSError):  # what is still buffered does not fit on a full disk
        file.close()
    shutil.rmtree(path.parent, ignore_errors=True)


async def add(
    db: Database,
    account_id: str,
    upload_id: str,
    received: Received,
    *,
    file_name: str,
    info: SourceInfo,
    plan: Plan,
    keep_s: float,
) -> Upload:
    """Record an upload that was found usable. Raises OverLimit where others took its room."""
    async with db.pool.acquire() as connection, connection.transaction():
        # The lock keeps uploads that end together from using the same last megabyte.
        account = await accounts.lock(db, connection, account_id)
        # The room that was kept for it while it came in must not stand in its way.
        await connection.execute(db.sql["delete_partial_upload"], upload_id)
        await usage.check_storage(db, connection, account, plan, more_bytes=received.size_bytes)
        row = await connection.fetchrow(
            db.sql["add_upload"],
            upload_id,
            account_id,
            file_name,
            received.size_bytes,
            received.sha256,
            msgspec.json.encode(info).decode(),
            keep_s,
        )
    assert row is not None
    return msgspec.convert(dict(row), Upload)


async def get(db: Database, account_id: str, upload_id: str) -> Upload | None:
    """None where there is none, it is another's, or it has expired."""
    if not identifiers.is_valid("upload", upload_id):
        return None
    row = await db.pool.fetchrow(db.sql["get_upload"], upload_id, account_id)
    return None if row is None else msgspec.convert(dict(row), Upload)


@asynccontextmanager
async def deleting(db: Database, account_id: str, upload_id: str) -> AsyncIterator[None]:
    """Forget an upload when the block is left; its file is to be removed inside the block.

    Raises NotFound, or Conflict where an unfinished job needs it, before the block is entered.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        await accounts.lock(db, connection, account_id)  # so that no job is made from it meanwhile
        # All by this connection: requests that each waited for a second one would block the pool.
        if not identifiers.is_valid("upload", upload_id) or None is await connection.fetchrow(
            db.sql["get_upload"], upload_id, account_id
        ):
            raise NotFound(f"There is no upload {upload_id}, or it has expired.")
        job_id = await connection.fetchval(db.sql["upload_in_use"], account_id, upload_id)
        if job_id is not None:
            raise Conflict(f"{job_id} still needs this upload; cancel it first.", job_id=job_id)
        await connection.execute(db.sql["delete_upload"], upload_id)
        yield


async def sweep_orphans(db: Database, config: Config) -> int:
    """Remove folders that a killed process left before it could record them; how many."""
    above = config.server.data_dir / "uploads"
    old = await asyncio.to_thread(_untouched, above, time.time() - ORPHAN_S)
    rows = await db.pool.fetch(db.sql["known_uploads"], old)
    orphans = set(old) - {row["upload_id"] for row in rows}
    for name in orphans:
        await asyncio.to_thread(shutil.rmtree, above / name, ignore_errors=True)
    return len(orphans)


def _untouched(above: Path, since: float) -> list[str]:
    """Folders in which nothing was written since that moment (seconds of the epoch)."""
    names = []
    for folder in above.iterdir() if above.is_dir() else ():
        with suppress(OSError):  # an upload refused meanwhile
            written_at = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if written_at < since:
                names.append(folder.name)
    return names
