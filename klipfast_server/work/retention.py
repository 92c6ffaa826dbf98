"""Deletes what has expired: clips and uploads with their files, and orphans."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
import structlog

from klipfast_server.core.config import Config
from klipfast_server.core.tasks import background
from klipfast_server.files import disposal
from klipfast_server.files.storage import Storage, StorageAway
from klipfast_server.store import uploads
from klipfast_server.store.database import Database
from klipfast_server.work import orphan_uploads, orphans

log = structlog.get_logger()


async def sweep(db: Database, storage: Storage, config: Config) -> tuple[int, int]:
    """Return how many (clips, uploads) were deleted.

    Files are deleted first, so that the next sweep finishes an interrupted one.
    """
    clips = await _sweep_clips(db, storage)
    uploaded = await _sweep_uploads(db, config)
    await db.pool.execute(db.sql["delete_expired_idempotency_keys"])
    await db.pool.execute(db.sql["delete_old_deliveries"], config.webhooks.keep_days)
    removed = clips, uploaded + await orphan_uploads.sweep_orphans(db, config)
    await disposal.sweep(db, storage, config)
    await orphans.sweep(db, storage)
    if any(removed):
        log.info("expired", clips=removed[0], uploads=removed[1])
    return removed


async def _expired(db: Database, sql: str, name: str) -> AsyncIterator[asyncpg.Record]:
    """Yield all expired rows, oldest first; `name` is their ID column.

    Rows are read in batches, each after the last row of the one before: a row that cannot be
    deleted is left behind and blocks none after it.
    """
    place: tuple[datetime, str] = (datetime.min.replace(tzinfo=UTC), "")
    while rows := await db.pool.fetch(sql, *place):
        for row in rows:
            yield row
        place = rows[-1]["expires_at"], rows[-1][name]


async def _sweep_clips(db: Database, storage: Storage) -> int:
    """Delete expired clips; how many. A clip that cannot be deleted stays until next time."""
    removed = 0
    async for row in _expired(db, db.sql["expired_clips"], "clip_id"):
        try:
            for key in _keys(row):
                await storage.delete(key)
        except Exception as error:  # a bucket's faults are of many kinds
            log.warning("clip not deleted", clip_id=row["clip_id"], error=repr(error))
            if isinstance(error, StorageAway):
                break  # to ask for each would take long
            continue
        await db.pool.execute(db.sql["delete_clip"], row["clip_id"])
        removed += 1
    return removed


def _keys(row: asyncpg.Record) -> list[str]:
    """Return the keys of all files of a clip."""
    keys = [row["file_key"], row["thumbnail_key"], *row["more_thumbnail_keys"]]
    keys += [row["clean_key"], row["layer_key"]]
    return [key for key in keys if key is not None]


async def _sweep_uploads(db: Database, config: Config) -> int:
    """Delete expired uploads; how many, not counting unfinished ones."""
    removed = 0
    async for row in _expired(db, db.sql["expired_uploads"], "upload_id"):
        await _remove_folder(config, row["upload_id"])
        await db.pool.execute(db.sql["delete_upload"], row["upload_id"])
        removed += 1
    async for row in _expired(db, db.sql["expired_partial_uploads"], "upload_id"):
        await _remove_folder(config, row["upload_id"])
        await db.pool.execute(db.sql["delete_partial_upload"], row["upload_id"])
    return removed


async def _remove_folder(config: Config, upload_id: str) -> None:
    """Delete a folder; what cannot be deleted is swept as an orphan later."""
    folder = uploads.folder(config, upload_id)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def sweeping(db: Database, storage: Storage, config: Config) -> AsyncIterator[None]:
    """Sweep every `retention.sweep_s` seconds while the block runs."""

    async def forever() -> None:
        while True:
            try:
                await sweep(db, storage, config)
            except Exception:  # the next sweep tries again
                log.warning("sweep failed", exc_info=True)
            await asyncio.sleep(config.retention.sweep_s)

    async with background(forever()):
        yield
