"""/readyz: what a supervisor has to know, and not only of the database."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from caller import Caller, Client, Serve
from pulses import looks

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store import delivery_queue, notifications
from klipfast_server.store.database import Database
from klipfast_server.store.queue import job_queue
from klipfast_server.telemetry import liveness


class Killed(BaseException):
    """What none of our loops catches."""


async def until_ready(client: Client, status: int, told: dict[str, str]) -> None:
    """Wait until /readyz answers so."""
    async with asyncio.timeout(60):
        while True:
            response = await client.get("/readyz")
            if (response.status, await response.json()) == (status, told):
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("missing", "module"),
    [("worker", job_queue), ("deliverer", delivery_queue)],
    ids=["worker", "deliverer"],
)
async def test_a_dead_loop_is_told_and_ends_the_process_in_an_orderly_way(
    serve: Serve,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    module: Any,
) -> None:
    async def dies(*_: object, **__: object) -> None:
        raise Killed

    ended = asyncio.Event()
    client = await serve(config, end_process=ended.set)
    monkeypatch.setattr(module, "claim", dies)
    await until_ready(client, 503, {"status": "unavailable", "missing": missing})
    assert (await client.get("/healthz")).status == 200
    async with asyncio.timeout(60):
        await ended.wait()


@pytest.mark.parametrize(
    ("missing", "module"),
    [("worker", job_queue), ("deliverer", delivery_queue)],
    ids=["worker", "deliverer"],
)
async def test_a_loop_that_gets_nowhere_for_long_is_told_until_it_does(
    client: Client, monkeypatch: pytest.MonkeyPatch, missing: str, module: Any
) -> None:
    claim, tries = module.claim, asyncio.Semaphore(0)

    async def fails(*_: object, **__: object) -> None:
        tries.release()
        raise RuntimeError("column lease_owner does not exist")

    monkeypatch.setattr(module, "claim", fails)
    async with asyncio.timeout(60):
        for _ in range(3):
            await tries.acquire()
    await until_ready(client, 200, {"status": "ok"})  # a while of that is no reason to restart
    monkeypatch.setattr(liveness, "LATE_S", 0.0)
    await until_ready(client, 503, {"status": "unavailable", "missing": missing})
    monkeypatch.setattr(liveness, "LATE_S", 30.0)
    monkeypatch.setattr(module, "claim", claim)
    await until_ready(client, 200, {"status": "ok"})


@pytest.mark.slow  # waits for a deadline
async def test_a_database_without_a_free_connection_is_told_before_there_is_one(
    client: Client, db: Database, config: Config
) -> None:
    async with asyncio.timeout(60), AsyncExitStack() as held:
        for _ in range(config.database.pool_size):
            await held.enter_async_context(db.pool.acquire())
        response = await client.get("/readyz")
    assert (response.status, (await response.json())["missing"]) == (503, "database")
    await until_ready(client, 200, {"status": "ok"})


@pytest.mark.slow  # waits for a deadline
async def test_a_database_that_hangs_is_told_before_it_answers(
    client: Client, db: Database, postgres: str
) -> None:
    name = await db.pool.fetchval("SELECT current_database()")
    connection = await asyncpg.connect(postgres)
    try:
        rows = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await connection.close()
    for row in rows:
        os.kill(row["pid"], signal.SIGSTOP)
    try:
        async with asyncio.timeout(60):
            response = await client.get("/readyz")
    finally:
        for row in rows:
            os.kill(row["pid"], signal.SIGCONT)
    assert (response.status, (await response.json())["missing"]) == (503, "database")
    await until_ready(client, 200, {"status": "ok"})


async def test_who_hears_no_notices_any_more_is_not_ready(
    serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = notifications.hear

    async def dies(url: str, channel: str, noticed: Callable[[str], None]) -> None:
        if channel == job_queue.CHANNEL:
            raise RuntimeError("not foreseen")
        await hear(url, channel, noticed)

    monkeypatch.setattr(notifications, "hear", dies)
    client = await serve(config)
    await until_ready(client, 503, {"status": "unavailable", "missing": "worker"})


async def test_a_worker_with_all_its_hands_full_is_ready(
    ada: Caller, client: Client, engine: Any
) -> None:
    engine.hold("listen")
    busy = [await ada.submit(seconds) for seconds in (10, 20, 30, 40)]
    await ada.until(busy[-2], lambda job: job["status"] == "processing")
    assert client.app is not None
    await looks(client.app[app_keys.CLAIMING])  # each is a success, with no job for it
    response = await client.get("/readyz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})
    engine.let_go("listen")


async def test_a_disk_with_too_little_space_for_uploads_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = shutil.disk_usage("/")._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: left)
    await until_ready(
        client,
        503,
        {"status": "unavailable", "missing": "disk", "reason": "1,000 bytes are free"},
    )
