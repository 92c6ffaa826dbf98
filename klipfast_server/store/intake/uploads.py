"""Uploaded files: their rows and folders."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec
from msgspec import Struct

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config, Plan
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.schema.vocabulary import SourceInfo
from klipfast_server.store import accounts, trash, usage
from klipfast_server.store.database import Database
from klipfast_server.store.faults import rerun
from pipeline.core.data import Source

UPLOAD = "upload://"  # begins the video_url of an upload


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
    given_up_sources: tuple[str, ...] = ()  # jobs whose kept source made room for it just now

    @property
    def info(self) -> SourceInfo:
        """The properties of the source."""
        return msgspec.json.decode(self.source, type=SourceInfo)


class Received(Struct, frozen=True, kw_only=True):
    """A completely received file."""

    path: Path
    size_bytes: int
    sha256: bytes


def folder(config: Config, upload_id: str) -> Path:
    """Return the folder of an upload."""
    return config.server.data_dir / "uploads" / upload_id


async def here(db: Database, config: Config) -> tuple[list[str] | None, int]:
    """Return (URLs of uploads that this server can make jobs of, how many lie with another one).

    None: all of them, as with a database that servers cannot share. What is in the bucket can be
    had by all; one that has expired is anybody's, to say so.
    """
    if not config.database.url:
        return None, 0
    rows = await db.pool.fetch(db.sql["uploads_of_jobs"])
    return await asyncio.to_thread(_here, config, rows)


def _here(config: Config, rows: Sequence[asyncpg.Record]) -> tuple[list[str], int]:
    found = [
        row["video_url"]
        for row in rows
        if not row["is_kept"]
        or row["is_stored"]
        or (folder(config, row["video_url"].removeprefix(UPLOAD)) / "source").is_file()
    ]
    return found, len(rows) - len(found)


def source_info(source: Source) -> SourceInfo:
    """Return the public properties of a source."""
    video = source.video
    return SourceInfo(
        duration_seconds=round(source.duration_s, 3),
        width=video.width if video else None,
        height=video.height if video else None,
        fps=round(float(video.fps), 3) if video else None,
    )


@rerun
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
    """Record a usable upload, to which kept sources give way.

    Raises OverLimit where other uploads took its storage.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        # The lock keeps uploads that end together from using the same last megabyte.
        account = await accounts.lock(db, connection, account_id)
        # The room that was kept for it while it came in must not stand in its way.
        await connection.execute(db.sql["delete_partial_upload"], upload_id)
        given_up = await usage.make_room(
            db, connection, account, plan, more_bytes=received.size_bytes
        )
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
    return msgspec.convert(dict(row) | {"given_up_sources": given_up}, Upload)


async def get(db: Database, account_id: str, upload_id: str) -> Upload | None:
    """Return an upload; None where it does not exist, belongs to another, or has expired."""
    if not identifiers.is_valid("upload", upload_id):
        return None
    row = await db.pool.fetchrow(db.sql["get_upload"], upload_id, account_id)
    return None if row is None else msgspec.convert(dict(row), Upload)


@rerun
async def delete(db: Database, account_id: str, upload_id: str) -> None:
    """Delete an upload and throw away its file.

    Raises NotFound, or Conflict where an unfinished job needs it.
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
        await trash.throw_away(db, connection, "uploads", upload_id)
