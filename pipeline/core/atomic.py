"""Write files atomically: each appears complete or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.errors import DiskFull

MAX_NAME_CHARS = 100  # kept from the original name; file systems allow 255 bytes
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def temporary_path(path: Path) -> Path:
    """Return a unique hidden name beside `path`, hence on the same file system."""
    return path.with_name(f".{path.name[:MAX_NAME_CHARS]}.{secrets.token_hex(4)}.part")


@contextmanager
def atomic_write(*paths: Path) -> Iterator[list[Path]]:
    """Yield temporary names beside `paths`; rename them at the end, delete them on any error.

    Raises what the block raises, but DiskFull if it ran out of disk space.
    """
    parts = [temporary_path(path) for path in paths]
    try:
        with telling_full_disk():
            yield parts
            for part, path in zip(parts, paths, strict=True):
                os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


@contextmanager
def telling_full_disk() -> Iterator[None]:
    """Raise DiskFull if the block runs out of disk space."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise DiskFull from error
        raise
