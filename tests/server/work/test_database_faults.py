"""Faults of the database in the middle of jobs: they go on and are charged once."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import pytest
from caller import Caller, Client, files_below, make_caller
from fake_engine import FakeEngine
from msgspec.structs import replace
from pulses import reached
from small_disk import filled, small_disk

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from pipeline.core.data import Talk

# Every third write of these tables is rolled back, as by a conflict with another transaction.
CONFLICTS = """
CREATE SEQUENCE tries;
CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('tries') % 3 = 0 THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '{code}';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION conflict();
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON talks FOR EACH ROW EXECUTE FUNCTION conflict();
CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON clips FOR EACH ROW EXECUTE FUNCTION conflict();
"""
DISK_MB = 128  # size of the disk; a new database takes some 40
OTHERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)
CUT = f"SELECT pg_terminate_backend(pid, 5000) FROM ({OTHERS}) others"  # and waits for the end


@asynccontextmanager
async def apart(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is none of the server's."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def standing_still(pids: list[int]) -> Iterator[None]:
    """Stop these processes while the block runs."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def check(ada: Caller, db: Database, config: Config, job_id: str, clips: int) -> None:
    """The job is complete, was charged once, took one attempt and left nothing behind."""
    job = await ada.until(job_id)
    assert job["status"] == "completed", job
    assert len(job["clips"]) == clips
    assert await db.pool.fetchval("SELECT count(*) FROM charges") == 1
    assert await db.pool.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id) == 1
    assert len(files_below(config.server.data_dir / "storage")) == 2 * clips


@pytest.mark.parametrize("code", ["40001", "40P01"], ids=["serialization", "deadlock"])
async def test_transactions_that_are_rolled_back_run_again(
    ada: Caller, db: Database, config: Config, code: str
) -> None:
    await db.pool.execute(CONFLICTS.format(code=code))
    job_id = await ada.submit(40)
    await check(ada, db, config, job_id, clips=4)
    assert await db.pool.fetchval("SELECT last_value FROM tries") > 9


@pytest.mark.own_server  # loses its connections
@pytest.mark.parametrize("stage", ["listen", "clip 0", "write"])
async def test_a_job_goes_on_when_all_connections_are_cut(
    ada: Caller,
    db: Database,
    config: Config,
    engine: FakeEngine,
    stage: str,
) -> None:
    engine.hold(stage)
    job_id = await ada.submit(30)
    await reached(engine, stage)
    async with apart(db.url) as connection:
        await connection.execute(CUT)
        engine.let_go(stage)
        await connection.execute(CUT)
    await check(ada, db, config, job_id, clips=3)


async def test_an_outage_longer_than_the_lease_does_not_count_as_an_attempt(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listen, given_up = engine.listen, threading.Event()

    def watched(*args: Any, **options: Any) -> Talk:
        try:
            return listen(*args, **options)
        finally:
            given_up.set()

    monkeypatch.setattr(engine, "listen", watched)
    client = await serve(replace(config, lanes=replace(config.lanes, lease_s=0.5)))
    assert client.app is not None
    db = client.app[app_keys.DATABASE]
    ada = await make_caller(client)
    engine.hold("listen")
    job_id = await ada.submit(20)
    await reached(engine, "listen")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        db.pool.set_connect_args(f"postgresql://x@{address}/x?sslmode=disable")
        await db.pool.expire_connections()
        assert await asyncio.to_thread(given_up.wait, 10)  # the lease has run out
    engine.let_go("listen")
    db.pool.set_connect_args(db.url)
    await check(ada, db, config, job_id, clips=2)
    assert engine.calls.count("listen") == 2


async def test_requests_are_answered_while_postgres_hangs_and_jobs_and_streams_go_on(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
) -> None:
    client = await serve(replace(config, database=replace(config.database, timeout_s=0.3)))
    assert client.app is not None
    db = client.app[app_keys.DATABASE]
    ada = await make_caller(client)
    engine.hold("clip 0")
    job_id = await ada.submit(20)
    stream = await ada.call("GET", f"/api/v1/jobs/{job_id}/events")
    await reached(engine, "clip 0")
    async with apart(db.url) as connection:
        pids = [row["pid"] for row in await connection.fetch(OTHERS)]
    with standing_still(pids):
        async with asyncio.timeout(60):
            answers = await asyncio.gather(*[ada.call("GET", "/api/v1/usage") for _ in range(8)])
    assert {answer.status for answer in answers} <= {200, 503}  # a new connection may be answered
    refused = [answer for answer in answers if answer.status == 503]
    assert refused
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    engine.let_go("clip 0")
    await check(ada, db, config, job_id, clips=2)
    told = await asyncio.wait_for(stream.text(), 10)
    assert '"status":"completed"' in told


@pytest.mark.slow  # starts Postgres
async def test_a_job_outlasts_a_full_disk_of_its_database(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = config.server.data_dir / "postgres"
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(small_disk(folder, megabytes=DISK_MB))
        except PermissionError:
            pytest.skip("a tmpfs cannot be mounted here, which takes root")
        client = await serve(replace(config, database=replace(config.database, url="")))
        stack.push_async_callback(client.close)
        assert client.app is not None
        db = client.app[app_keys.DATABASE]
        ada = await make_caller(client)
        engine.hold("clip 0")
        job_id = await ada.submit(20)
        stream = await ada.call("GET", f"/api/v1/jobs/{job_id}/events")
        await reached(engine, "clip 0")
        with filled(folder):
            answer = await ada.call("POST", "/api/v1/brands", json={"name": "Acme"})
            assert (answer.status, answer.headers["Retry-After"]) == (507, "5")
            engine.let_go("clip 0")
            async with asyncio.timeout(60):
                while "database is away" not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
                    await asyncio.sleep(0.05)
        await check(ada, db, config, job_id, clips=2)
        assert '"status":"completed"' in await asyncio.wait_for(stream.text(), 60)
