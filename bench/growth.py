"""Measures how a whole job grows with the talk: seconds by stage, memory, disk.

Every length runs in a new process, on a talk that repeats itself: once with as many clips for each
length, and the shortest and the longest once with the number that the product chooses. Disk is what
lies in the job's folder at its fullest, the clips included, without the source.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.support import sides
from bench.support.recordings import SAMPLE, talks
from bench.support.repeated import repeated
from bench.support.report import fast, keep, show

MINUTES = (10, 20, 40, 80)
QUICK_MINUTES = (2, 4)
CLIPS = 3  # at each length, where their number does not grow
WARM_S = 30.0  # length of the sample, clipped untimed first
EVERY_S = 0.05  # interval between checks of the disk


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[list[float]]:
    """Look at a folder until the context ends: how many MiB it takes on disk."""
    seen, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            seen.append(disk_mib(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def disk_mib(folder: Path) -> float:
    """Return what the files below a folder take on disk; files may go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(place, name)).st_blocks * 512
    return total / 2**20


def measure(talk: Path, minutes: int, clips: int | None) -> dict[str, object]:
    """Measure one length and return its row; `clips` None takes the product's own number."""
    with TemporaryDirectory() as name, sides.started(sides.OUR_JOB) as side:
        folder = Path(name)
        warm = repeated(SAMPLE, WARM_S, folder / "warm.mp4")
        side.ask(file=str(warm), out=str(folder / "warm"), clips=1)
        path, out = repeated(talk, minutes * 60, folder / "talk.mp4"), folder / "out"
        with watched(out) as seen_mib:
            answer = side.ask(file=str(path), out=str(out), clips=clips)
    print(f"{minutes} minutes: {answer['seconds']:.1f} s", file=sys.stderr)
    return {
        "number of clips": "as many at each length" if clips else "the product's own",
        "minutes": minutes,
        "clips": len(answer["clips"]),
        "s": answer["seconds"],
        "CPU s": answer["cpu_s"],
        "first clip s": answer["first_s"],
        "peak MiB": round(answer["peak_mib"]),
        "disk MiB": round(max(seen_mib), 1),
        "stages": answer["stages"],
    }


def main() -> None:
    """Measure every length both ways; save after each."""
    talk = talks()[0].path
    lengths = QUICK_MINUTES if fast() else MINUTES
    rows: list[dict[str, object]] = []
    for clips, chosen in ((CLIPS, lengths), (None, (lengths[0], lengths[-1]))):
        for minutes in chosen:
            rows.append(measure(talk, minutes, clips))
            keep("growth", talk=talk.name, rows=rows)
    show(f"Growth, {talk.name} joined with itself", rows)


if __name__ == "__main__":
    main()
