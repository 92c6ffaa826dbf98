"""The worker: jobs run through, overlap, fail with a reason, and leave nothing."""

import asyncio
import errno
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
from klipfast_server.store.database import Database
from klipfast_server.store.queue import job_queue
from pipeline.core.errors import Corrupt, DiskFull, NoSpeech

DISK_FULL = "The server's disk is full; try again later."


async def test_a_job_runs_through_and_leaves_only_its_clips(ada: Caller, config: Config) -> None:
    job_id = await ada.submit(30)
    job = await ada.until(job_id)
    assert job["status"] == "completed"
    assert [clip["title"] for clip in job["clips"]] == [f"The best moment {i}" for i in range(3)]
    data = config.server.data_dir
    assert len(files_below(data / "storage")) == 6
    await gone(data / "work" / job_id)


@pytest.mark.parametrize(
    ("held", "goes_on"), [("clip 0", "listen"), ("write", "clip 1")], ids=["encoder", "writer"]
)
async def test_a_slow_lane_holds_up_no_other(
    ada: Caller, engine: FakeEngine, held: str, goes_on: str
) -> None:
    engine.hold(held)
    first = await ada.submit(10)
    await reached(engine, held)
    engine.reached.clear()
    second = await ada.submit(20)
    await reached(engine, goes_on)
    assert (await ada.get(f"/api/v1/jobs/{first}"))["status"] == "processing"
    engine.let_go(held)
    for job_id in (first, second):
        assert (await ada.until(job_id))["status"] == "completed"


async def test_progress_rises_with_each_stage_and_clips_are_there_at_once(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(20)
    waiting = await ada.until(job_id, lambda job: job["stage"] is not None)
    engine.hold("clip 1")
    engine.let_go("listen")
    # a clip is stored at once, the stage with the next sign of life
    rendering = await ada.until(
        job_id, lambda job: len(job["clips"]) == 1 and job["stage"] == "render"
    )
    assert rendering["status"] == "processing"
    assert set(rendering["text_outputs"].values()) == {""}
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


DAMAGED = Corrupt("The picture is damaged here.")


@pytest.mark.parametrize(
    ("calls", "error", "code", "message", "reason"),
    [
        (["listen"], NoSpeech("Nobody talks."), "unprocessable", "Nobody talks.", "no_speech"),
        (["clip 0", "clip 1"], DAMAGED, "unprocessable", str(DAMAGED), "corrupt"),
        (["clip 1"], DiskFull(), "server_error", DISK_FULL, None),
    ],
    ids=["source", "no clip", "disk"],
)
async def test_a_job_that_fails_says_why_and_costs_nothing(
    ada: Caller,
    engine: FakeEngine,
    *,
    calls: list[str],
    error: Exception,
    code: str,
    message: str,
    reason: str | None,
) -> None:
    engine.errors = dict.fromkeys(calls, error)
    job = await ada.until(await ada.submit(20))
    assert job["status"] == "failed"
    assert job["error"] == {"code": code, "message": message, "reason": reason}
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0


async def test_a_disk_that_is_full_for_the_server_itself_is_told_as_such(
    ada: Caller, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "move", full)
    job = await ada.until(await ada.submit(20))
    assert (job["status"], job["error"]["message"]) == ("failed", DISK_FULL)


@pytest.mark.parametrize("call", ["clip 1", "look 10"])
async def test_a_moment_that_cannot_be_looked_at_or_rendered_costs_its_own_clip_alone(
    ada: Caller, engine: FakeEngine, call: str
) -> None:
    engine.errors[call] = DAMAGED
    job = await ada.until(await ada.submit(30))
    assert job["status"] == "completed"
    assert [clip["title"] for clip in job["clips"]] == ["The best moment 0", "The best moment 2"]
    assert [warning["code"] for warning in job["warnings"]] == ["clips_lost"]
    assert job["text_outputs"]["blog_post"]


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
