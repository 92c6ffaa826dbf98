"""Streams the file of a request to disk and hashes it, within limits of size and disk space."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from klipfast_server.core.async_file import copy_chunks
from klipfast_server.core.errors import BadRequest, DiskFull, OverLimit
from klipfast_server.files import digests
from klipfast_server.store.intake.uploads import Received
from pipeline.core.atomic import NO_SPACE

FILE = "file"  # form field with the content of an upload


def check_space(where: Path, need_bytes: int, reserve_bytes: int) -> None:
    """Raises DiskFull if fewer than `reserve_bytes` would stay free."""
    if shutil.disk_usage(where).free - need_bytes < reserve_bytes:
        raise DiskFull


@contextmanager
def telling_full_disk() -> Iterator[None]:
    """Raise DiskFull if the block runs out of disk space between two looks at it."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise DiskFull from error
        raise


def too_large(max_bytes: int) -> BadRequest:
    """Create the error for a file of more than `max_bytes`."""
    return BadRequest(f"The file is larger than the {max_bytes:,} bytes allowed here.", field=FILE)


async def receive(
    chunks: AsyncIterator[bytes],
    path: Path,
    *,
    max_bytes: int,
    left_bytes: int,  # storage left in the plan
    reserve_bytes: int,
) -> Received:
    """Write `chunks` to `path` and hash them. On any error the file is removed.

    Raises BadRequest or OverLimit if it is too large, DiskFull if fewer than `reserve_bytes` stay
    free.
    """
    digest, size = hashlib.sha256(), 0

    def admit(more_bytes: int) -> None:
        nonlocal size
        size += more_bytes
        if size > max_bytes:
            raise too_large(max_bytes)
        if size > left_bytes:
            raise OverLimit(
                f"The file is larger than the {left_bytes:,} bytes that your plan has left; "
                "delete jobs or uploads, or upgrade the plan.",
                field=FILE,
            )

    file = await asyncio.to_thread(_create, path)
    try:
        with telling_full_disk():
            await copy_chunks(
                chunks,
                partial(_append, file, digest),
                admit=admit,
                check_space=partial(check_space, path.parent, 0, reserve_bytes),
            )
            await asyncio.to_thread(file.close)
    except BaseException:
        await asyncio.to_thread(_abandon, file, path)
        raise
    digests.remember(path, digest.digest())
    return Received(path=path, size_bytes=size, sha256=digest.digest())


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True)
    return path.open("xb")


def _append(file: BinaryIO, digest: "hashlib._Hash", chunk: bytes) -> None:
    digest.update(chunk)
    file.write(chunk)


def _abandon(file: BinaryIO, path: Path) -> None:
    with suppress(OSError):  # buffered data may not fit on a full disk
        file.close()
    shutil.rmtree(path.parent, ignore_errors=True)
