"""Of two servers one is lost in the middle of a stage: the other makes each thing once."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import s3_server
from caller import Caller, gone
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.api import app_keys
from klipfast_server.core import identifiers
from klipfast_server.files.s3 import S3Storage
from pipeline.core.control import Control

from .conftest import Pair

NOBODY = "https://receiver.invalid/hook"  # a name that nobody has (RFC 6761)
EVENTS = ("job.started", "clip.ready", "job.completed")
SPAN = {"start_seconds": 1, "end_seconds": 9}
MADE = """
    SELECT jobs.*, array(SELECT c FROM clips c ORDER BY clip_id) AS clips,
        array(SELECT t FROM texts t ORDER BY kind, version) AS texts,
        array(SELECT c FROM charges c ORDER BY job_id) AS charges,
        (SELECT count(*) FROM talks) AS talks, (SELECT count(*) FROM deliveries) AS told
    FROM jobs WHERE job_id = $1
"""


@pytest.fixture
def not_blocked() -> None:
    """Let a server be stopped within a test: that joins threads."""


@pytest.fixture(autouse=True)
def held_fetches(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `fetch` be held as a stage of the engine is."""
    fetch = S3Storage.fetch

    async def held(storage: S3Storage, key: str, path: Path) -> None:
        await asyncio.to_thread(engine._enter, "fetch", Control())
        await fetch(storage, key, path)

    monkeypatch.setattr(S3Storage, "fetch", held)


@contextmanager
def frozen(server: Caller) -> Iterator[None]:
    """Let a server begin nothing at the database: no lease is renewed, and no word is said."""
    pool: Any = server.app[app_keys.DATABASE].pool
    thawed = asyncio.Event()
    acquire = pool._acquire

    async def later(within_s: float | None) -> Any:
        await thawed.wait()
        return await acquire(within_s)

    pool._acquire = later
    try:
        yield
    finally:
        thawed.set()


# What is begun again with the stage that is named first: looks are stored with their clip.
OF_A_JOB = ("fetch", "listen", "look 10, clip 1", "clip 1, look 10", "write")
OF_AN_EDIT = ("fetch", "describe", "look 1, clip 0", "clip 0, look 1")


@pytest.mark.parametrize(
    ("again", "is_edit"),
    [(each, False) for each in OF_A_JOB] + [(each, True) for each in OF_AN_EDIT],
)
async def test_what_a_server_that_vanishes_has_begun_is_made_once_by_the_other(
    pair: Pair, engine: FakeEngine, *, again: str, is_edit: bool
) -> None:
    stage = again.split(", ", maxsplit=1)[0]
    await pair.first.post("/api/v1/webhooks", {"url": NOBODY, "events": EVENTS}, 201)
    url = await pair.shared()
    path, body = "/api/v1/process", dict[str, Any](video_url=url)
    with frozen(pair.second):  # so that the first begins
        if is_edit:
            path, body = f"/api/v1/jobs/{(await pair.first.made(path, body))['job_id']}/clips", SPAN
        shutil.rmtree(pair.folder / url.removeprefix("upload://"))
        for known in (engine.calls, engine.looks, engine.reached):
            known.clear()
        engine.hang(stage)
        job_id = (await pair.first.post(path, body, 202))["job_id"]
        made = 2 if again == "write" else int("clip 1" in again)  # clips, by the first
        await pair.first.until(job_id, lambda job: len(job["clips"]) == made)
        await reached(engine, stage)
    with frozen(pair.first):
        engine.reached.clear()
        await pair.db.pool.execute("UPDATE jobs SET lease_until = now() WHERE job_id = $1", job_id)
        await reached(engine, stage)  # by the second
        engine.let_go(stage)
        job = await pair.second.until(job_id)
        await check(pair, job, clips=1 if is_edit else 2)
        calls = Counter(engine.calls + engine.looks)
        twice = {name for name in calls if calls[name] > 1} | {"write"}  # beside the clips
        assert twice == {"fetch", "write", *again.split(", ")}
        before = await pair.db.pool.fetchrow(MADE, job_id), await objects(pair)
    await gone(pair.folder.parent / "work" / job_id)  # the first is back, and lets go of it
    assert (await pair.db.pool.fetchrow(MADE, job_id), await objects(pair)) == before


async def test_a_job_that_a_stopped_server_hands_on_is_told_of_once(
    pair: Pair, engine: FakeEngine
) -> None:
    await pair.first.post("/api/v1/webhooks", {"url": NOBODY, "events": EVENTS}, 201)
    url = await pair.shared()
    with frozen(pair.second):
        engine.hold("clip 1")
        job_id = (await pair.first.post("/api/v1/process", {"video_url": url}, 202))["job_id"]
        await pair.first.until(job_id, lambda job: len(job["clips"]) == 1)
        await reached(engine, "clip 1")
    turn = await pair.db.pool.fetchval("SELECT turn FROM accounts")
    await pair.first.client.close()
    engine.let_go("clip 1")
    await check(pair, await pair.second.until(job_id), clips=2)
    assert await pair.db.pool.fetchval("SELECT turn FROM accounts") == turn


async def objects(pair: Pair) -> list[str]:
    """The keys in the bucket."""
    return await s3_server.objects(pair.bucket.client)


async def check(pair: Pair, job: dict[str, Any], *, clips: int) -> None:
    """Check that everything of a job is there, once, and was told and charged once."""
    assert (job["status"], job["clip_count"]) == ("completed", clips), job
    made = [identifiers.clip_id(job["job_id"], ordinal) for ordinal in range(clips)]
    assert sorted(clip["clip_id"] for clip in job["clips"]) == sorted(made)
    is_edit = job["span_of"] is not None
    assert all(bool(text) is not is_edit for text in job["text_outputs"].values())
    assert (await pair.second.get("/api/v1/usage"))["minutes_used"] == round(20 / 60, 2)
    told = "SELECT event FROM deliveries WHERE job_id = $1"
    rows = Counter(row["event"] for row in await pair.db.pool.fetch(told, job["job_id"]))
    assert rows == {"job.started": 1, "clip.ready": clips, "job.completed": 1}
