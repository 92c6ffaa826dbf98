"""A draining server finishes what it has begun, starts nothing, and goes on answering."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
import msgspec
from aiohttp.test_utils import unused_port
from caller import Client, make_caller
from fake_engine import FakeEngine
from pulses import looks

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config

from .conftest import Operate

Serve = Callable[[Config], Awaitable[Client]]


async def test_drain_waits_for_what_runs_and_resume_starts_what_waits(
    serve: Serve, config: Config, engine: FakeEngine, operate: Operate
) -> None:
    port = unused_port()
    server = msgspec.structs.replace(config.server, metrics_port=port)
    client = await serve(msgspec.structs.replace(config, server=server))
    ada = await make_caller(client, account="ada", plan="business")
    engine.hold("clip 1")
    running = await ada.submit(seconds=30)
    await ada.until(running, lambda job: job["status"] == "processing")
    assert await (await client.get("/readyz")).json() == {"status": "ok"}
    started = await operate(config, "drain")
    assert started.stdout == "draining: 1 in work, 0 waiting\n"
    ready = await client.get("/readyz")
    assert (ready.status, await ready.json()) == (200, {"status": "ok", "draining": True})
    async with aiohttp.ClientSession() as session:
        scraped = await session.get(f"http://127.0.0.1:{port}/metrics")
        assert "klipfast_draining 1.0" in await scraped.text()
    waiting = await ada.submit(seconds=20)  # a client notices nothing but the wait
    drained = asyncio.ensure_future(operate(config, "drain", "--wait"))
    await asyncio.sleep(5)  # as long as the command takes to start, and some looks at the queue
    assert not drained.done()
    assert (await ada.get(f"/api/v1/jobs/{waiting}"))["status"] == "queued"
    engine.let_go("clip 1")
    assert (await ada.until(running))["status"] == "completed"
    done = await drained
    assert (done.returncode, done.stdout) == (0, "draining: 0 in work, 1 waiting\n")
    assert client.app is not None
    await looks(client.app[app_keys.CLAIMING])
    assert (await ada.get(f"/api/v1/jobs/{waiting}"))["status"] == "queued"
    resumed = await operate(config, "resume")
    assert resumed.stdout == "jobs start again\n"
    assert (await ada.until(waiting))["status"] == "completed"
    assert await (await client.get("/readyz")).json() == {"status": "ok"}


async def test_a_server_that_starts_again_goes_on_draining(
    serve: Serve, config: Config, engine: FakeEngine, operate: Operate
) -> None:
    first = await serve(config)
    ada = await make_caller(first, account="ada", plan="business")
    engine.hold("clip 1")
    job_id = await ada.submit(seconds=30)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    await operate(config, "drain")
    await first.close()  # hands the job back
    engine.let_go("clip 1")
    second = await serve(config)
    left = await operate(config, "drain", "--wait")
    assert left.stdout == "draining: 0 in work, 0 waiting, 1 left by a stopped server\n"
    ben = await make_caller(second, account="ben", plan="business")
    other = await ben.submit(seconds=20)
    assert second.app is not None
    await looks(second.app[app_keys.CLAIMING])
    assert (await ben.get(f"/api/v1/jobs/{other}"))["status"] == "queued"
    await operate(config, "resume")
    assert (await ben.until(other))["status"] == "completed"


async def test_an_account_with_fifty_jobs_lets_another_in_within_one_jobs_time(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    lanes = msgspec.structs.replace(config.lanes, jobs=1)  # one job at a time, so turns decide
    client = await serve(msgspec.structs.replace(config, lanes=lanes))
    busy = await make_caller(client, account="busy", plan="business")
    quick = await make_caller(client, account="quick", plan="business")
    engine.encode_ratio = 0.02  # a job of 30 s takes some 0.6 s
    first = time.monotonic()
    await busy.until(await busy.submit(seconds=30))
    one_job_s = time.monotonic() - first
    engine.hold("listen")
    upload = await busy.upload(b"seconds 30")
    for number in range(50):
        body = {"video_url": upload["video_url"], "metadata": {"n": str(number)}}
        body["language"] = LANGUAGES[number % len(LANGUAGES)]
        body["clip_count"] = 1 + number // len(LANGUAGES)
        await busy.post("/api/v1/process", body, 202)
    mine = await quick.submit(seconds=30)
    engine.let_go("listen")
    began = time.monotonic()
    done = await quick.until(mine)
    waited_s = time.monotonic() - began
    listed = await busy.get("/api/v1/jobs?limit=100")
    states = [job["status"] for job in listed["jobs"]]
    ended = states.count("completed") - 1  # but the first one, which was measured
    assert done["status"] == "completed"
    assert done["clips"]
    # What ran when it came, itself, and one that may have started before it was looked for.
    assert ended <= 2, (ended, waited_s, one_job_s)
    assert states.count("queued") >= 47


LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cy", "sv")
