"""Which job starts when, and what becomes of a process whose stage hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import msgspec
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from pulses import looks, reached

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database


async def impatient(
    serve: Callable[..., Awaitable[Client]], config: Config
) -> tuple[Client, asyncio.Event]:
    """(a server that takes half a second without a sign of life for a hang, its end)."""
    ended = asyncio.Event()
    lanes = msgspec.structs.replace(config.lanes, stall_s=0.5)
    client = await serve(msgspec.structs.replace(config, lanes=lanes), end_process=ended.set)
    return client, ended


async def test_a_stage_that_hangs_ends_the_server_and_costs_its_job_an_attempt(
    config: Config, engine: FakeEngine, serve: Callable[..., Awaitable[Client]]
) -> None:
    """Also if it returns in the end: a file that hangs for a while must not end every server."""
    client, ended = await impatient(serve, config)
    assert client.app is not None
    url = client.app[app_keys.DATABASE].url
    ada = await make_caller(client)
    engine.hang("clip 0")
    job_id = await ada.submit(10)
    async with asyncio.timeout(60):
        await ended.wait()
    answer = await client.get("/readyz")
    body = await answer.json()
    assert answer.status == 503
    assert (body["missing"], body["reason"]) == ("worker", "stage clip hangs")
    closing = asyncio.create_task(client.close())
    await client.app[app_keys.CLAIMING].died.wait()  # its tasks have ended: runs are told to stop
    await asyncio.sleep(0.1)
    engine.let_go("clip 0")
    await closing
    connection = await asyncpg.connect(url)
    attempts = await connection.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id)
    await connection.close()
    assert attempts == 1


async def test_a_long_stage_that_checks_its_control_does_not_hang(
    config: Config, engine: FakeEngine, serve: Callable[..., Awaitable[Client]]
) -> None:
    client, ended = await impatient(serve, config)
    ada = await make_caller(client)
    engine.hold("listen")
    job_id = await ada.submit(10)
    await reached(engine, "listen")
    await looks(client.app[app_keys.CLAIMING], 5)
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"
    assert not ended.is_set()


async def suspect(db: Database, job_id: str) -> None:
    """Make it a job whose server has died."""
    await db.pool.execute(
        "UPDATE jobs SET status = 'processing', attempts = 1, lease_owner = 'lease_dead', "
        "lease_until = now() - interval '1 second' WHERE job_id = $1",
        job_id,
    )


async def test_a_job_whose_server_died_runs_alone(
    serve: Callable[..., Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    """If it kills this server too, no other job pays with an attempt."""
    client = await serve(config)
    assert client.app is not None
    db, pulse = client.app[app_keys.DATABASE], client.app[app_keys.CLAIMING]
    ada, bob = await make_caller(client), await make_caller(client, account="bob")
    engine.hold("listen")
    running = await ada.submit(10)
    await reached(engine, "listen")
    crashed = await bob.submit(20)
    await suspect(db, crashed)
    waiting = await ada.submit(30)
    await looks(pulse)
    states = await db.pool.fetch("SELECT job_id, lease_until > now() AS held FROM jobs")
    assert {row["job_id"] for row in states if row["held"]} == {running}
    engine.let_go("listen")
    engine.hold("clip 1")  # the crashed job is the first with a second clip
    await reached(engine, "clip 1")
    assert (await ada.get(f"/api/v1/jobs/{running}"))["status"] == "completed"
    await looks(pulse)
    assert (await ada.get(f"/api/v1/jobs/{waiting}"))["status"] == "queued"
    engine.let_go("clip 1")
    assert (await bob.until(crashed))["status"] == "completed"
    assert (await ada.until(waiting))["status"] == "completed"


async def test_a_plan_of_more_weight_starts_more_jobs_and_starves_nobody(
    serve: Callable[..., Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    lanes = msgspec.structs.replace(config.lanes, jobs=1)
    plans = config.plans | {
        "pro": msgspec.structs.replace(config.plans["pro"], weight=4.0, requests_per_minute=10_000),
        "starter": msgspec.structs.replace(
            config.plans["starter"], weight=1.0, requests_per_minute=10_000
        ),
    }
    client = await serve(msgspec.structs.replace(config, lanes=lanes, plans=plans))
    assert client.app is not None
    ada = await make_caller(client, plan="starter")
    bob = await make_caller(client, account="bob", plan="pro")
    engine.hold("listen")
    jobs = [await ada.submit(10 + n) for n in range(5)]  # first come
    await reached(engine, "listen")
    jobs += [await bob.submit(10 + n) for n in range(12)]
    engine.let_go("listen")
    for job_id in jobs:
        await (ada if job_id in jobs[:5] else bob).until(job_id)
    started = await client.app[app_keys.DATABASE].pool.fetch(
        "SELECT job_id FROM jobs ORDER BY started_at"
    )
    whose = "".join("a" if row["job_id"] in jobs[:5] else "b" for row in started)
    assert whose == "aabbbbabbbbabbbba"  # four of Bob's for each of Ada's


async def test_a_job_of_an_upload_is_made_by_the_server_that_has_it(
    config: Config, tmp_path: Path, serve: Callable[..., Awaitable[Client]]
) -> None:
    elsewhere = msgspec.structs.replace(config.server, data_dir=tmp_path / "elsewhere")
    one = await make_caller(await serve(config), plan="business")
    other = Caller(
        client=await serve(msgspec.structs.replace(config, server=elsewhere)), key=one.key
    )
    job_ids = []
    for number, (keeps, asks) in enumerate([(one, other), (other, one)] * 3):
        upload = await keeps.upload(f"seconds {20 + number}".encode())
        body = {"video_url": upload["video_url"]}
        job_ids.append((await asks.post("/api/v1/process", body, 202))["job_id"])
    for job_id in job_ids:
        job = await one.until(job_id)
        assert job["status"] == "completed", job["error"]
