"""Shows progress on a terminal: stage, percent, speed as a multiple of real time, time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pipeline.core.control import Control

Expect = Callable[[int, int], None]


@contextmanager
def progress_bar(
    control: Control, duration_s: float, *, quiet: bool
) -> Iterator[tuple[Control, Expect]]:
    """Yield a control that draws on stderr, and a function that sets "clip 2 of 5".

    Draws nothing if stderr is not a terminal, or with `quiet`.
    """
    if quiet or not sys.stderr.isatty():
        yield control, lambda _number, _of: None
        return
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]:>7}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        drawing = _Drawing(bar, duration_s)
        yield Control(progress=drawing.show, cancel=control.cancel), drawing.expect


class _Drawing:
    """A single line that restarts with each stage."""

    def __init__(self, bar: Progress, duration_s: float) -> None:
        self._bar, self._duration_s = bar, duration_s
        self._task = bar.add_task("loading", total=1.0, speed="")
        self._stage = ""
        self._prefix = ""
        self._began = time.monotonic()

    def expect(self, number: int, of: int) -> None:
        """Set the number of the next clip."""
        self._prefix, self._stage = f"clip {number}/{of} ", ""

    def show(self, stage: str, fraction: float) -> None:
        """Draw the progress of a stage."""
        if stage != self._stage:
            self._stage, self._began = stage, time.monotonic()
            if stage == "write":
                self._prefix = ""
            self._bar.reset(self._task, description=self._prefix + stage, total=1.0, speed="")
        spent_s = time.monotonic() - self._began
        speed = ""
        if stage in ("audio", "speech", "transcribe") and fraction > 0 and spent_s > 0.2:
            speed = f"{fraction * self._duration_s / spent_s:.1f}×"
        self._bar.update(self._task, completed=fraction, speed=speed)
