"""One estimate of the queue serves all requests of a moment, and is never wrong about a job."""

import asyncio
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine
from pulses import PATIENCE_S

from klipfast_server.app import PLACEMENT
from klipfast_server.store import faults
from klipfast_server.store.database import Database
from klipfast_server.store.estimates import estimate
from klipfast_server.store.estimates.estimate import Capacity
from klipfast_server.work.placement import Here

ASKED = 50  # requests at once
MOMENT_S = 0.6  # more than an estimate may be old


class Counted:
    """Estimates a queue as the server does, and counts how often; waits or fails while told to."""

    def __init__(self) -> None:
        self.times, self.is_failing = 0, False
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._real = estimate.left_s

    async def __call__(self, *of: Any) -> dict[str, float]:
        self.times += 1
        await asyncio.sleep(0.1)
        await self.may_end.wait()
        if self.is_failing:
            raise faults.LOST[0]("gone")
        return await self._real(*of)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Every estimate that is made for a request that reads."""
    estimates = Counted()
    monkeypatch.setattr(estimate, "left_s", estimates)
    return estimates


async def listed(caller: Caller) -> dict[str, int | None]:
    """The estimated seconds of each job in the list."""
    page = await caller.get("/api/v1/jobs")
    return {job["job_id"]: job["estimated_seconds"] for job in page["jobs"]}


async def test_one_estimate_serves_all_who_ask_in_a_moment(
    ada: Caller, engine: FakeEngine, counted: Counted
) -> None:
    engine.hold("listen")
    job_ids = [await ada.submit(30), await ada.submit(60)]
    paths = [f"/api/v1/jobs/{job_id}" for job_id in job_ids]
    answers = await asyncio.gather(*(ada.get(paths[number % 2]) for number in range(ASKED)))
    assert {answer["job_id"] for answer in answers} == set(job_ids)
    assert all(answer["estimated_seconds"] > 0 for answer in answers)
    assert counted.times < ASKED / 10
    engine.let_go("listen")


async def test_a_new_job_is_estimated_at_once_and_a_paused_or_ended_one_no_more(
    ada: Caller, engine: FakeEngine, counted: Counted
) -> None:
    engine.hold("listen")
    first, second = await ada.submit(30), await ada.submit(60)
    assert set(await listed(ada)) == {first, second}
    third = await ada.submit(90)  # within the same moment
    left_s = await listed(ada)
    assert (left_s[third] or 0) >= (left_s[second] or 0) > 0
    paused = await ada.post(f"/api/v1/jobs/{second}/pause")
    assert paused["estimated_seconds"] is None
    await ada.post(f"/api/v1/jobs/{third}/cancel")
    left_s = await listed(ada)
    assert left_s[first] is not None
    assert (left_s[second], left_s[third]) == (None, None)
    times = counted.times
    for _ in range(5):
        assert (await ada.get(f"/api/v1/jobs/{second}"))["estimated_seconds"] is None
    assert counted.times == times  # nothing to estimate
    engine.let_go("listen")


async def test_an_estimate_grows_old(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    first, second = await ada.submit(300), await ada.submit(30)
    before = await listed(ada)
    await ada.post(f"/api/v1/jobs/{first}/cancel")
    await asyncio.sleep(MOMENT_S)
    after = await listed(ada)
    assert 0 < (after[second] or 0) < (before[second] or 0)  # the recognizer is free
    engine.let_go("listen")


async def test_an_account_is_not_held_while_the_queue_is_estimated(
    ada: Caller, engine: FakeEngine, counted: Counted, db: Database
) -> None:
    engine.hold("listen")
    videos = [(await ada.upload(b"seconds %d" % length))["video_url"] for length in (20, 30)]
    counted.may_end.clear()
    bodies = [{"video_url": url} for url in videos]
    asking = [asyncio.create_task(ada.post("/api/v1/process", body, 202)) for body in bodies]
    async with asyncio.timeout(PATIENCE_S):
        while await db.pool.fetchval("SELECT count(*) FROM jobs") < len(asking):  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.02)
    assert not any(task.done() for task in asking)
    counted.may_end.set()
    assert all(answer["estimated_seconds"] > 0 for answer in await asyncio.gather(*asking))
    engine.let_go("listen")


async def test_an_estimate_counts_all_machines(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_ids = [await ada.submit(length) for length in (3000, 3010, 3020)]
    alone = await listed(ada)
    placement = ada.app[PLACEMENT]
    assert isinstance(placement, Here)
    placement.capacity = Capacity(listeners=3, encoders=3, jobs=9)
    await asyncio.sleep(MOMENT_S)
    together = await listed(ada)
    assert (together[job_ids[2]] or 0) < (alone[job_ids[2]] or 0) * 0.6
    engine.let_go("listen")


async def test_all_who_wait_hear_of_a_lost_database_once_and_the_next_are_answered(
    ada: Caller, engine: FakeEngine, counted: Counted
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    await asyncio.sleep(MOMENT_S)
    counted.is_failing = True
    answers = await asyncio.gather(
        *(ada.call("GET", f"/api/v1/jobs/{job_id}") for _ in range(ASKED))
    )
    assert {answer.status for answer in answers} == {503}
    assert counted.times < ASKED / 10
    counted.is_failing = False
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["estimated_seconds"] > 0
    engine.let_go("listen")
