"""How a caller watches, cancels and resumes a run: the only data that flows back up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pipeline.core.data import TranscriptChunk
from pipeline.core.errors import Canceled, PipelineError

Progress = Callable[[str, float], None]  # takes a stage's name and its progress in [0, 1]
Check = Callable[[], None]  # long operations call it regularly; it raises to stop them


def unchecked() -> None:
    """Never stop: the default check."""


class TooSlow(PipelineError):
    """The work was not finished within its time limit."""


def with_time_limit(timeout_s: float, check: Check) -> Check:
    """Return a check that calls `check` and raises TooSlow once `timeout_s` seconds have passed."""
    until = time.monotonic() + timeout_s

    def checked() -> None:
        check()
        if time.monotonic() > until:
            raise TooSlow(f"no answer within {timeout_s:g} s")

    return checked


def at_intervals(progress: Progress, quiet_s: float) -> Progress:
    """Return a callable that passes on new stages, and else a report every `quiet_s` seconds."""
    last_stage, last_at = "", 0.0

    def report(stage: str, fraction: float) -> None:
        nonlocal last_stage, last_at
        now = time.monotonic()
        if stage != last_stage or now - last_at >= quiet_s:
            last_stage, last_at = stage, now
            progress(stage, fraction)

    return report


def _silent(stage: str, fraction: float) -> None:
    """Ignore progress: the default."""


def _alive() -> None:
    """Ignore signs of life: the default."""


def discard(chunk: TranscriptChunk) -> None:
    """Ignore transcribed chunks: the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Progress, cancellation and resumption of one run.

    Stages call `report` between frames, windows and sentences, at least every half second.
    """

    progress: Progress = _silent
    """Called in the stage's thread with the stage's name and its progress in [0, 1]."""
    cancel: threading.Event = field(default_factory=threading.Event)
    resume_from: tuple[TranscriptChunk, ...] = ()
    """Chunks that an earlier run of the same job transcribed."""
    on_chunk: Callable[[TranscriptChunk], None] = discard
    """Called in the stage's thread with each transcribed chunk, in order."""
    on_check: Callable[[], None] = _alive
    """Called at each check, from any thread of the stage: it is alive."""

    def check(self) -> None:
        """Raise Canceled once the cancel event is set."""
        self.on_check()
        if self.cancel.is_set():
            raise Canceled("The job was canceled.")

    def report(self, stage: str, fraction: float) -> None:
        """Raise Canceled if the run is canceled; otherwise report the progress of `stage`."""
        self.check()
        self.progress(stage, min(1.0, max(0.0, fraction)))

    def part(self, number: int, count: int) -> "Control":
        """Return the control of one part of `count`, from 0, of the same work."""

        def progress(stage: str, fraction: float) -> None:
            self.progress(stage, (number + fraction) / count)

        return replace(self, progress=progress)
