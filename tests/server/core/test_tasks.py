"""Tasks beside a block: they end with it, and it ends with them."""

import asyncio

import pytest

from klipfast_server.core.tasks import background, settle, unless_stopped


async def forever(log: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        log.append("ended")


async def failing() -> None:
    raise KeyError("plan")


async def test_the_block_raises_its_own_error_itself_and_no_group() -> None:
    log: list[str] = []

    async def block() -> None:
        async with background(forever(log)):
            await asyncio.sleep(0)
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await block()
    assert log == ["ended"]


async def test_a_failure_in_the_background_ends_the_block_with_that_error() -> None:
    log: list[str] = []
    with pytest.raises(KeyError, match="plan"):
        async with background(failing()):
            await forever(log)
    assert log == ["ended"]


async def test_a_canceled_block_is_canceled_and_not_failed() -> None:
    log: list[str] = []

    async def block() -> None:
        async with background(forever(log)):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["ended"]


async def test_work_is_canceled_once_it_is_told_to_stop() -> None:
    log: list[str] = []
    stop = asyncio.Event()
    task = asyncio.create_task(unless_stopped(forever(log), stop))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    stop.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["ended"]


async def test_work_that_ends_gives_its_result_or_its_error() -> None:
    async def one() -> int:
        return 1

    assert await unless_stopped(one(), asyncio.Event()) == 1
    with pytest.raises(KeyError):
        await unless_stopped(failing(), asyncio.Event())


async def test_a_caller_that_is_canceled_waits_for_what_it_settles() -> None:
    log: list[str] = []
    go = asyncio.Event()

    async def moving() -> None:
        await go.wait()
        log.append("moved")

    task = asyncio.create_task(settle(moving()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["moved"]


async def test_what_does_not_settle_in_time_is_canceled() -> None:
    log: list[str] = []
    task = asyncio.create_task(settle(forever(log), within_s=0.01))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["ended"]
