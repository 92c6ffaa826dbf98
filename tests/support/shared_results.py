"""Results that take seconds, computed once for all workers of a test session.

A result lies in the session's own folder, so it never outlives the code that computed it.
"""

import fcntl
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")

FOLDER = "TEST_RESULTS_FOLDER"  # environment variable; set by the session, inherited by workers


def once(kind: str, key: bytes, compute: Callable[[], T]) -> T:
    """Return `compute()`, or what a worker computed before for the same kind and key.

    `key` is the content that the result depends on, such as a file's bytes and options. Two workers
    never compute the same result at the same time: the second one waits. The result must pickle.
    """
    name = f"{kind}-{hashlib.sha256(key).hexdigest()[:32]}"
    path = folder() / name
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return cast("T", pickle.loads(path.read_bytes()))
        result = compute()
        path.write_bytes(pickle.dumps(result))
        return result


def folder() -> Path:
    """Return the session's folder of results."""
    return Path(os.environ[FOLDER])


def open_folder() -> tempfile.TemporaryDirectory[str] | None:
    """Make the folder in the process that starts the session; workers inherit it."""
    if FOLDER in os.environ:
        return None
    made = tempfile.TemporaryDirectory(prefix="kf-results-")
    os.environ[FOLDER] = made.name
    return made
