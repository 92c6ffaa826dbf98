"""Canceled jobs end at once, and a server that stops hands its jobs on."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from caller import Caller, Client, files_below, gone, make_caller
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.files.storage import LocalStorage
from klipfast_server.store.queue import job_queue
from klipfast_server.store.queue.job_queue import ClaimedJob
from pipeline.core.control import Control
from pipeline.core.data import Clip, Highlight, Options, Talk
from pipeline.core.errors import Canceled


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
    async with asyncio.timeout(60):
        while not any(run.cancelling() for run in runs):  # noqa: ASYNC110 (a task tells nobody)
            await asyncio.sleep(0.01)
    go_on.set()
    await gone(config.server.data_dir / "work" / job_id)
    assert files_below(config.server.data_dir / "storage") == []
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0


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
    await ada.until(queued, lambda job: job["stage"] == "probe")
    await gone(config.server.data_dir / "work" / waiting)
    assert (await ada.get(f"/api/v1/jobs/{long}"))["status"] == "processing"
    engine.let_go("listen")
    assert (await ada.until(queued))["status"] == "completed"
    assert engine.calls.count("listen") == 2  # never for the canceled one


async def is_handed_on(database_url: str, job_id: str) -> bool:
    """Whether another server may take a job at once, and its start here does not count."""
    connection = await asyncpg.connect(database_url)
    row = await connection.fetchrow(
        "SELECT attempts, lease_until < now() AS free FROM jobs WHERE job_id = $1", job_id
    )
    await connection.close()
    return row is not None and dict(row) == {"attempts": 0, "free": True}


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
    assert await is_handed_on(database_url, waiting)


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
    assert await is_handed_on(database_url, job_id)


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
    async with asyncio.timeout(60):  # until the run is told to hand its job on as well
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
