"""Shows how much of the missing weights is there: one bar on a terminal, lines in a log."""

import logging
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.models import checkpoints
from pipeline.models.pinned import Pinned

log = logging.getLogger(__name__)

LOG_S = 10.0  # seconds between two lines
LOOK_S = 0.25  # seconds between two looks at the disk


@contextmanager
def shown(wanted: Sequence[Pinned], cache_dir: Path, mirror: str) -> Iterator[bool]:
    """Show how much of the wanted checkpoints is there while the block runs.

    Yields whether any is missing; if none is, nothing is shown.
    """
    missing = [each for each in wanted if not checkpoints.is_there(each, cache_dir)]
    if not missing:
        yield False
        return
    # A mirror has the files as the cache has them.
    sizes = [(each, (bool(mirror) and each.kept_size) or each.size) for each in missing]
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(sizes, cache_dir, ended), name="weights")
    watch.start()
    try:
        yield True
    finally:
        ended.set()
        watch.join()


def _watch(sizes: Sequence[tuple[Pinned, int]], cache_dir: Path, ended: threading.Event) -> None:
    """Show the bytes that are there until all are, or the block has ended."""
    total, began, told_s = sum(size for _, size in sizes), time.monotonic(), 0.0
    columns = (TextColumn("weights"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    is_seen = sys.stderr.isatty()
    bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_seen)
    first = done = _done(sizes, cache_dir)
    task = bar.add_task("", total=total, completed=done)
    with bar:
        while done < total and not ended.wait(LOOK_S):
            done = max(done, _done(sizes, cache_dir))  # unpacked packages are removed
            spent_s = time.monotonic() - began
            bar.update(task, completed=done)
            if not is_seen and spent_s - told_s >= LOG_S:
                told_s = spent_s
                left_s = spent_s * (total - done) / max(1, done - first)
                left = f", {left_s:.0f} s left" if done > first else ""
                log.info("weights: %.0f of %.0f MB%s", done / 1e6, total / 1e6, left)


def _done(sizes: Sequence[tuple[Pinned, int]], cache_dir: Path) -> int:
    """Return how many bytes are there, those of broken downloads included."""
    return sum(
        size
        if checkpoints.is_there(each, cache_dir)
        else min(size, checkpoints.bytes_in(checkpoints.begun_in(each, cache_dir)))
        for each, size in sizes
    )
