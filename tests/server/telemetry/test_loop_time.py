"""What holds the event loop is measured, and nothing else changes by that."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from klipfast_server.core.tasks import background
from klipfast_server.telemetry.loop_time import LAG_PERIOD_S, Stepwise, watch_lag

HOLD_S = 3.0  # by clocks that the tests move


async def test_the_longest_step_counts_and_waiting_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = used = 0.0

    def take(seconds: float, cpu_s: float) -> None:
        nonlocal wall, used
        wall, used = wall + seconds, used + cpu_s

    async def work() -> str:
        take(HOLD_S, 0.1)  # others have the processor meanwhile
        waiting = asyncio.get_running_loop().call_soon(take, 10 * HOLD_S, 5.0)
        await asyncio.sleep(0)
        assert not waiting.cancelled()
        take(2.0, 1.0)
        return "done"

    steps = Stepwise(work())
    monkeypatch.setattr(time, "perf_counter", lambda: wall)
    monkeypatch.setattr(time, "thread_time", lambda: used)
    assert await steps == "done"
    assert (steps.longest_s, steps.longest_cpu_s) == (HOLD_S, 1.0)


async def test_a_cancellation_reaches_the_work_which_may_clean_up() -> None:
    seen = []

    @asynccontextmanager
    async def place() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0)
            seen.append("cleaned up")

    async def work() -> None:
        async with place():
            seen.append("begun")
            await asyncio.Event().wait()

    async def outer() -> None:
        await Stepwise(work())

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["begun", "cleaned up"]


@pytest.mark.asyncio(loop_scope="function")  # its clock is turned
async def test_a_loop_that_is_held_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, lags, ahead_s = asyncio.get_running_loop(), list[float](), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead_s)
    async with background(watch_lag(lags.append)):
        await asyncio.sleep(0)
        ahead_s = LAG_PERIOD_S + HOLD_S  # as if nothing had run meanwhile
        while not lags:  # noqa: ASYNC110 - nothing else signals it
            await asyncio.sleep(0)
    assert lags[0] >= HOLD_S
