"""Tasks beside a block of code: started, watched and ended in one place.

asyncio.TaskGroup is the base (PEP 654, Python 3.11). It raises a group around the errors of its
tasks, which no handler here expects, so `background` raises the first error itself.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


@asynccontextmanager
async def background(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `works` beside the block; its end cancels them, their failure cancels the block.

    Raises what the block raises, else the first error of a work.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0]  # noqa: B904 - it is the error itself, not a consequence


async def wait_for_either(work: asyncio.Future[Any], stop: asyncio.Event) -> None:
    """Return once `work` is done or `stop` is set; `work` is left as it is."""
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


async def unless_stopped(work: Coroutine[Any, Any, Result], stop: asyncio.Event) -> Result:
    """The result of `work`, which is canceled once `stop` is set.

    Raises CancelledError where it was, and whatever `work` raises.
    """
    task = asyncio.create_task(work)
    try:
        await wait_for_either(task, stop)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
    return task.result()


async def settle(work: Coroutine[Any, Any, Result], *, within_s: float | None = None) -> Result:
    """The result of `work`, which a cancellation of the caller waits for and does not cut short.

    For work that goes on elsewhere (a thread, a bucket) whatever happens here, and must have ended
    before the caller undoes it. After `within_s` seconds of waiting it is canceled after all.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=within_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


async def wait_at_most(wake: asyncio.Event, seconds: float) -> None:
    """Return once `wake` is set, at the latest after `seconds`."""
    # Not wait_for: on Python 3.11 it loses a cancel that comes together with a wake.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
