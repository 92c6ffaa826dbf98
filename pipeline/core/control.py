"""How a caller watches a run, stops it and lets it go on; the only thing that flows back up."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.core.data import TranscriptChunk
from pipeline.core.errors import Canceled, PipelineError

Check = Callable[[], None]  # called now and then by what takes long; may raise to stop it


def unchecked() -> None:
    """A check that never stops anything."""


class TooSlow(PipelineError):
    """What was to be done is not done within its time."""


def within(timeout_s: float, check: Check) -> Check:
    """`check`, which also raises TooSlow when the time has run out."""
    until = time.monotonic() + timeout_s

    def checked() -> None:
        check()
        if time.monotonic() > until:
            raise TooSlow(f"no answer within {timeout_s:g} s")

    return checked


def _silent(stage: str, fraction: float) -> None:
    """Default: no progress is reported."""


def discard(chunk: TranscriptChunk) -> None:
    """Default: chunks are not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Stages call `report` between frames, windows and sentences, at least every half second."""

    progress: Callable[[str, float], None] = _silent
    """Called in a thread of the stage with (stage, done), done in [0, 1] within the stage."""
    cancel: threading.Event = field(default_factory=threading.Event)
    resume_from: tuple[TranscriptChunk, ...] = ()
    """Chunks that an earlier run of the same job transcribed."""
    on_chunk: Callable[[TranscriptChunk], None] = discard
    """Called in the stage's own thread with each chunk that is transcribed, in order."""

    def check(self) -> None:
        """Raise Canceled once the cancel event is set."""
        if self.cancel.is_set():
            raise Canceled("The job was canceled.")

    def report(self, stage: str, fraction: float) -> None:
        """Check for cancelling, then tell how far `stage` has come."""
        self.check()
        self.progress(stage, min(1.0, max(0.0, fraction)))
