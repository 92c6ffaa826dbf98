"""One loop that claims: as much as there is room for, whatever goes wrong."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from klipfast_server.core.claim_loop import ClaimLoop
from klipfast_server.core.tasks import background
from klipfast_server.telemetry import logs


class Queue:
    """Pieces of work that are due, and those that are under way."""

    def __init__(self, due: int, *, at_once: int = 2) -> None:
        self.due = due
        self.begun = 0
        self.beats = 0
        self.broken = False
        self.go_on = asyncio.Event()
        self.beaten = asyncio.Event()
        self.failed = asyncio.Event()
        self.loop = ClaimLoop(
            "tests", claim=self.claim, at_once=lambda: at_once, poll_s=3600, beat=self.beat
        )

    async def claim(self) -> Coroutine[Any, Any, None] | None:
        if self.broken:
            self.failed.set()
            raise KeyError("plan")
        if not self.due:
            return None
        self.due -= 1
        return self.work()

    async def work(self) -> None:
        self.begun += 1
        await self.go_on.wait()

    def beat(self) -> None:
        self.beats += 1
        self.beaten.set()


async def looked(queue: Queue) -> None:
    """Wait for one more look."""
    queue.beaten.clear()
    queue.loop.wake()
    async with asyncio.timeout(60):
        await queue.beaten.wait()
    await asyncio.sleep(0)


async def test_as_much_is_claimed_as_there_is_room_for_and_more_when_some_has_ended() -> None:
    queue = Queue(3)
    async with background(queue.loop.run()):
        await looked(queue)
        assert (queue.begun, queue.due) == (2, 1)
        queue.go_on.set()
        await looked(queue)
        await looked(queue)
        assert (queue.begun, queue.due, queue.loop.tasks) == (3, 0, set())


async def test_a_look_that_fails_is_logged_with_its_cause_and_the_next_succeeds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logs.route()
    queue = Queue(1)
    queue.broken = True
    queue.go_on.set()
    async with background(queue.loop.run()):
        async with asyncio.timeout(60):
            await queue.failed.wait()
        assert queue.beats == 0
        queue.broken = False
        await looked(queue)
        assert queue.begun == 1
    [line] = caplog.records
    assert line.levelname == "WARNING"
    for part in ("queue not readable", "'queue': 'tests'", "'exc_info': True"):
        assert part in line.getMessage()


async def test_what_does_not_end_within_the_grace_is_given_back() -> None:
    queue = Queue(1)
    async with background(queue.loop.run()):
        await looked(queue)
    assert await queue.loop.drain(0.01) == queue.loop.tasks
    queue.go_on.set()
    assert await queue.loop.drain(10) == set()
