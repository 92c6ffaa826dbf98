"""The worker: jobs run through, overlap, fail with a reason, and leave nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from caller import Caller, Client, files_below, gone, make_caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.files.storage import LocalStorage
from klipfast_server.store import job_queue
from klipfast_server.store.database import Database
from pipeline.core.errors import Corrupt, NoSpeech


async def test_a_job_runs_through_and_leaves_only_its_clips(ada: Caller, config: Config) -> None:
    job_id = await ada.submit(30)
    job = await ada.until(job_id)
    assert job["status"] == "completed"
    assert [clip["title"] for clip in job["clips"]] == [f"The best moment {i}" for i in range(3)]
    data = config.server.data_dir
    assert len(files_below(data / "storage")) == 6
    await gone(data / "work" / job_id)


async def test_a_clip_is_visible_while_the_next_one_is_made(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    job = await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    assert job["status"] == "processing"
    assert job["text_outputs"] == {"twitter_thread": "", "linkedin_post": "", "blog_post": ""}
    engine.let_go("clip 1")
    assert (await ada.until(job_id))["status"] == "completed"


async def test_one_job_listens_while_another_encodes(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 0")
    first = await ada.submit(10)
    await reached(engine, "clip 0")
    engine.calls.clear()
    engine.reached.clear()
    await ada.submit(20)
    await reached(engine, "listen")
    assert (await ada.get(f"/api/v1/jobs/{first}"))["status"] == "processing"
    engine.let_go("clip 0")


async def test_a_slow_writer_holds_up_no_other_job(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("write")
    first = await ada.submit(10)
    await reached(engine, "write")
    engine.calls.clear()
    engine.reached.clear()
    await ada.submit(20)
    await reached(engine, "clip 1")
    assert (await ada.get(f"/api/v1/jobs/{first}"))["status"] == "processing"
    engine.let_go("write")
    assert (await ada.until(first))["status"] == "completed"


async def test_progress_only_rises_and_names_its_stage(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(20)
    waiting = await ada.until(job_id, lambda job: job["stage"] is not None)
    engine.hold("clip 1")
    engine.let_go("listen")
    rendering = await ada.until(job_id, lambda job: job["stage"] == "render")
    engine.let_go("clip 1")
    ended = await ada.until(job_id)
    assert waiting["progress"] < rendering["progress"] < ended["progress"] == 1.0
    assert ended["stage"] is None


async def test_a_clip_that_cannot_be_stored_whole_is_not_stored_at_all(
    ada: Caller, config: Config, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = storage.move

    def full(source: Path, target: Path) -> None:
        if target.suffix == ".jpg":
            raise OSError("No space left on device")
        move(source, target)

    monkeypatch.setattr(storage, "move", full)
    job = await ada.until(await ada.submit(10))
    assert (job["status"], job["error"]["code"]) == ("failed", "server_error")
    assert files_below(config.server.data_dir / "storage") == []


async def test_a_source_at_fault_fails_with_its_sentence(ada: Caller, engine: FakeEngine) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    job = await ada.until(await ada.submit(30))
    assert job["status"] == "failed"
    assert job["error"] == {
        "code": "unprocessable",
        "message": "Nobody talks in this video.",
        "reason": "no_speech",
    }
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0


async def test_a_moment_that_cannot_be_rendered_costs_its_own_clip_alone(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.errors["clip 1"] = Corrupt("The picture is damaged here.")
    job = await ada.until(await ada.submit(30))
    assert job["status"] == "completed"
    assert [clip["title"] for clip in job["clips"]] == ["The best moment 0", "The best moment 2"]
    assert job["text_outputs"]["blog_post"]


async def test_a_job_without_any_clip_fails_with_the_reason(
    ada: Caller, engine: FakeEngine
) -> None:
    for ordinal in range(2):
        engine.errors[f"clip {ordinal}"] = Corrupt("The picture is damaged here.")
    job = await ada.until(await ada.submit(20))
    assert job["status"] == "failed"
    assert job["error"] == {
        "code": "unprocessable",
        "message": "The picture is damaged here.",
        "reason": "corrupt",
    }


async def test_a_fault_of_ours_names_the_job_and_leaks_nothing(
    ada: Caller, engine: FakeEngine, config: Config
) -> None:
    engine.errors["clip 0"] = RuntimeError("/etc/secret.py line 12")
    job_id = await ada.submit(20)
    job = await ada.until(job_id)
    assert job["status"] == "failed"
    assert (job["error"]["code"], job["error"]["reason"]) == ("server_error", None)
    assert job_id in job["error"]["message"]
    assert "secret" not in job["error"]["message"]
    await gone(config.server.data_dir / "work" / job_id)


async def test_a_job_whose_plan_was_taken_out_of_the_settings_fails_and_says_so(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    lanes = msgspec.structs.replace(config.lanes, jobs=1)
    client = await serve(msgspec.structs.replace(config, lanes=lanes))
    assert client.app is not None
    db = client.app[app_keys.DATABASE]
    ada = await make_caller(client, account="ada")
    bob = await make_caller(client, account="bob")
    engine.hold("listen")
    first = await bob.submit(10)
    await bob.until(first, lambda job: job["status"] == "processing")
    job_id = await ada.submit(20)
    await db.pool.execute("UPDATE accounts SET plan = 'gone' WHERE name = 'ada'")
    engine.let_go("listen")
    await bob.until(first)
    async with asyncio.timeout(60):
        while await job_queue.status(db, job_id) != "failed":  # noqa: ASYNC110 (a row in a table)
            await asyncio.sleep(0.02)
    await db.pool.execute("UPDATE accounts SET plan = 'pro' WHERE name = 'ada'")
    error = (await ada.get(f"/api/v1/jobs/{job_id}"))["error"]
    assert error["code"] == "forbidden"
    assert "gone" in error["message"]


async def test_an_account_runs_no_more_jobs_at_once_than_its_plan_allows(
    client: Client, engine: FakeEngine
) -> None:
    bob = await make_caller(client, account="bob", plan="starter")
    ada = await make_caller(client, account="ada", plan="pro")
    engine.hold("clip 0")
    first = await bob.submit(10)
    await reached(engine, "clip 0")
    second = await bob.submit(20)
    other = await ada.submit(10)
    await ada.until(other, lambda job: job["status"] == "processing")
    assert (await bob.get(f"/api/v1/jobs/{second}"))["status"] == "queued"
    engine.let_go("clip 0")
    for caller, job_id in ((bob, first), (bob, second), (ada, other)):
        assert (await caller.until(job_id))["status"] == "completed"


@pytest.mark.own_server  # loses its connections
async def test_jobs_are_claimed_without_a_notice(ada: Caller, db: Database) -> None:
    await db.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
    )
    assert (await ada.until(await ada.submit(10)))["status"] == "completed"
