"""Liveness of background tasks."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.get_logger()

LATE_S = 30.0  # seconds without a success, beyond the pause between two tries


class Liveness:
    """Whether endless tasks are alive, and when they last succeeded."""

    def __init__(self, pause_s: float) -> None:
        """Expect a success at least every `pause_s` seconds."""
        self._pause_s = pause_s
        self._tasks: list[asyncio.Task[None]] = []
        self._beat_at = time.monotonic()
        self.beats = 0  # successes so far
        self.died = asyncio.Event()  # set when a background task exits unexpectedly
        self.fault = ""  # permanent fault; empty if none

    def beat(self) -> None:
        """Record a success."""
        self.beats += 1
        self._beat_at = time.monotonic()

    @property
    def is_well(self) -> bool:
        """Whether all tasks are alive and one succeeded recently."""
        late = time.monotonic() - self._beat_at > self._pause_s + LATE_S
        return not late and not self.fault and not self.died.is_set()

    @asynccontextmanager
    async def running(self, *works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Run all `works` while the block runs."""
        self.beat()
        self._tasks = [asyncio.create_task(work) for work in works]
        for task in self._tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.died.set()
        if not task.cancelled():
            log.error("background task died", exc_info=task.exception())
