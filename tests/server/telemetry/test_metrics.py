"""What Prometheus is told: counts that add up, labels that stay few, on a port of its own."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import asyncpg
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, make_caller
from fake_engine import FPS, RENDER_S, FakeEngine
from prometheus_client.parser import text_string_to_metric_families

from klipfast_server.api import app_keys
from klipfast_server.app import create_app
from klipfast_server.core.config import Config
from klipfast_server.core.engine import CardMemory
from klipfast_server.core.errors import FURTHER, STATUSES
from klipfast_server.store.database import Database
from klipfast_server.telemetry.metrics import METHODS
from pipeline.core.errors import NoSpeech

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
Serve = Callable[[Config], Awaitable[Client]]


@pytest.fixture
def config(config: Config, unused_tcp_port: int) -> Config:
    """With a port for the metrics."""
    server = msgspec.structs.replace(config.server, metrics_port=unused_tcp_port)
    return msgspec.structs.replace(config, server=server)


async def scrape(config: Config) -> Samples:
    """Every sample by its name and labels, as Prometheus reads them."""
    url = f"http://127.0.0.1:{config.server.metrics_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = await response.text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """Of one sample, without klipfast_; 0 where it is not there."""
    return samples.get((f"klipfast_{name}", frozenset(labels.items())), 0.0)


async def until(config: Config, number: float, name: str, **labels: str) -> Samples:
    """The first scrape in which that sample has that value."""
    async with asyncio.timeout(60):
        while value(told := await scrape(config), name, **labels) != number:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
    return told


async def test_a_job_is_counted_from_its_upload_to_its_clips(ada: Caller, config: Config) -> None:
    job_id = await ada.submit(30)
    await ada.until(job_id)
    told = await scrape(config)
    assert value(told, "jobs_ended_total", result="completed", code="") == 1
    assert value(told, "clips_total") == 3
    assert value(told, "source_seconds_total") == 30
    assert value(told, "uploaded_bytes_total") == len("seconds 30")
    assert value(told, "jobs", status="completed") == 1
    assert value(told, "jobs", status="queued") == 0
    for stage, count in {"probe": 1, "listen": 1, "clip": 3, "write": 1}.items():
        assert value(told, "stage_seconds_count", stage=stage) == count
    assert value(told, "database_up") == 1
    assert value(told, "lane_threads", lane="encode") == 1
    assert value(told, "lane_busy", lane="encode") == 0
    route = {"route": "/api/v1/process", "method": "POST"}
    assert value(told, "http_requests_total", **route, status="202") == 1
    assert value(told, "http_request_seconds_count", **route) == 1
    assert value(told, "request_hold_seconds_count", **route) == 1
    assert value(told, "request_hold_seconds_sum", **route) > 0
    assert value(told, "request_hold_cpu_seconds_count", **route) == 1
    assert value(told, "request_hold_cpu_seconds_sum", **route) > 0
    assert value(told, "event_loop_lag_seconds_count") > 0
    assert value(told, "build_info", version="0.1.0") == 1
    assert told[("process_resident_memory_bytes", frozenset())] > 1e6


async def test_why_jobs_end_is_told_apart(ada: Caller, engine: FakeEngine, config: Config) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    await ada.until(await ada.submit(10))
    engine.errors["listen"] = RuntimeError("a bug")
    await ada.until(await ada.submit(11))
    del engine.errors["listen"]
    engine.hold("listen")
    job_id = await ada.submit(12)
    await until(config, 1, "jobs", status="processing")
    await until(config, 1, "lane_busy", lane="listen")
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    told = await scrape(config)
    for result, code in (
        ("failed", "unprocessable"),
        ("failed", "server_error"),
        ("canceled", ""),
    ):
        assert value(told, "jobs_ended_total", result=result, code=code) == 1
    assert value(told, "source_seconds_total") == 0


async def test_a_waiting_queue_is_measured(ada: Caller, engine: FakeEngine, config: Config) -> None:
    engine.hold("listen")
    for seconds in range(20, 20 + config.lanes.jobs_at_once + 2):
        await ada.submit(seconds)
    told = await until(config, 2, "jobs", status="queued")
    assert value(told, "queue_oldest_seconds") > 0
    assert value(told, "queue_work_seconds") >= 40 * config.lanes.guess_ratio
    engine.let_go("listen")


async def test_labels_stay_few_whatever_is_asked_for(ada: Caller, config: Config) -> None:
    await ada.get("/api/v1/usage")

    def series(told: Samples) -> set[frozenset[tuple[str, str]]]:
        return {labels for name, labels in told if name == "klipfast_http_requests_total"}

    for method in (*METHODS, "PROPFIND", "PURGE"):
        await ada.call(method, "/nothing")
    await ada.get("/api/v1/jobs/job_0", 404)
    before = await scrape(config)
    for number in range(500):
        path = secrets.token_urlsafe(number % 50 + 1)
        method = secrets.choice(("MKCOL", "LOCK", "SEARCH")) if number % 10 == 0 else "GET"
        await ada.call(method, f"/{path}" if number % 2 else f"/api/v1/jobs/{path}")
    after = await scrape(config)
    new = series(after) - series(before)
    allowed = {str(status) for status in (STATUSES | FURTHER)}
    assert all(dict(labels)["route"] in ("unmatched", "/api/v1/jobs/{job_id}") for labels in new)
    assert all(dict(labels)["status"] in allowed for labels in new)
    assert len(new) <= 6
    assert value(after, "http_requests_total", route="unmatched", method="other", status="404") > 0
    everything = str(after)
    assert ada.key not in everything
    assert "job_0" not in everything


async def test_what_is_known_is_told_while_the_database_is_away(
    ada: Caller, config: Config, postgres: str
) -> None:
    await ada.until(await ada.submit(10))
    name = config.database.url.split("/")[3].split("?")[0]
    admin = await asyncpg.connect(postgres)
    try:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        async with asyncio.timeout(60):
            told = await scrape(config)
        assert value(told, "database_up") == 0
        assert value(told, "clips_total") == 1
        assert not any(name == "klipfast_jobs" for name, _ in told)
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()
    told = await until(config, 1, "database_up")
    assert value(told, "jobs", status="completed") == 1


async def test_attempts_to_deliver_are_counted(
    config: Config,
    serve: Serve,
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]],
) -> None:
    statuses = [500, 200]

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=statuses.pop(0) if statuses else 200)

    app = web.Application()
    app.router.add_post("/hook", answer)
    receiver = await aiohttp_server(app)
    replace = msgspec.structs.replace
    schedule: Any = type(config.webhooks.retries_s)((0.05,))
    config = replace(
        config,
        sources=replace(config.sources, allow_private=True),
        webhooks=replace(config.webhooks, retries_s=schedule),
    )
    ada = await make_caller(await serve(config))
    body = {"url": str(receiver.make_url("/hook")), "events": ["job.completed"]}
    await ada.post("/api/v1/webhooks", body, 201)
    await ada.until(await ada.submit(10))
    told = await until(config, 1, "webhook_attempts_total", result="delivered")
    assert value(told, "webhook_attempts_total", result="retried") == 1


async def test_the_public_port_tells_nothing(ada: Caller) -> None:
    await ada.get("/metrics", 404)


async def test_two_servers_of_one_process_count_for_themselves(
    ada: Caller, client: Client, config: Config, engine: FakeEngine
) -> None:
    other = create_app(config, engine)
    assert client.app is not None
    await ada.until(await ada.submit(10))
    other[app_keys.METRICS].clips.inc(5)
    assert value(await scrape(config), "clips_total") == 1


@pytest.mark.usefixtures("client")
async def test_a_port_in_use_is_told_before_anything_is_started(
    config: Config, engine: FakeEngine
) -> None:
    second = create_app(config, engine)
    server = TestServer(second)
    with pytest.raises(OSError, match=str(config.server.metrics_port)):
        await server.start_server()
    assert app_keys.DATABASE not in second


async def test_what_was_started_is_stopped_where_a_later_part_cannot_start(
    config: Config, engine: FakeEngine
) -> None:
    server = msgspec.structs.replace(config.server, secret="")
    (server.data_dir / "secret").mkdir()  # where the secret should be read from
    app = create_app(msgspec.structs.replace(config, server=server), engine)
    with pytest.raises(OSError, match="secret"):
        await TestServer(app).start_server()
    assert app[app_keys.DATABASE].pool.is_closing()


async def test_nothing_listens_where_no_port_is_named(serve: Serve, config: Config) -> None:
    port = config.server.metrics_port
    server = msgspec.structs.replace(config.server, metrics_port=0)
    await serve(msgspec.structs.replace(config, server=server))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/metrics")


async def test_what_rendering_costs_is_counted_beside_what_it_makes(
    ada: Caller, config: Config
) -> None:
    job = await ada.until(await ada.submit(30))
    made_s = sum(clip["duration"] for clip in job["clips"])
    told = await scrape(config)
    assert value(told, "rendered_seconds_total") == pytest.approx(made_s, abs=0.1)
    assert value(told, "rendered_frames_total") == pytest.approx(made_s * FPS, abs=2)
    assert value(told, "rendering_seconds_total") == len(job["clips"]) * RENDER_S


async def test_the_wait_of_each_job_is_measured_once_and_a_pause_is_none(
    ada: Caller, engine: FakeEngine, config: Config, db: Database
) -> None:
    engine.hold("listen")
    for seconds in range(20, 20 + config.lanes.jobs_at_once):
        await ada.submit(seconds)
    waiting = await ada.submit(50)
    paused = await ada.submit(51)
    await ada.post(f"/api/v1/jobs/{paused}/pause")
    await until(config, 2, "jobs", status="queued")
    await db.pool.execute("UPDATE jobs SET queued_at = queued_at - interval '2 seconds'")
    engine.let_go("listen")
    await ada.until(waiting)
    told = await until(config, config.lanes.jobs_at_once + 1, "queue_wait_seconds_count")
    assert value(told, "queue_wait_seconds_bucket", le="1.0") == config.lanes.jobs_at_once
    assert value(told, "queue_wait_seconds_sum") > 2
    assert value(told, "jobs", status="queued") == 1
    assert value(told, "queue_oldest_seconds") == 0  # the paused one waits for nobody
    await ada.post(f"/api/v1/jobs/{paused}/resume", None, 202)
    await ada.until(paused)
    told = await scrape(config)
    assert value(told, "queue_wait_seconds_bucket", le="1.0") == config.lanes.jobs_at_once + 1


async def test_the_memory_of_a_card_is_told_where_there_is_one(
    client: Client, engine: FakeEngine, config: Config
) -> None:
    assert client.server.started
    assert not any(name == "klipfast_gpu_memory_bytes" for name, _ in await scrape(config))
    engine.memory = CardMemory(free=7 << 30, total=80 << 30)
    told = await scrape(config)
    assert value(told, "gpu_memory_bytes", state="free") == 7 << 30
    assert value(told, "gpu_memory_bytes", state="total") == 80 << 30
    engine.memory = None
    assert not any(name == "klipfast_gpu_memory_bytes" for name, _ in await scrape(config))
