"""From what stages report in their threads to one number for the whole job."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.control import Control, forgotten
from pipeline.data import Part

# Where each stage before the clips begins and ends on the whole job's scale: roughly its share of
# the time on two cores.
BEFORE_CLIPS = {
    "fetch": (0.00, 0.05),
    "probe": (0.05, 0.06),
    "audio": (0.06, 0.09),
    "speech": (0.09, 0.12),
    "transcribe": (0.12, 0.43),
    "voices": (0.43, 0.45),
    "highlights": (0.45, 0.47),
}
CLIPS = (0.47, 0.98)
WRITE = (0.98, 1.00)
WITHIN_CLIP = {"look": (0.0, 0.3), "render": (0.3, 1.0)}
QUIET_S = 0.1  # between two reports that cross from a thread to the loop


def _scaled(span: tuple[float, float], fraction: float) -> float:
    return span[0] + (span[1] - span[0]) * fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Shares of a job's parts that are still to be done, each 0..1."""

    fetch: float
    listen: float
    clips: float


def left(value: float) -> Left:
    """What is left of a job that has come as far as `value` on the whole job's scale."""
    heard_from, heard_to = BEFORE_CLIPS["probe"][1], BEFORE_CLIPS["highlights"][1]
    return Left(
        fetch=_left_of(BEFORE_CLIPS["fetch"], value),
        listen=_left_of((heard_from, heard_to), value),
        clips=_left_of(CLIPS, value),
    )


def _left_of(span: tuple[float, float], value: float) -> float:
    return min(1.0, max(0.0, (span[1] - value) / (span[1] - span[0])))


class Progress:
    """Written and read on the loop alone; `control` makes what threads may call."""

    def __init__(self, cancel: threading.Event) -> None:
        self.stage = "fetch"
        self.value = 0.0  # 0..1, never falls
        self._cancel = cancel
        self._clips: dict[int, float] = {}
        self._loop = asyncio.get_running_loop()

    def expect_clips(self, total: int, done: set[int]) -> None:
        """How many clips there will be, and which are there already."""
        self._clips = {ordinal: float(ordinal in done) for ordinal in range(total)}

    def tell(self, stage: str, fraction: float, ordinal: int | None = None) -> None:
        """Take in one report; clips name their ordinal."""
        self.stage = stage
        if ordinal is not None:
            span = WITHIN_CLIP.get(stage, (0.0, 1.0))
            self._clips[ordinal] = max(self._clips[ordinal], _scaled(span, fraction))
            value = _scaled(CLIPS, sum(self._clips.values()) / len(self._clips))
        else:
            value = _scaled(WRITE if stage == "write" else BEFORE_CLIPS[stage], fraction)
        self.value = max(self.value, value)

    def control(
        self,
        ordinal: int | None = None,
        *,
        kept: tuple[Part, ...] = (),
        keep: Callable[[Part], None] = forgotten,
    ) -> Control:
        """For one blocking call; its reports come over at most every QUIET_S, or at a new stage.

        `kept` is what an earlier run heard; `keep` is called on the loop with each further part.
        """
        last_stage, last_at = "", 0.0

        def report(stage: str, fraction: float) -> None:
            nonlocal last_stage, last_at
            now = time.monotonic()
            if stage != last_stage or now - last_at >= QUIET_S:
                last_stage, last_at = stage, now
                self._loop.call_soon_threadsafe(self.tell, stage, fraction, ordinal)

        def hand_over(part: Part) -> None:
            self._loop.call_soon_threadsafe(keep, part)

        return Control(progress=report, cancel=self._cancel, kept=kept, keep=hand_over)
