"""Texts are written while the clips are made."""

import threading

from caller import Caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.work.progress import Progress


async def test_texts_are_written_while_clips_are_made(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 0")
    job_id = await ada.submit(20)
    await reached(engine, "clip 0")
    await reached(engine, "write")
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["stage"] != "write"
    engine.let_go("clip 0")
    assert (await ada.until(job_id))["status"] == "completed"
    assert engine.calls.count("write") == 1


async def test_clips_do_not_wait_for_slow_texts(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("write")
    job_id = await ada.submit(20)
    await reached(engine, "write")
    job = await ada.until(job_id, lambda job: job["stage"] == "write")
    assert len(job["clips"]) == 2
    assert job["progress"] < 1.0
    engine.let_go("write")
    assert (await ada.until(job_id))["text_outputs"]["twitter_thread"]


async def test_a_canceled_job_stops_both(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 0")
    engine.hold("write")
    job_id = await ada.submit(20)
    await reached(engine, "clip 0")
    await reached(engine, "write")
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    for name in ("clip 0", "write"):
        engine.let_go(name)
    assert (await ada.done(20))["status"] == "completed"
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "canceled"


async def test_progress_never_jumps_when_texts_are_there_before_the_clips() -> None:
    progress = Progress(threading.Event())
    progress.expect_clips(2, set())
    progress.tell("render", 0.5, 0)
    before = progress.value
    progress.tell("write", 1.0)
    assert progress.stage == "render"
    assert before < progress.value < before + 0.03
    progress.tell("render", 1.0, 0)
    progress.tell("render", 1.0, 1)
    progress.end_clips()
    assert (progress.stage, round(progress.value, 6)) == ("write", 1.0)
