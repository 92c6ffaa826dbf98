"""Lists the media files of a watched folder, and moves them out of the way afterwards."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

DONE, FAILED = "done", "failed"  # folders for files that became jobs, and that did not
MAX_FILES = 10_000  # files per look; a folder with more is not one for new files
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
    Nothing is followed or replaced: whoever may write into the folder may have put links there.
    """
    target = DONE if error is None else FAILED
    with suppress(FileExistsError):
        (folder / target).mkdir()
    descriptor = _open_folder(folder / target)
    try:
        for free in _names(os.fsdecode(name)):
            files = {free: ""} if error is None else {free: "", f"{free}.txt": f"{error}\n"}
            with suppress(FileExistsError), _written(descriptor, files):
                os.rename(os.fsencode(folder) + b"/" + name, free, dst_dir_fd=descriptor)
                return
    finally:
        os.close(descriptor)


def _open_folder(path: Path) -> int:
    if path.is_symlink():
        raise OSError(errno.ELOOP, f"{path.name} is a link, which is not followed")
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _names(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f"{Path(name).stem} ({number}){Path(name).suffix}"


@contextmanager
def _written(folder: int, files: Mapping[str, str]) -> Iterator[None]:
    """Write files of these texts, which are removed if one of them or the block fails.

    Raises FileExistsError where one is there already, be it a link to nowhere.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with ExitStack() as undo:
        for name, text in files.items():
            opened = os.open(name, flags, 0o666, dir_fd=folder)
            undo.callback(os.unlink, name, dir_fd=folder)
            with os.fdopen(opened, "w", encoding="utf-8") as file:
                file.write(text)
        yield
        undo.pop_all()
