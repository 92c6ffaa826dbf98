"""Lists the media files of a watched folder, and moves them out of the way afterwards."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

DONE, FAILED = "done", "failed"  # folders for files that became jobs, and that did not
MAX_FILES = 10_000  # of one look; with more, it is no folder for new files
# Endings of media files.
PICTURES = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".mxf")
)
SOUNDS = frozenset(
    (".mp3", ".m4a", ".m4b", ".aac", ".wav", ".flac", ".ogg", ".oga", ".opus", ".aiff")
)


class Stamp(NamedTuple):
    """What changes when a file is written to."""

    size_bytes: int
    mtime_ns: int


def media_files(folder: Path) -> dict[bytes, Stamp]:
    """Return the media files directly in a folder, by name. Raises OSError.

    Other endings (.part, .crdownload, .tmp, or none), hidden files, links, folders and everything
    else that is no regular file are left alone.
    """
    found: dict[bytes, Stamp] = {}
    with os.scandir(os.fsencode(folder)) as entries:
        for entry in entries:
            name = os.fsdecode(entry.name)
            if name.startswith((".", "~")) or Path(name).suffix.lower() not in PICTURES | SOUNDS:
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    found[entry.name] = stamp_of(status)
            if len(found) > MAX_FILES:
                raise OSError(f"there are more than {MAX_FILES:,} media files in it")
    return found


def stamp_of(status: os.stat_result) -> Stamp:
    """Return the stamp of a file's status."""
    return Stamp(status.st_size, status.st_mtime_ns)


def put_away(folder: Path, name: bytes, error: str | None) -> None:
    """Move a file into `done`, or into `failed` beside a text that says why. Raises OSError.

    A file of the same name that is there already keeps its name, and this one gets a number.
    """
    target = folder / (DONE if error is None else FAILED)
    target.mkdir(exist_ok=True)
    source = folder / os.fsdecode(name)
    free = _free_name(target, source)
    if error is not None:
        free.with_name(f"{free.name}.txt").write_text(f"{error}\n", encoding="utf-8")
    source.rename(free)


def _free_name(target: Path, source: Path) -> Path:
    free, number = target / source.name, 1
    while os.path.lexists(free):
        number += 1
        free = target / f"{source.stem} ({number}){source.suffix}"
    return free
