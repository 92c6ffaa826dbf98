"""An edit, which somebody waits for, waits for nobody else's talk, clips or texts."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.core.config import Config
from klipfast_server.work import stage_watch
from klipfast_server.work.stage_watch import StageWatch

SPAN = {"start_seconds": 2, "end_seconds": 18}


async def edited(caller: Caller, job_id: str, clip_id: str) -> list[str]:
    """Ask for a render, a span and a reel of a talk; return their jobs."""
    asked = [
        (f"/api/v1/clips/{clip_id}/renders", {"title": "Once more"}),
        (f"/api/v1/jobs/{job_id}/clips", SPAN),
        (f"/api/v1/jobs/{job_id}/reels", {}),
    ]
    return [(await caller.post(path, body, 202))["job_id"] for path, body in asked]


@pytest.mark.parametrize("held", ["listen", "write"])
async def test_edits_are_made_while_other_talks_are_heard_or_written(
    serve: Callable[..., Awaitable[Client]], config: Config, engine: FakeEngine, held: str
) -> None:
    """All places are taken: the server's, the account's, the listening and the writing lane."""
    lanes = msgspec.structs.replace(config.lanes, jobs=2)
    client = await serve(msgspec.structs.replace(config, lanes=lanes))
    ada, bob = [await make_caller(client, account=name, plan="starter") for name in ("ada", "bob")]
    job = await ada.done(40)
    engine.hold(held)
    long = [await ada.submit(50), await bob.submit(60)]
    await reached(engine, held)
    for job_id in await edited(ada, job["job_id"], job["clips"][0]["clip_id"]):
        made = await ada.until(job_id, patience_s=20.0)
        assert (made["status"], made["clip_count"]) == ("completed", 1)
    assert (await ada.get(f"/api/v1/jobs/{long[0]}"))["status"] == "processing"
    engine.let_go(held)
    for caller, job_id in zip((ada, bob), long, strict=True):
        assert (await caller.until(job_id))["status"] == "completed"


async def test_the_clip_of_an_edit_is_made_while_others_are_encoded(
    ada: Caller, engine: FakeEngine
) -> None:
    job = await ada.done(70)
    [last] = [clip for clip in job["clips"] if clip["start_seconds"] == 60]
    engine.calls.clear()
    engine.reached.clear()
    engine.hold("clip 0")
    batch = await ada.submit(50)
    await reached(engine, "clip 0")
    edit = await ada.made(f"/api/v1/clips/{last['clip_id']}/renders", {"title": "Again"})
    assert edit["status"] == "completed"
    assert engine.made == ["listen", "clip 0", "clip 6"]
    engine.let_go("clip 0")
    assert (await ada.until(batch))["status"] == "completed"


async def test_edits_that_run_take_no_place_of_a_talk(
    serve: Callable[..., Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    """Neither the server's one place, nor the one of the account's plan."""
    lanes = msgspec.structs.replace(config.lanes, jobs=1)
    starter = msgspec.structs.replace(config.plans["starter"], parallel_jobs=1)
    plans = config.plans | {"starter": starter}
    client = await serve(msgspec.structs.replace(config, lanes=lanes, plans=plans))
    ada = await make_caller(client, account="ada", plan="starter")
    job = await ada.done(40)
    engine.reached.clear()
    engine.hold("clip 0")
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    edits = [(await ada.post(path, {"title": f"{n}"}, 202))["job_id"] for n in range(2)]
    await reached(engine, "clip 0")
    talk = await ada.submit(50)
    await reached(engine, "listen")
    engine.let_go("clip 0")
    for job_id in (*edits, talk):
        assert (await ada.until(job_id))["status"] == "completed"


@pytest.mark.parametrize(("cores", "edits", "rests"), [(2, 1, 1), (2, 0, 0), (8, 1, 0), (8, 2, 1)])
def test_other_stages_rest_where_edits_can_use_every_core(
    monkeypatch: pytest.MonkeyPatch, *, cores: int, edits: int, rests: int
) -> None:
    rested: list[float] = []
    monkeypatch.setattr(stage_watch, "cores", lambda: cores)
    monkeypatch.setattr(time, "sleep", rested.append)
    watch = StageWatch(stall_s=60.0)
    work = batch = watch.stage("job_batch", "listen", is_edit=False)
    call = batch.beat
    for number in range(edits):
        work = watch.stage(f"job_{number}", "clip", is_edit=True)
        call = partial(work.run, call)
    call()
    work.beat()
    assert rested == [stage_watch.REST_S] * rests
    batch.beat()  # they have ended
    assert len(rested) == rests
