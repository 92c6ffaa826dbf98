"""SHA-256 of files, each of which is read once for it while it stays the same.

A file is the same while its device, inode, size and modification time are: moving it keeps them,
writing into it or putting another in its place does not.
"""

import hashlib
from pathlib import Path

from pipeline.core.control import Check

READ_BYTES = 1 << 22
MAX_KNOWN = 10_000  # files; the oldest is forgotten

_Identity = tuple[int, int, int, int]
_known: dict[_Identity, bytes] = {}


def remember(path: Path, sha256: bytes) -> None:
    """Keep what the file at `path` has, which was hashed while it was written."""
    _known[_identity(path)] = sha256
    while len(_known) > MAX_KNOWN:
        _known.pop(next(iter(_known)), None)


def digest(path: Path, check: Check) -> bytes:
    """Return the SHA-256 of a file; a second for each gigabyte or two. Raises what `check` does."""
    before = _identity(path)
    if (known := _known.get(before)) is not None:
        return known
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(READ_BYTES):
            check()
            found.update(chunk)
    if _identity(path) == before:  # nobody wrote meanwhile
        remember(path, found.digest())
    return found.digest()


def _identity(path: Path) -> _Identity:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
