"""Combines the reports of stages, made in threads, into the progress of the whole job."""

import asyncio
import threading
from collections.abc import Callable

from klipfast_server.store.estimates.stage_shares import BEFORE_CLIPS, CLIPS, WRITE
from pipeline.core.control import Control, at_intervals, discard
from pipeline.core.data import TranscriptChunk

WITHIN_CLIP = {"look": (0.0, 0.3), "render": (0.3, 1.0)}
QUIET_S = 0.1  # between two reports that cross from a thread to the loop


def _scaled(span: tuple[float, float], fraction: float) -> float:
    return span[0] + (span[1] - span[0]) * fraction


class Progress:
    """Read and written on the event loop only; `control` returns what threads may call."""

    def __init__(self, cancel: threading.Event, *, only_writes: bool = False) -> None:
        """Pass `cancel` to the threads; `only_writes`: writing is the whole job."""
        self.stage = "write" if only_writes else "fetch"
        self.value = 0.0  # 0..1, never falls
        self._only_writes = only_writes
        self._makes_clips = not only_writes
        self._cancel = cancel
        self._clips: dict[int, float] = {}
        self._written = 0.0
        self._loop = asyncio.get_running_loop()

    def expect_clips(self, total: int, done: set[int]) -> None:
        """Set how many clips there will be, and which are finished."""
        self._clips = {ordinal: float(ordinal in done) for ordinal in range(total)}

    def tell(self, stage: str, fraction: float, ordinal: int | None = None) -> None:
        """Take one report; reports of clips name their ordinal."""
        if stage == "write":
            self._written = fraction
        if ordinal is not None:
            span = WITHIN_CLIP.get(stage, (0.0, 1.0))
            self._clips[ordinal] = max(self._clips[ordinal], _scaled(span, fraction))
        # Texts are written beside the clips, and the next clip is looked at beside one.
        is_beside = self._makes_clips if stage == "write" else self.stage == "render"
        if not (is_beside and stage in {"write", "look"}):
            self.stage = stage
        self.value = max(self.value, self._total(stage, fraction))

    def _total(self, stage: str, fraction: float) -> float:
        """Return the progress of the whole job after a report."""
        if self._only_writes:
            return self._written
        if stage in BEFORE_CLIPS:
            return _scaled(BEFORE_CLIPS[stage], fraction)
        made = sum(self._clips.values()) / len(self._clips) if self._clips else 0.0
        return _scaled(CLIPS, made) + _scaled(WRITE, self._written) - WRITE[0]

    def end_clips(self) -> None:
        """Set that no clip is left to make: the stage is writing, if that is not finished."""
        self._makes_clips = False
        self._clips = dict.fromkeys(self._clips, 1.0)
        self.tell("write", self._written)

    def control(
        self,
        ordinal: int | None = None,
        *,
        resume_from: tuple[TranscriptChunk, ...] = (),
        on_chunk: Callable[[TranscriptChunk], None] = discard,
    ) -> Control:
        """Return the control of one blocking call.

        Reports reach the loop at most every QUIET_S seconds, or with a new stage. `resume_from` is
        what an earlier run transcribed; `on_chunk` is called on the loop with each further chunk.
        """

        def report(stage: str, fraction: float) -> None:
            self._loop.call_soon_threadsafe(self.tell, stage, fraction, ordinal)

        def hand_over(part: TranscriptChunk) -> None:
            self._loop.call_soon_threadsafe(on_chunk, part)

        return Control(
            progress=at_intervals(report, QUIET_S),
            cancel=self._cancel,
            resume_from=resume_from,
            on_chunk=hand_over,
        )
