"""Deletes upload folders that a killed process left before it recorded them."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

ORPHAN_S = 3600.0  # without a write; uploads in progress time out long before


async def sweep_orphans(db: Database, config: Config) -> int:
    """Delete the orphaned folders; how many."""
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
