"""Claims pieces of work and runs them side by side, for the job worker and the deliverer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from klipfast_server.core.tasks import wait_at_most

log = structlog.get_logger()

Piece = Coroutine[Any, Any, None]  # work that was claimed; it raises nothing


class ClaimLoop:
    """Claims while there is room and something is due; wakes by `wake`, and by a poll in case."""

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[], Awaitable[Piece | None]],
        at_once: Callable[[], int],
        poll_s: float,
        beat: Callable[[], None],
        due_s: Callable[[], Awaitable[float | None]] | None = None,
    ) -> None:
        """A loop named `name` in the log.

        `claim` leases one piece of work and returns it, or None where nothing is due. `at_once`
        returns how many may run now. `beat` is called after each look that succeeded. `due_s` gives
        the seconds until something will be due, or None where that is not known.
        """
        self._name = name
        self._claim = claim
        self._at_once = at_once
        self._poll_s = poll_s
        self._beat = beat
        self._due_s = due_s
        self._wake = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look again: something may be due, or there is room again."""
        self._wake.set()

    async def run(self) -> None:
        """Claim whenever there may be something to claim; never returns."""
        while True:
            self._wake.clear()
            pause_s = self._poll_s
            try:
                await self._fill()
                if self._due_s is not None:
                    pause_s = min(pause_s, await self._due_s() or pause_s)
                self._beat()
            except Exception:  # whatever it is, the next look may succeed
                log.warning("queue not readable", queue=self._name, exc_info=True)
            await wait_at_most(self._wake, pause_s)

    async def _fill(self) -> None:
        while len(self.tasks) < self._at_once():
            piece = await self._claim()
            if piece is None:
                return
            task = asyncio.create_task(piece)
            self.tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._wake.set()

    async def drain(self, grace_s: float) -> set[asyncio.Task[None]]:
        """Wait for what runs; the tasks that did not end within `grace_s` seconds."""
        if not self.tasks:
            return set()
        _, late = await asyncio.wait(self.tasks, timeout=grace_s)
        return late
