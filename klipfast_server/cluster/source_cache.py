"""A machine's copies of sources, which all of its actors share.

A copy is fetched once and linked into the folder of each stage that reads it, so one that has to go
stays whole for those who have it open. Beside a copy lies its lock; whoever holds that may fetch,
link or remove the copy, and removes the lock with it.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from klipfast_server.cluster.messages import StoredFile
from klipfast_server.files.storage import StorageAway
from pipeline.models.file_lock import locked

LOCK_S = 0.1  # interval between checks whether another actor has fetched it
LOCK, PART = ".lock", ".part"
READ_BYTES = 1 << 22

Fetch = Callable[[str, Path], Awaitable[None]]  # takes a key and a destination path


class SourceCache:
    """Copies in one folder."""

    def __init__(self, folder: Path, most_bytes: int, fetch: Fetch) -> None:
        """Keep `most_bytes` of copies at most, beside those that stages have; `fetch` gets one."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._fetch = fetch
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def link(self, file: StoredFile, path: Path) -> None:
        """Put the file at `path`, on the disk of the cache.

        Raises StorageError, FileNotFoundError where the bucket has it no more, and OSError.
        """
        name = file.sha256 or hashlib.sha256(file.key.encode()).hexdigest()
        copy = self._folder / name
        async with self._alone(copy):
            if await asyncio.to_thread(_linked, copy, path):
                return
            await self._get(file, copy)
            await asyncio.to_thread(_linked, copy, path)
            await asyncio.to_thread(self._make_room, copy)

    @asynccontextmanager
    async def _alone(self, copy: Path) -> AsyncIterator[None]:
        """Let no other actor fetch, link or remove the same copy meanwhile."""
        lock = copy.with_suffix(LOCK)
        while True:
            with locked(lock) as is_held:
                if is_held:
                    try:
                        yield
                    finally:
                        if not copy.exists():
                            lock.unlink(missing_ok=True)
                    return
            await asyncio.sleep(LOCK_S)

    async def _get(self, file: StoredFile, copy: Path) -> None:
        part = copy.with_suffix(PART)
        try:
            await self._fetch(file.key, part)
            if file.sha256 and await asyncio.to_thread(_sha256, part) != file.sha256:
                raise StorageAway("The storage has handed out a damaged file; try again later.")
            await asyncio.to_thread(part.replace, copy)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    def _make_room(self, newest: Path) -> None:
        """Remove the copies that were used least recently, and what ended processes have left."""
        found = []
        for copy in {path.with_suffix("") for path in self._folder.iterdir()}:
            try:
                state = copy.stat()
            except FileNotFoundError:  # its process was killed as it fetched, or still fetches
                _removed(copy)
            else:
                found.append((state.st_mtime, state.st_size, copy))
        too_much = sum(size for _, size, _ in found) - self._most_bytes
        for _, size, copy in sorted(found):
            if too_much <= 0:
                return
            if copy != newest and _removed(copy):
                too_much -= size


def _removed(copy: Path) -> bool:
    """Remove a copy and what belongs to it; False where another actor is at it."""
    lock = copy.with_suffix(LOCK)
    with locked(lock) as is_held:
        if is_held:
            for path in (copy, copy.with_suffix(PART), lock):
                path.unlink(missing_ok=True)
        return is_held


def _linked(copy: Path, path: Path) -> bool:
    """Link a copy that is there, and note its use."""
    try:
        os.utime(copy)
        path.hardlink_to(copy)
    except FileNotFoundError:
        return False
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
