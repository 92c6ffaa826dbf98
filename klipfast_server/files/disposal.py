"""Deletes the files that `store.trash` notes: after the request, or by a sweep if that failed."""

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import structlog

from klipfast_server.core.config import Config
from klipfast_server.files.storage import Storage, StorageAway
from klipfast_server.store import faults, trash
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads
from klipfast_server.store.trash import Thing

log = structlog.get_logger()

DISPOSE_S = 2.0  # for storage to delete while somebody waits; the sweep has more time


async def dispose(db: Database, storage: Storage, config: Config, *names: str) -> None:
    """Delete what was thrown away under these names; the sweep tries again where that fails."""
    try:
        async with asyncio.timeout(DISPOSE_S):
            await _delete(db, storage, config, await trash.named(db, names))
    except faults.TEMPORARY as error:  # it is noted, so the caller's request has succeeded
        log.warning("trash left to the sweep", names=names, error=repr(error))


async def discard(db: Database, storage: Storage, *names: str) -> None:
    """Delete from storage what no row names; the sweep does it where that fails."""
    left = list(names)
    try:
        async with asyncio.timeout(DISPOSE_S):
            while left:
                await storage.delete(left[0])
                del left[0]
    except Exception as error:  # a bucket's faults are of many kinds
        log.warning("files left to the sweep", names=left, error=repr(error))
        for name in left:
            await trash.note(db, name)


async def clear(db: Database, storage: Storage, prefix: str) -> None:
    """Delete what is still to be deleted below a key prefix, before something new comes there.

    Raises StorageError or OSError.
    """
    for thing in await trash.below(db, prefix):
        await storage.delete(thing.name)
        await trash.forget(db, thing)


async def sweep(db: Database, storage: Storage, config: Config) -> int:
    """Delete everything that was thrown away; how many. What fails stays for the next sweep."""
    deleted, last = 0, 0
    while things := await trash.after(db, last):
        deleted += await _delete(db, storage, config, things)
        last = things[-1].trash_id
    return deleted


async def _delete(db: Database, storage: Storage, config: Config, things: Iterable[Thing]) -> int:
    deleted, is_away = 0, False
    for thing in things:
        if is_away:
            continue  # to ask for each would take long
        try:
            if thing.place == "storage":
                await storage.delete(thing.name)
            else:
                await asyncio.to_thread(_remove, uploads.folder(config, thing.name))
                await storage.delete(f"uploads/{thing.name}")
        except Exception as error:  # a bucket's faults are of many kinds
            log.warning("file not deleted", name=thing.name, error=repr(error))
            is_away = is_away or isinstance(error, StorageAway)
            continue
        await trash.forget(db, thing)
        deleted += 1
    return deleted


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
