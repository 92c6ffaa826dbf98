"""A disk that a proof can fill: a tmpfs of some megabytes, where mounting is permitted."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = bytes(1 << 16)


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """Mount a disk of this size at a folder. Raises PermissionError where that is not permitted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        raise PermissionError(errno.EPERM, "a tmpfs cannot be mounted here, which takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill the disk with somebody else's file while the block runs."""
    foreign = disk / "foreign"
    fill(foreign)
    try:
        yield
    finally:
        foreign.unlink(missing_ok=True)


def fill(foreign: Path) -> None:
    """Let a file grow until nothing more fits on its disk."""
    with foreign.open("ab", buffering=0) as file:
        for block in (BLOCK, b"\0"):
            try:
                while file.write(block) == len(block):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
