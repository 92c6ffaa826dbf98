"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_NAME_CHARS = 100  # of the file's own name in the temporary one: names end at 255 bytes


def temporary_path(path: Path) -> Path:
    """A hidden name beside `path`, so on its file system, that nobody else writes to."""
    return path.with_name(f".{path.name[:MAX_NAME_CHARS]}.{secrets.token_hex(4)}.part")


@contextmanager
def atomic_write(*paths: Path) -> Iterator[list[Path]]:
    """Temporary names beside `paths`, renamed to them at the end, deleted on any error."""
    parts = [temporary_path(path) for path in paths]
    try:
        yield parts
        for part, path in zip(parts, paths, strict=True):
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
