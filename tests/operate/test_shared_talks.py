"""A talk that several jobs have goes with the last of them, whoever else is at work that moment."""

import asyncio

import asyncpg
import msgspec
import pytest
from caller import Caller, Sweep
from fake_engine import FakeEngine

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

from .conftest import pass_days, until_somebody_waits

SUBMITTED = """
    INSERT INTO jobs (job_id, account_id, video_url, options, parallel_jobs, span_of, same_work,
        paused_at, talk_id)
    SELECT 'job_new', account_id, video_url, options, parallel_jobs, job_id, 'new', now(), talk_id
    FROM jobs WHERE job_id = $1
"""
ENDED = "SELECT finished_at FROM jobs WHERE job_id = $1"


@pytest.fixture
def config(config: Config) -> Config:
    """Business keeps transcripts for a while, and jobs for a while longer."""
    plan = msgspec.structs.replace(config.plans["business"], transcript_days=10, job_days=120)
    return msgspec.structs.replace(config, plans=config.plans | {"business": plan})


async def talk_and_edit(caller: Caller, db: Database) -> tuple[str, str]:
    """A job, and one that has made a clip of its talk and expires days after it."""
    job = await caller.done(20)
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    edit = (await caller.made(path, {"title": "Again"}))["job_id"]
    later = "UPDATE jobs SET finished_at = finished_at + interval '5 days' WHERE job_id = $1"
    await db.pool.execute(later, edit)
    return job["job_id"], edit


async def talks(db: Database) -> list[bool]:
    """Whether each talk that has a row has its words."""
    return [row[0] for row in await db.pool.fetch("SELECT talk IS NOT NULL FROM talks")]


@pytest.mark.parametrize(
    ("days", "other", "left"),
    [
        (22, "delete_job", []),
        (22, "submit", [False]),
        (11, "delete_job", [False]),
        (11, "remove_transcript", [False]),
        (11, "submit", [True]),
    ],
)
async def test_two_who_remove_or_need_it_at_one_moment_see_each_other(
    ada: Caller,
    db: Database,
    config: Config,
    sweep: Sweep,
    *,
    days: int,
    other: str,
    left: list[bool],
) -> None:
    """Another's transaction is open while the sweep removes words (11) or the job (122 days)."""
    first, edit = await talk_and_edit(ada, db)
    if other == "submit":
        await ada.call("DELETE", f"/api/v1/jobs/{edit}")
    if days == 22:
        await pass_days(config, 100)
        await sweep()  # all but the jobs
    await pass_days(config, days)
    connection = await asyncpg.connect(config.database.url)
    try:
        begun = connection.transaction()
        await begun.start()
        at = [await connection.fetchval(ENDED, edit)] if other == "remove_transcript" else []
        query, of = (SUBMITTED, first) if other == "submit" else (db.sql[other], edit)
        await connection.execute(query, of, *at)
        sweeping = asyncio.ensure_future(sweep())
        await until_somebody_waits(connection)
        await begun.commit()
        await sweeping
    finally:
        await connection.close()
    assert await talks(db) == left


async def test_words_go_with_the_last_job_that_may_show_them(
    ada: Caller, db: Database, config: Config, sweep: Sweep
) -> None:
    first, edit = await talk_and_edit(ada, db)
    await pass_days(config, 11)
    await sweep()
    assert await talks(db) == [True]
    await ada.call("DELETE", f"/api/v1/jobs/{edit}")
    assert await talks(db) == [False]
    assert (await ada.get(f"/api/v1/jobs/{first}"))["clip_count"] == 2


async def test_an_edit_whose_talk_goes_as_it_is_asked_for_says_so_and_hears_nothing(
    ada: Caller, db: Database, config: Config, engine: FakeEngine
) -> None:
    job = await ada.done(20)
    connection = await asyncpg.connect(config.database.url)
    try:
        begun = connection.transaction()
        await begun.start()
        at = await connection.fetchval(ENDED, job["job_id"])
        await connection.execute(db.sql["remove_transcript"], job["job_id"], at)
        path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
        asking = asyncio.create_task(ada.made(path, {"title": "Too late"}))
        await until_somebody_waits(connection)
        await begun.commit()
    finally:
        await connection.close()
    edit = await asking
    assert (edit["status"], edit["error"]["code"], edit["clips"]) == ("failed", "not_found", [])
    assert "ubmit the video again" in edit["error"]["message"]
    assert engine.calls.count("listen") == 1
    assert (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["clips"] == job["clips"]
