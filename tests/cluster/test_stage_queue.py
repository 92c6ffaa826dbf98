"""A stage whose actor was dead waits again, but not for ever."""

from klipfast_server.cluster.frames import Start
from klipfast_server.cluster.stage_queue import MAX_RETURNS, StageQueue


def _stage(number: int) -> Start:
    return Start(stage_id=number, lane="encoder", request=b"")


async def test_a_stage_that_is_put_back_is_the_next() -> None:
    queue = StageQueue()
    queue.put(_stage(1))
    queue.put(_stage(2))
    assert queue.put_back(await queue.take())
    assert [(await queue.take()).stage_id for _ in range(2)] == [1, 2]


async def test_no_stage_is_put_back_for_ever() -> None:
    queue = StageQueue()
    for _ in range(MAX_RETURNS):
        assert queue.put_back(_stage(1))
        await queue.take()
    assert not queue.put_back(_stage(1))
    assert queue.put_back(_stage(2))  # each stage has a count of its own
    assert (await queue.take()).stage_id == 2
