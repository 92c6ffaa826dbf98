"""Watches the blocking stages of jobs for signs of life.

A stage that hangs in native code or in an endless loop cannot be stopped: its thread is lost, and
with it the lane. A stage shows that it lives whenever it checks its `Control`, which every loop of
the pipeline does at least every half second. Where that has stopped for too long, only a new
process helps, and the worker ends this one.

The same sign is where batch work gives way: for as long as edits, which people wait for, can use
every core, each other stage rests at its sign. Priority alone does not do that: caches and memory
are shared whatever a thread's priority.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.core.thread_policy import cores

CLIP_CORES = 4  # that one clip keeps busy (docs/design/rendering.md)
REST_S = 0.25  # at each sign of life; short enough to hear a cancel, and not to be called stalled

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

    def __init__(self, watch: "StageWatch", job_id: str, stage: str, *, is_edit: bool) -> None:
        self.job_id = job_id
        self.stage = stage
        self.is_edit = is_edit
        self.thread_id = 0
        self.beat_at = time.monotonic()
        self._watch = watch

    def beat(self) -> None:
        """Record a sign of life, and rest where edits need the cores; called from any thread."""
        self.beat_at = time.monotonic()
        if not self.is_edit and self._watch.is_crowded():
            time.sleep(REST_S)
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

    def stage(self, job_id: str, name: str, *, is_edit: bool) -> WatchedStage:
        """Return a stage to run; time that it waits for its lane does not count."""
        return WatchedStage(self, job_id, name, is_edit=is_edit)

    def is_crowded(self) -> bool:
        """Return whether the edits that run can use every core."""
        return CLIP_CORES * sum(stage.is_edit for stage in tuple(self.running)) >= cores()

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
