"""The stages that wait for an actor of one lane."""

import asyncio
from collections import Counter, deque

from klipfast_server.cluster.frames import Start

MAX_RETURNS = 20  # returns per stage: more is no longer chance, and must not go on forever


class StageQueue:
    """See the module."""

    def __init__(self) -> None:
        self._waiting: deque[Start] = deque()
        self._returns: Counter[int] = Counter()  # by stage
        self._some = asyncio.Event()  # all who wait wake: one who leaves takes no wake with it

    def put(self, stage: Start) -> None:
        """Add a stage."""
        self._waiting.append(stage)
        self._some.set()

    def put_back(self, stage: Start) -> bool:
        """Let a stage be the next again, whose actor was dead; return False if it was too often."""
        self._returns[stage.stage_id] += 1
        if self._returns[stage.stage_id] > MAX_RETURNS:
            return False
        self._waiting.appendleft(stage)
        self._some.set()
        return True

    async def take(self) -> Start:
        """Return the next stage, once there is one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return self._waiting.popleft()

    def withdraw(self, stage_id: int) -> bool:
        """Remove a stage; return whether it still waited."""
        found = [stage for stage in self._waiting if stage.stage_id == stage_id]
        for stage in found:
            self._waiting.remove(stage)
        return bool(found)
