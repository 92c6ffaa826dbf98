"""The folders of a machine, in which its actors work."""

import os
import shutil
from pathlib import Path


def make_fresh(folder: Path) -> None:
    """Make a folder that is empty. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def claim(folder: Path) -> None:
    """Make a folder that no other user can read, or has made. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(
            f"{folder} is another user's: cluster.cache_dir has to name another folder"
        )


def own_folder(above: Path) -> Path:
    """Return a folder of this process, and remove those of processes that have ended."""
    above.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in above.iterdir():
        if not _runs(other.name):
            shutil.rmtree(other, ignore_errors=True)
    own = above / str(os.getpid())
    own.mkdir(mode=0o700, exist_ok=True)
    return own


def _runs(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True
