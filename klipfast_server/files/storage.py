"""Storage of finished files, and links to them."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from klipfast_server.core import async_file
from klipfast_server.core.errors import NotFound
from klipfast_server.core.tasks import settle
from klipfast_server.files import signed_links
from pipeline.core.atomic import atomic_write

READ_BYTES = 1 << 18  # bytes of a stored file read at once
PROMPT_S, PROMPT_BYTES_PER_S = 15.0, 200_000.0  # limits for calls that a caller waits for


class StorageError(Exception):
    """The storage does not take or delete a file; the text can be shown to users."""


class StorageAway(StorageError):
    """The storage cannot be reached, or fails, for now."""


class StorageRefuses(StorageError):
    """The storage refuses; it goes on doing so until its administrator changes something."""


@asynccontextmanager
async def prompt(size_bytes: int = 0) -> AsyncIterator[None]:
    """Give up calls of the storage for which a caller waits: raises StorageAway.

    They have PROMPT_S, and the time that `size_bytes` take at PROMPT_BYTES_PER_S.
    """
    try:
        async with asyncio.timeout(PROMPT_S + size_bytes / PROMPT_BYTES_PER_S):
            yield
    except TimeoutError as error:
        raise StorageAway("The server's storage does not answer; try again later.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A stored file that is being read."""

    size_bytes: int
    chunks: AsyncGenerator[bytes, None]  # at most READ_BYTES each; raises StorageError or OSError


class Storage(Protocol):
    """Keys are relative paths with forward slashes, such as clips/job_x/clip_y.mp4."""

    async def put(self, path: Path, key: str) -> None:
        """Move a finished file to `key`; it appears completely or not at all.

        If canceled, it ends soon and writes nothing after it has ended. Raises StorageError.
        """

    async def fetch(self, key: str, path: Path) -> None:
        """Copy the file of `key` to `path`, whose folder is there.

        Raises FileNotFoundError where there is none, and StorageError or OSError.
        """

    async def sign(self, key: str, *, expires_at: datetime, name: str, base_url: str) -> str:
        """Return a link that works without a key, names the file `name`, and expires then."""

    async def resolve(self, key: str, *, expires: str, name: str, signature: str) -> Path | str:
        """Return what is behind a link: a file, or the address that has it.

        Raises LinkRefused, or NotFound for a deleted file.
        """

    def opened(self, key: str) -> AbstractAsyncContextManager[OpenFile]:
        """Open a file to read it. Raises NotFound, StorageError or OSError."""

    async def delete(self, prefix: str) -> None:
        """Delete `prefix` and everything below it; it is no error if nothing is there.

        Raises StorageError or OSError.
        """

    async def first_key(self, prefix: str) -> str | None:
        """Return the key of one file below `prefix`; None where there is none.

        Raises StorageError.
        """

    async def reach(self) -> None:
        """Return once the storage answers. Raises StorageError."""

    async def untouched(self, prefix: str, since: float) -> list[str]:
        """Return the names of folders directly below `prefix` without changes since then.

        `since` is in seconds of the epoch. Includes only folders that nobody else can have made.
        """


class LocalStorage:
    """A folder, served by /files/ through links with an HMAC."""

    def __init__(
        self, folder: Path, secret: bytes, move: Callable[[Path, Path], None] | None = None
    ) -> None:
        """`folder` is absolute. `move` moves a finished file into place, in a thread."""
        self._folder = folder
        self._secret = secret
        self.move = move or move_file

    async def put(self, path: Path, key: str) -> None:
        """Rename the file, or copy it if `path` is on another disk."""
        # The thread continues regardless of cancellation, and must not write after a delete.
        await settle(asyncio.to_thread(self.move, path, self._inside(key)))

    async def fetch(self, key: str, path: Path) -> None:
        """Copy the file."""
        await settle(asyncio.to_thread(shutil.copyfile, self._inside(key), path))

    async def sign(self, key: str, *, expires_at: datetime, name: str, base_url: str) -> str:
        """Return `base_url`/files/KEY?expires=…&name=…&signature=…"""
        return signed_links.sign(
            self._secret, key, expires_at=expires_at, name=name, base_url=base_url
        )

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[OpenFile]:
        """Read in threads."""
        try:
            async with async_file.opened(self._inside(key), "rb") as file:
                size_bytes = os.fstat(file.fileno()).st_size
                yield OpenFile(size_bytes=size_bytes, chunks=_chunks(file))
        except FileNotFoundError as error:
            raise NotFound("This file has been deleted.") from error

    async def delete(self, prefix: str) -> None:
        """Delete a file or a folder."""
        await asyncio.to_thread(_remove, self._inside(prefix))

    async def first_key(self, prefix: str) -> str | None:
        """Look for a file."""
        return await asyncio.to_thread(_first_below, self._folder, self._inside(prefix))

    async def reach(self) -> None:
        """Return: the disk with the server's data has it."""

    async def untouched(self, prefix: str, since: float) -> list[str]:
        """Compare the folder's modification time: files arrive by renaming, which changes it."""
        return await asyncio.to_thread(_untouched, self._inside(prefix), since)

    async def resolve(self, key: str, *, expires: str, name: str, signature: str) -> Path:
        """Return the file behind a link. Raises LinkRefused, or NotFound for a deleted file."""
        signed_links.check(self._secret, key, expires=expires, name=name, signature=signature)
        path = self._inside(key)
        if not path.is_file():
            raise NotFound("This file has been deleted.")
        return path

    def _inside(self, key: str) -> Path:
        path = Path(os.path.normpath(self._folder / key))
        if not path.is_relative_to(self._folder) or path == self._folder:
            raise ValueError(f"{key!r} leads out of the storage")
        return path


async def _chunks(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    while chunk := await settle(asyncio.to_thread(file.read, READ_BYTES)):
        yield chunk


def move_file(source: Path, target: Path) -> None:
    """Rename a file; if `source` is on another disk, copy it beside `target` first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError:  # another file system: copy beside the target, then rename
        with atomic_write(target) as (part,):
            shutil.copyfile(source, part)
        source.unlink(missing_ok=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Have the same file at `target`, too: a link, or a copy where the disk has none."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _untouched(above: Path, since: float) -> list[str]:
    names = []
    for folder in above.iterdir() if above.is_dir() else ():
        with suppress(OSError):  # removed meanwhile
            if folder.is_dir() and folder.stat().st_mtime < since:
                names.append(folder.name)
    return names


def _first_below(folder: Path, above: Path) -> str | None:
    found = next((path for path in above.rglob("*") if path.is_file()), None)
    return None if found is None else found.relative_to(folder).as_posix()


def _remove(path: Path) -> None:
    with suppress(IsADirectoryError, PermissionError):  # PermissionError: a folder on macOS
        path.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)  # what somebody else has removed meanwhile is gone
    if path.exists():
        raise OSError(f"{path} cannot be deleted")
    parent = path.parent
    if parent.is_dir() and not any(parent.iterdir()):
        try:
            parent.rmdir()
        except OSError:
            return  # another clip was added meanwhile
