"""Removes what has expired: clips with their files, uploads with theirs, files of neither."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from klipfast_server import orphans, uploads
from klipfast_server.config import Config
from klipfast_server.database import Database
from klipfast_server.storage import Storage

log = structlog.get_logger()


async def sweep(db: Database, storage: Storage, config: Config) -> tuple[int, int]:
    """(clips, uploads) removed. Files go first, so that a broken sweep is finished by the next."""
    clips = await _sweep_clips(db, storage)
    expired = await db.pool.fetch(db.sql["expired_uploads"])
    for row in expired:
        folder = uploads.folder(config, row["upload_id"])
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await db.pool.execute(db.sql["delete_upload"], row["upload_id"])
    for row in await db.pool.fetch(db.sql["expired_partial_uploads"]):
        folder = uploads.folder(config, row["upload_id"])
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await db.pool.execute(db.sql["delete_partial_upload"], row["upload_id"])
    await db.pool.execute(db.sql["delete_expired_idempotency_keys"])
    await db.pool.execute(db.sql["delete_old_deliveries"], config.webhooks.keep_days)
    await orphans.sweep(db, storage)
    removed = clips, len(expired) + await uploads.sweep_orphans(db, config)
    if any(removed):
        log.info("expired", clips=removed[0], uploads=removed[1])
    return removed


async def _sweep_clips(db: Database, storage: Storage) -> int:
    """How many went; one whose files cannot be removed stays, and holds up nothing else."""
    removed = 0
    for row in await db.pool.fetch(db.sql["expired_clips"]):
        try:
            for key in (row["file_key"], row["thumbnail_key"], row["clean_key"]):
                if key is not None:
                    await storage.delete(key)
        except Exception as error:  # a bucket's faults are of many kinds
            log.warning("clip not removed", clip_id=row["clip_id"], error=repr(error))
            continue
        await db.pool.execute(db.sql["delete_clip"], row["clip_id"])
        removed += 1
    return removed


@asynccontextmanager
async def sweeping(db: Database, storage: Storage, config: Config) -> AsyncIterator[None]:
    """Sweep every `retention.sweep_s` until the block is left."""

    async def forever() -> None:
        while True:
            try:
                await sweep(db, storage, config)
            except Exception as error:  # the next sweep tries again
                log.warning("sweep failed", error=repr(error))
            await asyncio.sleep(config.retention.sweep_s)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
