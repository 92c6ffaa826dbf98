"""While a clip is encoded the next is looked at, and no more than that."""

import asyncio
import threading

import pytest
from caller import Caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.work.progress import Progress

AWHILE_S = 0.3  # in which a look would have begun


async def test_the_next_clip_is_looked_at_and_none_further_ahead(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("clip 0")
    job_id = await ada.submit(30)
    await reached(engine, "clip 0")
    await reached(engine, "look 10")
    await asyncio.sleep(AWHILE_S)
    assert engine.looks == ["look 0", "look 10"]
    engine.let_go("clip 0")
    assert (await ada.until(job_id))["status"] == "completed"
    assert engine.looks == ["look 0", "look 10", "look 20"]
    seen = [view.span.start_s for view in engine.views if view is not None]
    assert seen == [0, 10, 20]  # no crop is planned twice
    assert engine.made == ["listen", "clip 0", "clip 1", "clip 2"]


@pytest.mark.parametrize("held", ["look 0", "look 10", "clip 0"])
async def test_a_canceled_job_gives_its_places_to_the_next(
    ada: Caller, engine: FakeEngine, held: str
) -> None:
    engine.hold(held)
    job_id = await ada.submit(50)
    waiting = await ada.submit(20)
    await reached(engine, held)
    await asyncio.sleep(AWHILE_S)  # the clips of both wait for a place by now
    for each in (job_id, waiting):
        assert (await ada.post(f"/api/v1/jobs/{each}/cancel"))["status"] == "canceled"
    if held in engine.holds:
        engine.let_go(held)
    assert (await ada.until(await ada.submit(40)))["status"] == "completed"


async def test_a_look_ahead_does_not_change_the_stage_that_is_told() -> None:
    progress = Progress(threading.Event())
    progress.expect_clips(2, set())
    progress.tell("look", 0.5, 0)
    assert progress.stage == "look"
    progress.tell("render", 0.5, 0)
    before = progress.value
    progress.tell("look", 0.5, 1)
    assert progress.stage == "render"
    assert progress.value > before
