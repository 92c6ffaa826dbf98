"""Locks between the processes of one machine, by files that can be removed with what they lock.

A lock is on an open file, not on its name: who waits for a file that is removed meanwhile would
lock one that nobody else can find. So a lock counts only if its file still has its name, and only
who holds a lock may remove the file.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Try to hold the lock of a file while the block runs; yield whether it is held.

    The file is made if it is not there. The end of the process ends the lock, too. Raises OSError.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield _lock(descriptor) and _is_at(descriptor, path)
    finally:
        os.close(descriptor)  # which unlocks it


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
