"""Shares one estimate of the queue among all requests of a moment.

An estimate covers every unfinished job. Whoever polls fifty jobs needs it once, not once for each
answer.
"""

import asyncio
import time
from collections.abc import Callable, Collection

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.store.estimates import estimate
from klipfast_server.store.estimates.estimate import Capacity

FRESH_S = 0.5  # the age up to which an estimate serves; what it tells is rounded to whole seconds


class Forecast:
    """The seconds until each unfinished job ends, at most FRESH_S old."""

    def __init__(self, db: Database, config: Config, capacity: Callable[[], Capacity]) -> None:
        """`capacity` returns what can run side by side now."""
        self._db, self._config, self._capacity = db, config, capacity
        self._left_s: dict[str, float] = {}
        self._began = float("-inf")  # the estimate above, by the monotonic clock
        self._estimating: asyncio.Task[None] | None = None  # for all who wait

    async def left_s(self, job_ids: Collection[str], *, are_new: bool = False) -> dict[str, float]:
        """Return seconds by id for those of `job_ids` that are unfinished and not paused.

        The queue is estimated anew for a job that it does not know yet, and where they `are_new` in
        it. Raises what the database does, for all who wait for the same estimate.
        """
        asked = time.monotonic()
        while job_ids and not self._serves(job_ids, asked, are_new=are_new):
            if self._estimating is None:
                self._estimating = asyncio.create_task(self._estimate())
            await asyncio.shield(self._estimating)  # others wait for it, too
        return {job_id: self._left_s[job_id] for job_id in job_ids if job_id in self._left_s}

    async def all_s(self) -> float:
        """Return the seconds until every unfinished job has ended."""
        left_s = await estimate.left_s(self._db, self._config, self._capacity())
        return max(left_s.values(), default=0.0)

    def _serves(self, job_ids: Collection[str], asked: float, *, are_new: bool) -> bool:
        if self._began >= asked:  # a job that it lacks has ended or is paused
            return True
        is_fresh = not are_new and asked - self._began < FRESH_S
        return is_fresh and all(job_id in self._left_s for job_id in job_ids)

    async def _estimate(self) -> None:
        began = time.monotonic()
        try:
            self._left_s = await estimate.left_s(self._db, self._config, self._capacity())
            self._began = began
        finally:
            self._estimating = None
