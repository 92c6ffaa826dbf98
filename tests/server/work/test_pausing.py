"""Jobs that wait: paused ones until they are resumed, urgent ones before the account's others."""

import logging

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database


async def test_a_paused_job_goes_on_where_it_was(
    ada: Caller, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await reached(engine, "clip 1")
    caplog.set_level(logging.INFO)
    paused = await ada.post(f"/api/v1/jobs/{job_id}/pause")
    assert (paused["status"], paused["estimated_seconds"]) == ("queued", None)
    assert paused["paused_at"] is not None
    assert len(paused["clips"]) == 1
    assert (await ada.post(f"/api/v1/jobs/{job_id}/pause", None, 409))["job_id"] == job_id
    other = await ada.until(await ada.submit(10))  # the place is free
    assert other["status"] == "completed"
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "queued"
    engine.let_go("clip 1")
    assert ("job paused" in caplog.text, "lease lost" in caplog.text) == (True, False)
    answer = await ada.post(f"/api/v1/jobs/{job_id}/resume", None, 202)
    assert answer["estimated_seconds"] >= 1
    job = await ada.until(job_id)
    assert (job["status"], job["paused_at"], len(job["clips"])) == ("completed", None, 3)
    assert engine.calls.count("listen") == 2
    assert engine.calls.count("clip 0") == 2  # once for each of the two jobs
    for call in ("pause", "resume"):
        await ada.post(f"/api/v1/jobs/{job_id}/{call}", None, 409)


async def test_a_paused_job_can_be_canceled_and_retried(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    await reached(engine, "listen")
    await ada.post(f"/api/v1/jobs/{job_id}/pause")
    engine.let_go("listen")
    canceled = await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    assert canceled["status"] == "canceled"
    await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202)
    assert (await ada.until(job_id))["status"] == "completed"


async def test_urgent_jobs_start_first_but_only_among_the_accounts_own(
    ada: Caller, client: Client, engine: FakeEngine, db: Database, config: Config
) -> None:
    bob = await make_caller(client, account="bob", plan="business")
    engine.hold("listen")
    running = [await ada.submit(10, clip_count=n) for n in range(1, config.lanes.jobs_at_once + 1)]
    for job_id in running:
        await ada.until(job_id, lambda job: job["status"] == "processing")
    low = await ada.submit(11, priority="low")
    normal = await ada.submit(12)
    his = await bob.submit(13, priority="low")
    high = await ada.submit(14, priority="high")
    engine.let_go("listen")
    for caller, job_id in ((ada, low), (ada, normal), (bob, his), (ada, high)):
        assert (await caller.until(job_id))["status"] == "completed"
    rows = await db.pool.fetch(
        "SELECT job_id FROM jobs WHERE job_id = ANY ($1::text[]) ORDER BY started_at",
        [low, normal, high, his],
    )
    found = [row["job_id"] for row in rows]
    assert found.index(high) < found.index(normal) < found.index(low)
    assert found.index(his) < found.index(low)  # his turn came, however low he put it
