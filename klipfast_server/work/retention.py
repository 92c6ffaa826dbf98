"""Deletes what has expired, with its files, and orphans."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import structlog

from klipfast_server.core.config import Config
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.core.tasks import background
from klipfast_server.files import disposal
from klipfast_server.files.object_keys import prefix
from klipfast_server.files.storage import Storage, StorageAway
from klipfast_server.store import ended_jobs, trash
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads
from klipfast_server.work import expiry, orphans
from klipfast_server.work.expiry import Amount, Rule, Tally

log = structlog.get_logger()

AT_ONCE = 5000  # rows of one statement, which the database must end in time


async def sweep(db: Database, storage: Storage, config: Config) -> Tally:
    """Delete everything that has expired; how much of what.

    Files are deleted before their rows, so that the next sweep finishes an interrupted one.
    """
    tally = Tally()
    for heap in expiry.heaps(config):
        while rows := await db.pool.fetch(db.sql[heap.delete], AT_ONCE, *heap.arguments):
            for row in rows:
                tally.add(heap.kind, row["account_id"], Amount(rows=row["rows"]))
    for rule in expiry.rules(config):
        await _sweep(db, storage, config, rule, tally)
    left = await orphans.sweep_uploads(db, config)
    await disposal.sweep(db, storage, config)
    await orphans.sweep(db, storage)
    counts = {kind: tally.of(kind).rows for kind, _ in tally.amounts}
    if counts or left:
        log.info("expired", **counts, **({"orphaned uploads": left} if left else {}))
    return tally


async def _sweep(db: Database, storage: Storage, config: Config, rule: Rule, tally: Tally) -> None:
    """Delete what one rule finds. What cannot be deleted stays until next time."""
    async for row in expiry.expired(db, rule):
        amount = await expiry.measure(config, rule, row)
        try:
            if await _remove(db, storage, config, rule, row):
                tally.add(rule.kind, row["account_id"], amount)
        except Exception as error:  # a bucket's faults are of many kinds
            if rule.kind != "clips":
                raise
            log.warning("clip not deleted", clip_id=row["clip_id"], error=repr(error))
            if isinstance(error, StorageAway):
                return  # to ask for each would take long


async def _remove(
    db: Database, storage: Storage, config: Config, rule: Rule, row: asyncpg.Record
) -> bool:
    """Delete a row with its files; whether it was there still, and might go."""
    match rule.kind:
        case "trash":
            return await _empty_trash(db, row["account_id"], row["job_id"])
        case "clips":
            for key in expiry.keys(row):
                await storage.delete(key)
            return await _execute(db, "delete_clip", row["clip_id"])
        case "uploads" | "unfinished uploads":
            await _remove_folder(config, storage, row["upload_id"])
            query = "delete_upload" if rule.kind == "uploads" else "delete_partial_upload"
            return await _execute(db, query, row["upload_id"])
        case "transcripts":
            return await _execute(db, "remove_transcript", row["job_id"], row["expires_at"])
        case "texts":
            return await _execute(db, "remove_text", row["job_id"], row["kind"], row["expires_at"])
        case _:
            return await _remove_job(db, row["job_id"], row["expires_at"])


async def _execute(db: Database, query: str, *arguments: object) -> bool:
    return await db.pool.fetchval(db.sql[query], *arguments) is not None


async def _empty_trash(db: Database, account_id: str, job_id: str) -> bool:
    try:
        await ended_jobs.delete(db, account_id, job_id, files=prefix(job_id))
    except (NotFound, Conflict):  # deleted, or run again, this very moment
        return False
    return True


async def _remove_job(db: Database, job_id: str, finished_at: datetime) -> bool:
    async with db.pool.acquire() as connection, connection.transaction():
        # Two statements: one alone would wait for the lock and not see what was added meanwhile.
        await connection.execute(db.sql["hold_job"], job_id)
        if not await connection.fetchval(db.sql["may_job_go"], job_id, finished_at):
            return False
        await connection.execute(db.sql["delete_job"], job_id)
        await trash.throw_away(db, connection, "storage", prefix(job_id))
        return True


async def _remove_folder(config: Config, storage: Storage, upload_id: str) -> None:
    """Delete the files of an upload; folders of other servers are swept as orphans later."""
    await storage.delete(f"uploads/{upload_id}")
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
