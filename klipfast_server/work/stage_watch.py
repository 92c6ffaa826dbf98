"""Watches the blocking stages of jobs for signs of life.

A stage that hangs in native code or in an endless loop cannot be stopped: its thread is lost, and
with it the lane. A stage shows that it lives whenever it checks its `Control`, which every loop of
the pipeline does at least every half second. Where that has stopped for too long, only a new
process helps, and the worker ends this one.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """A stage without a sign of life."""

    job_id: str
    stage: str
    silent_s: float
    place: str  # the innermost lines of its thread's stack


class WatchedStage:
    """One blocking call of a stage; `run` is called in the lane's thread."""

    def __init__(self, watch: "StageWatch", job_id: str, stage: str) -> None:
        self.job_id = job_id
        self.stage = stage
        self.thread_id = 0
        self.beat_at = time.monotonic()
        self._watch = watch

    def beat(self) -> None:
        """Record a sign of life; called from any thread."""
        self.beat_at = time.monotonic()

    def run(self, call: Callable[..., Result], *args: Any, **kw: Any) -> Result:
        """Call the stage, which is watched until it ends."""
        self.thread_id = threading.get_ident()
        self.beat()
        self._watch.running.add(self)
        try:
            return call(*args, **kw)
        finally:
            self._watch.running.discard(self)


class StageWatch:
    """All stages that run in this process."""

    def __init__(self, stall_s: float) -> None:
        """Call a stage stalled after `stall_s` seconds without a sign of life."""
        self._stall_s = stall_s
        self.running: set[WatchedStage] = set()

    def stage(self, job_id: str, name: str) -> WatchedStage:
        """Return a stage to run; time that it waits for its lane does not count."""
        return WatchedStage(self, job_id, name)

    def stalled(self) -> list[Stalled]:
        """Return the stages that are stalled now."""
        now = time.monotonic()
        return [
            Stalled(
                job_id=stage.job_id,
                stage=stage.stage,
                silent_s=now - stage.beat_at,
                place=_place(stage.thread_id),
            )
            for stage in tuple(self.running)
            if now - stage.beat_at > self._stall_s
        ]


def _place(thread_id: int) -> str:
    """Return where a thread is now, or "" where it has ended."""
    frame = sys._current_frames().get(thread_id)
    if frame is None:
        return ""
    return " < ".join(
        f"{line.name} ({line.filename.rpartition('/')[2]}:{line.lineno})"
        for line in reversed(traceback.extract_stack(frame)[-6:])
    )
