"""Deletes files of uploads, jobs and brands that the database does not know, left by a crash."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

import structlog

from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.files import object_keys
from klipfast_server.files.storage import Storage, StorageError
from klipfast_server.store import brands
from klipfast_server.store.database import Database

log = structlog.get_logger()

ORPHAN_S = 3600.0  # without a write; a job has its row before any file, and uploads time out sooner
AT_ONCE = 1000  # folders asked for in one query


async def sweep(db: Database, storage: Storage) -> int:
    """Delete orphaned folders; how many. One that cannot be deleted blocks no other."""
    jobs = await _sweep(db, storage, kind="job", above=object_keys.CLIPS, known="known_jobs")
    return jobs + await _sweep(db, storage, kind="brand", above=brands.KEYS, known="known_brands")


async def _sweep(db: Database, storage: Storage, *, kind: str, above: str, known: str) -> int:
    """Delete folders below the key prefix `above` that no row of the query `known` names."""
    old = await storage.untouched(above, time.time() - ORPHAN_S)
    # What is not named like one of these was put there by somebody else.
    names = [name for name in old if identifiers.is_valid(kind, name)]
    removed = 0
    for first in range(0, len(names), AT_ONCE):
        some = names[first : first + AT_ONCE]
        there = {row[0] for row in await db.pool.fetch(db.sql[known], some)}
        for name in some:
            if name not in there:
                removed += await _remove(storage, f"{above}/{name}")
    return removed


async def _remove(storage: Storage, folder: str) -> bool:
    try:
        await storage.delete(folder)
    except (OSError, StorageError) as error:  # the next sweep tries again
        log.warning("orphan not deleted", name=folder, error=repr(error))
        return False
    log.info("orphan deleted", name=folder)
    return True


async def sweep_uploads(db: Database, config: Config) -> int:
    """Delete orphaned folders of uploads; how many."""
    above = config.server.data_dir / "uploads"
    old = await asyncio.to_thread(_untouched, above, time.time() - ORPHAN_S)
    rows = await db.pool.fetch(db.sql["known_uploads"], old)
    orphans = set(old) - {row["upload_id"] for row in rows}
    for name in orphans:
        await asyncio.to_thread(shutil.rmtree, above / name, ignore_errors=True)
    return len(orphans)


def _untouched(above: Path, since: float) -> list[str]:
    """Return the folders without a write since that moment (seconds of the epoch)."""
    names = []
    for folder in above.iterdir() if above.is_dir() else ():
        with suppress(OSError):  # an upload refused meanwhile
            written_at = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if written_at < since:
                names.append(folder.name)
    return names
