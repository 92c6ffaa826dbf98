"""Deletes files of jobs that the database does not know, left by a crash."""

import time

import structlog

from klipfast_server.core import identifiers
from klipfast_server.files import object_keys
from klipfast_server.files.storage import Storage, StorageError
from klipfast_server.store.database import Database

log = structlog.get_logger()

ORPHAN_S = 3600.0  # nothing written for so long; a job has its row before it has any file
AT_ONCE = 1000  # folders asked for in one query


async def sweep(db: Database, storage: Storage) -> int:
    """Delete orphaned folders of jobs; how many. One that cannot be deleted blocks no other."""
    old = await storage.untouched(object_keys.CLIPS, time.time() - ORPHAN_S)
    # What is not named like a job was put there by somebody else.
    jobs = [name for name in old if identifiers.is_valid("job", name)]
    removed = 0
    for first in range(0, len(jobs), AT_ONCE):
        some = jobs[first : first + AT_ONCE]
        known = {row["job_id"] for row in await db.pool.fetch(db.sql["known_jobs"], some)}
        for job_id in some:
            if job_id not in known:
                removed += await _remove(storage, job_id)
    return removed


async def _remove(storage: Storage, job_id: str) -> bool:
    try:
        await storage.delete(object_keys.prefix(job_id))
    except (OSError, StorageError) as error:  # the next sweep tries again
        log.warning("orphan not deleted", job_id=job_id, error=repr(error))
        return False
    log.info("orphan deleted", job_id=job_id)
    return True
