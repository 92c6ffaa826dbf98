"""Write files atomically: each appears complete or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_NAME_CHARS = 100  # of the original name kept in the temporary one: file systems allow 255 bytes


def temporary_path(path: Path) -> Path:
    """Return a unique hidden name beside `path`, hence on the same file system."""
    return path.with_name(f".{path.name[:MAX_NAME_CHARS]}.{secrets.token_hex(4)}.part")


@contextmanager
def atomic_write(*paths: Path) -> Iterator[list[Path]]:
    """Yield temporary names beside `paths`; rename them at the end, delete them on any error."""
    parts = [temporary_path(path) for path in paths]
    try:
        yield parts
        for part, path in zip(parts, paths, strict=True):
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
