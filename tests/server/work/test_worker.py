"""The worker: jobs run through, overlap, stop, resume, fail with a reason, and leave nothing."""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, files_below, gone, make_caller
from fake_engine import FakeEngine
from pulses import looks, reached

from klipfast_server.api import app_keys
from klipfast_server.core import identifiers
from klipfast_server.core.config import Config
from klipfast_server.files.storage import LocalStorage
from klipfast_server.store import job_queue, uploads
from klipfast_server.store.database import Database
from klipfast_server.store.job_queue import ClaimedJob, LeaseLost
from klipfast_server.webhooks.outbox import Outbox
from pipeline.core.control import Control
from pipeline.core.data import Clip, Highlight, Options, Talk, Texts, TranscriptChunk
from pipeline.core.errors import Canceled, Corrupt, NoSpeech


async def test_a_job_runs_through_and_leaves_only_its_clips(ada: Caller, config: Config) -> None:
    job_id = await ada.submit(30)
    job = await ada.until(job_id)
    assert job["status"] == "completed"
    assert [clip["title"] for clip in job["clips"]] == [f"The best moment {i}" for i in range(3)]
    data = config.server.data_dir
    assert len(files_below(data / "storage")) == 6
    assert files_below(data / "work") == []


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


async def test_canceling_stops_the_stage_and_removes_the_clips(
    ada: Caller, engine: FakeEngine, config: Config
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    job = await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    clip_id = job["clips"][0]["clip_id"]
    canceled = await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    assert canceled["status"] == "canceled"
    assert canceled["clips"] == []
    await ada.get(f"/api/v1/clips/{clip_id}", status=404)
    # The next job gets the encoder's lane, so the held stage has really ended.
    assert (await ada.until(await ada.submit(10)))["status"] == "completed"
    assert not (config.server.data_dir / "storage" / "clips" / job_id).exists()
    assert not (config.server.data_dir / "work" / job_id).exists()
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == round(10 / 60, 2)


@pytest.fixture
def storage(client: Client) -> LocalStorage:
    """The running server's folder."""
    assert client.app is not None
    found = client.app[app_keys.STORAGE]
    assert isinstance(found, LocalStorage)
    return found


async def test_a_job_canceled_while_a_clip_is_stored_leaves_nothing_of_it(
    ada: Caller, config: Config, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    move, put, runs = storage.move, storage.put, list[asyncio.Task[Any]]()

    async def noted(path: Path, key: str) -> None:
        task = asyncio.current_task()
        assert task is not None
        runs.append(task)
        await put(path, key)

    def slow(source: Path, target: Path) -> None:
        begun.set()
        go_on.wait(10)  # as on a disk that takes its time; threads cannot be stopped
        move(source, target)

    monkeypatch.setattr(storage, "move", slow)
    monkeypatch.setattr(storage, "put", noted)
    job_id = await ada.submit(10)
    assert await asyncio.to_thread(begun.wait, 10)
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    async with asyncio.timeout(10):
        while not any(run.cancelling() for run in runs):  # noqa: ASYNC110 (a task tells nobody)
            await asyncio.sleep(0.01)
    go_on.set()
    await gone(config.server.data_dir / "work" / job_id)
    assert files_below(config.server.data_dir / "storage") == []
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0


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


async def test_files_of_the_worker_that_took_a_job_over_are_not_deleted(
    ada: Caller,
    engine: FakeEngine,
    db: Database,
    storage: LocalStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both workers store a clip under the same key."""

    def broken(_source: Path, _target: Path) -> None:
        raise OSError("Input/output error")

    engine.hold("clip 0")
    job_id = await ada.submit(10)
    await reached(engine, "clip 0")
    await db.pool.execute(
        "UPDATE jobs SET lease_owner = 'worker_other', lease_until = now() + interval '1 hour' "
        "WHERE job_id = $1",
        job_id,
    )
    assert ada.client.app is not None
    data = ada.client.app[app_keys.CONFIG].server.data_dir
    theirs = data / "storage/clips" / job_id / f"{identifiers.clip_id(job_id, 0)}.mp4"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("a clip of the other worker")
    monkeypatch.setattr(storage, "move", broken)
    engine.let_go("clip 0")
    await gone(data / "work" / job_id)
    assert theirs.exists()
    assert await db.pool.fetchval("SELECT count(*) FROM trash") == 0


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
    assert files_below(config.server.data_dir / "work") == []


async def expire(db: Database, job_id: str) -> None:
    """As if whoever holds the job had given no sign of life for a while."""
    await db.pool.execute(
        "UPDATE jobs SET lease_owner = 'lease_gone', lease_until = now() - interval '1 second' "
        "WHERE job_id = $1",
        job_id,
    )


async def test_a_job_whose_lease_ran_out_is_started_again_and_only_the_later_start_counts(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    await reached(engine, "clip 1")
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    for _ in range(config.lanes.attempts - 1):
        engine.reached.clear()
        await expire(db, job_id)
        await reached(engine, "clip 1")  # again, by another start
    assert engine.calls == ["listen", "clip 0", *["clip 1"] * config.lanes.attempts]
    engine.let_go("clip 1")
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("completed", 3)
    assert engine.calls[-2:] == ["clip 2", "write"]
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0.5


async def test_a_job_of_a_stopped_server_goes_on_and_makes_no_clip_twice(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    client = await serve(config)
    ada = await make_caller(client)
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    before = await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await client.close()
    engine.calls.clear()
    engine.let_go("clip 1")
    ada = Caller(client=await serve(config), key=ada.key)
    after = await ada.until(job_id)
    assert after["status"] == "completed"
    assert engine.calls == ["clip 1", "clip 2", "write"]  # nothing was heard or rendered again
    ids = [clip["clip_id"] for clip in after["clips"]]
    assert ids == [identifiers.clip_id(job_id, ordinal) for ordinal in range(3)]
    assert ids[0] == before["clips"][0]["clip_id"]
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0.5


@pytest.mark.parametrize(("later", "heard"), [("20", 2), ("30 another", 2), ("30", 1)])
async def test_what_was_heard_counts_only_while_the_url_leads_to_the_same_file(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]],
    *,
    later: str,
    heard: int,
) -> None:
    lengths = ["30", "30", later]  # looked at when handed in, then fetched twice

    async def source(_: web.Request) -> web.Response:
        return web.Response(body=f"seconds {lengths.pop(0)}".encode(), content_type="video/mp4")

    app = web.Application()
    app.router.add_get("/talk.mp4", source)
    url = str((await aiohttp_server(app)).make_url("/talk.mp4"))
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    client = await serve(msgspec.structs.replace(config, sources=sources))
    assert client.app is not None
    ada = await make_caller(client)
    engine.hold("clip 1")
    job_id = (await ada.post("/api/v1/process", {"video_url": url}, 202))["job_id"]
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    engine.reached.clear()
    await expire(client.app[app_keys.DATABASE], job_id)
    await reached(engine, "clip 1")
    engine.let_go("clip 1")
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == (
        "completed",
        int(later.split(maxsplit=1)[0]) // 10,
    )
    assert (engine.calls.count("listen"), engine.calls.count("clip 0")) == (heard, heard)
    files = files_below(config.server.data_dir / "storage")
    assert len(files) == 2 * len(job["clips"])


STORED = """
    SELECT j.source, j.duration_s, j.language, j.texts, j.status::text, t.talk,
        array(SELECT part FROM heard h WHERE h.job_id = j.job_id) AS heard,
        array(SELECT clip_id FROM clips c WHERE c.job_id = j.job_id) AS clips
    FROM jobs j LEFT JOIN talks t USING (job_id) WHERE j.job_id = $1
"""


@pytest.mark.parametrize("stage", ["listen", "clip 0", "write"])
async def test_a_worker_that_lost_its_lease_changes_nothing(
    ada: Caller, engine: FakeEngine, db: Database, stage: str
) -> None:
    engine.hold(stage)
    job_id = await ada.submit(10)
    await reached(engine, stage)
    await db.pool.execute(
        "UPDATE jobs SET lease_owner = 'worker_other', lease_until = now() + interval '1 hour' "
        "WHERE job_id = $1",
        job_id,
    )
    # What the new owner has transcribed so far.
    await db.pool.execute("INSERT INTO heard VALUES ($1, 0, '{}') ON CONFLICT DO NOTHING", job_id)
    before = await db.pool.fetchrow(STORED, job_id)
    engine.calls.clear()
    engine.let_go(stage)
    other = await ada.submit(20)
    assert (await ada.until(other))["status"] == "completed"
    assert await db.pool.fetchrow(STORED, job_id) == before
    assert engine.calls == ["listen", "clip 0", "clip 1", "write"]  # of the other job alone


async def test_no_write_goes_through_without_the_lease(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    await reached(engine, "listen")
    row = await db.pool.fetchrow(
        "SELECT job_id, account_id, video_url, options::text, attempts FROM jobs WHERE job_id = $1",
        job_id,
    )
    assert row is not None
    job = ClaimedJob(**row, lease_owner="lease_another", plan="pro", rerender_of=None)
    folder = config.server.data_dir
    source = folder / "seconds"
    source.write_text("seconds 10")
    calm = FakeEngine()
    talk = calm.listen(source, options=Options(), work_dir=folder, control=Control())
    clip = calm.make_clip(
        talk, talk.highlights[0], options=Options(), stem=folder / "clip", control=Control()
    )
    outbox = Outbox(db, LocalStorage(folder, b""), config)
    part = TranscriptChunk(key="", first=0, windows=1, language="en", words=())
    writes = {
        "set_progress": job_queue.set_progress(db, job, stage="x", progress=1.0, lease_s=9.0),
        "set_source": job_queue.set_source(
            db, job, uploads.source_info(talk.source), fetched_s=None
        ),
        "put_heard": job_queue.put_heard(db, job, part),
        "put_talk": job_queue.put_talk(db, job, talk, source_sha256=b"", listened_s=1.0),
        "count_only": job_queue.count_only(db, job, 1.0, unheard_s=9.0),
        "drop_clips": job_queue.drop_clips(db, job, "clips/job_1"),
        "add_clip": job_queue.add_clip(
            db,
            job,
            0,
            talk=talk,
            clip=clip,
            keys=("a", "b", None),
            size_bytes=1,
            retention_days=1,
            encoded_s=1.0,
            outbox=outbox,
        ),
        "finish": job_queue.finish(
            db,
            config,
            job,
            Texts(twitter_thread="", linkedin_post="", blog_post=""),
            wrote_s=1.0,
            outbox=outbox,
        ),
        "fail": job_queue.fail(db, job, "server_error", "", reason=None, outbox=outbox),
    }
    taking_a_claim = {
        name
        for name, function in inspect.getmembers(job_queue, inspect.iscoroutinefunction)
        if "job" in inspect.signature(function).parameters
    }
    others = {"check_minutes", "is_held", "release"}  # read only, or nothing to lose
    assert set(writes) == taking_a_claim - others
    before = await db.pool.fetchrow(STORED, job_id)
    for write in writes.values():
        with pytest.raises(LeaseLost):
            await write
    assert await db.pool.fetchrow(STORED, job_id) == before
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"


async def test_a_job_keeps_its_lease_through_a_trouble_of_the_database(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    lanes = msgspec.structs.replace(config.lanes, lease_s=1.5)
    client = await serve(msgspec.structs.replace(config, lanes=lanes))
    assert client.app is not None
    pool = client.app[app_keys.DATABASE].pool
    ada = await make_caller(client)
    engine.hold("listen")
    job_id = await ada.submit(10)
    await ada.until(job_id, lambda job: job["stage"] == "probe")
    await pool.execute("ALTER TABLE jobs RENAME TO hidden")  # any error that is no lost connection
    async with asyncio.timeout(10):
        while "heartbeat failed" not in caplog.text:  # noqa: ASYNC110 (a log tells nobody)
            await asyncio.sleep(0.01)
    lease_until = await pool.fetchval("SELECT lease_until FROM hidden WHERE job_id = $1", job_id)
    await pool.execute("ALTER TABLE hidden RENAME TO jobs")
    async with asyncio.timeout(10):  # until that lease would have run out
        while not await pool.fetchval("SELECT now() > $1::timestamptz", lease_until):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await looks(client.app[app_keys.CLAIMING])  # and the job would be claimed
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"
    assert engine.calls.count("listen") == 1


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
    async with asyncio.timeout(5):
        while await job_queue.status(db, job_id) != "failed":  # noqa: ASYNC110 (a row in a table)
            await asyncio.sleep(0.02)
    await db.pool.execute("UPDATE accounts SET plan = 'pro' WHERE name = 'ada'")
    error = (await ada.get(f"/api/v1/jobs/{job_id}"))["error"]
    assert error["code"] == "forbidden"
    assert "gone" in error["message"]


async def test_a_job_that_kills_every_worker_fails_after_its_attempts(
    ada: Caller, engine: FakeEngine, db: Database, config: Config
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    await reached(engine, "listen")
    await db.pool.execute(
        "UPDATE jobs SET attempts = $2, lease_owner = 'worker_gone', "
        "lease_until = now() - interval '1 second' WHERE job_id = $1",
        job_id,
        config.lanes.attempts,
    )
    job = await ada.until(job_id)
    assert job["status"] == "failed"
    assert "all 3 attempts" in job["error"]["message"]


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


async def test_a_queued_job_can_be_canceled_before_it_starts(
    client: Client, engine: FakeEngine
) -> None:
    bob = await make_caller(client, account="bob", plan="starter")
    engine.hold("listen")
    await bob.submit(10)
    await reached(engine, "listen")
    queued = await bob.submit(20)
    canceled = await bob.post(f"/api/v1/jobs/{queued}/cancel")
    assert (canceled["status"], canceled["started_at"]) == ("canceled", None)


async def test_a_job_canceled_while_it_waits_for_the_lane_makes_room_at_once(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    lanes = msgspec.structs.replace(config.lanes, jobs=2)
    ada = await make_caller(await serve(msgspec.structs.replace(config, lanes=lanes)))
    engine.hold("listen")
    long = await ada.submit(100)
    await reached(engine, "listen")
    waiting, queued = await ada.submit(20), await ada.submit(30)
    await ada.until(waiting, lambda job: job["stage"] == "probe")
    await ada.post(f"/api/v1/jobs/{waiting}/cancel")
    await ada.until(queued, lambda job: job["stage"] == "probe", patience_s=3)
    assert not (config.server.data_dir / "work" / waiting).exists()
    assert (await ada.get(f"/api/v1/jobs/{long}"))["status"] == "processing"
    engine.let_go("listen")
    assert (await ada.until(queued))["status"] == "completed"
    assert engine.calls.count("listen") == 2  # never for the canceled one


async def test_a_stopping_server_hands_a_waiting_job_on_without_waiting_for_the_lane(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, end = threading.Event(), threading.Event()

    def deaf(*_: object, **__: object) -> None:
        begun.set()
        end.wait(10)
        raise Canceled

    monkeypatch.setattr(engine, "listen", deaf)
    server = msgspec.structs.replace(config.server, shutdown_grace_s=0.3)
    client = await serve(msgspec.structs.replace(config, server=server))
    ada = await make_caller(client)
    await ada.submit(100)
    assert await asyncio.to_thread(begun.wait, 5)
    waiting = await ada.submit(20)
    await ada.until(waiting, lambda job: job["stage"] == "probe")
    await client.close()
    end.set()
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow(
        "SELECT attempts, lease_until < now() AS free FROM jobs WHERE job_id = $1", waiting
    )
    await connection.close()
    assert row is not None
    assert dict(row) == {"attempts": 0, "free": True}


async def test_a_job_that_is_claimed_while_the_server_stops_is_handed_on(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim, claimed, go_on = job_queue.claim, asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **named: Any) -> ClaimedJob | None:
        job = await claim(*args, **named)
        if job is not None:
            claimed.set()
            await go_on.wait()  # as if the answer to the commit were on its way
        return job

    monkeypatch.setattr(job_queue, "claim", slow)
    client = await serve(config)
    ada = await make_caller(client)
    job_id = await ada.submit(10)
    await claimed.wait()
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0.2)
    go_on.set()
    await closing
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow(
        "SELECT attempts, lease_until < now() AS free FROM jobs WHERE job_id = $1", job_id
    )
    await connection.close()
    assert row is not None
    assert dict(row) == {"attempts": 0, "free": True}


async def test_what_a_canceled_job_made_is_removed_though_the_server_stops(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, end = threading.Event(), threading.Event()
    make_clip = engine.make_clip

    def late(
        talk: Talk, highlight: Highlight, *, options: Options, stem: Path, **_: object
    ) -> Clip:
        begun.set()
        end.wait(10)
        return make_clip(talk, highlight, options=options, stem=stem, control=Control())

    monkeypatch.setattr(engine, "make_clip", late)
    client = await serve(config)
    ada = await make_caller(client)
    job_id = await ada.submit(10)
    assert await asyncio.to_thread(begun.wait, 5)
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    closing = asyncio.create_task(client.close())
    assert client.app is not None
    async with asyncio.timeout(10):  # until the run is told to hand its job on as well
        while client.app[app_keys.CLAIMING].is_well:  # noqa: ASYNC110 (the worker stops with its loop)
            await asyncio.sleep(0.01)
    end.set()
    await closing
    assert files_below(config.server.data_dir / "storage") == []


async def test_work_folders_of_killed_processes_are_swept_at_the_start(
    serve: Callable[[Config], Awaitable[Client]], config: Config
) -> None:
    orphan = config.server.data_dir / "work" / "job_gone"
    orphan.mkdir(parents=True)
    (orphan / "source").write_text("left behind")
    await serve(config)
    assert not orphan.exists()


async def test_jobs_are_claimed_without_a_notice(ada: Caller, db: Database) -> None:
    await db.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
    )
    assert (await ada.until(await ada.submit(10)))["status"] == "completed"
