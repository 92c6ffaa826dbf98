"""Samples the memory of a process and the bytes in a folder while both grow (Linux)."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 0.05  # between samples


@dataclass
class Peaks:
    """The greatest values seen."""

    private_mib: float = 0.0  # without mapped files, which the kernel may drop
    disk_mib: float = 0.0  # in the folder, as allocated


@contextlib.contextmanager
def watched(pid: int, folder: Path | None = None) -> Iterator[Peaks]:
    """Track a process, and a folder if there is one, until the context ends."""
    peaks, ended = Peaks(), threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            peaks.private_mib = max(peaks.private_mib, private_mib(pid))
            if folder is not None:
                peaks.disk_mib = max(peaks.disk_mib, disk_mib(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def private_mib(pid: int) -> float:
    """Return the private resident memory of a process in MiB; 0 if it is gone."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(x for x in lines if x.startswith("RssAnon")).split()[1]) / 1024
    return 0.0


def disk_mib(folder: Path) -> float:
    """Return what the files below a folder take on disk, in MiB; files may go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(place, name)).st_blocks * 512
    return total / 2**20
