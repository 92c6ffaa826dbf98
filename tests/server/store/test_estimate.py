"""Estimates: from what the last jobs cost, and from the work that is ahead in the queue."""

import math
import statistics
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from msgspec.structs import replace

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.store.estimates import estimate
from klipfast_server.store.estimates.estimate import Capacity, Measured, Pace, Unfinished, Work

Serve = Callable[[Config], Awaitable[Client]]


def job(account: str = "ada", **changes: Any) -> Unfinished:
    """A job that nobody has begun, of a length that is not known yet."""
    facts: dict[str, Any] = {
        "job_id": "job_1",
        "account_id": account,
        "parallel_jobs": 9,
        "plan": "starter",
        "turn": 0.0,
        "is_running": False,
        "is_fetched": True,
        "duration_s": None,
        "source_s": None,
        "clip_count": None,
        "clip_s": None,
        "clip_total": 1,
        "made_s": 0.0,
        "done": 0.0,
        "progress": 0.0,
        "only_writes": False,
    }
    return Unfinished(**facts | changes)


def ends(
    *queue: tuple[Unfinished, Work] | Unfinished,
    at_once: int = 9,
    encoders: int = 1,
    listeners: int = 1,
) -> list[float]:
    """When each ends; where nothing else is said, there are 10 s to hear and 40 s to encode."""
    pairs = [each if isinstance(each, tuple) else (each, WORK) for each in queue]
    named = [(replace(job, job_id=str(n)), work) for n, (job, work) in enumerate(pairs)]
    found = estimate.ends_s(named, Capacity(listeners=listeners, encoders=encoders, jobs=at_once))
    return [found[str(n)] for n in range(len(named))]


WORK = Work(listen_s=10.0, encode_s=40.0)


def test_a_job_waits_for_its_busiest_lane() -> None:
    assert ends() == []
    assert ends(job(), job(), job()) == [50.0, 90.0, 130.0]
    short = (job(), Work(listen_s=10.0, encode_s=1.0))
    assert ends(short, short) == [11.0, 21.0]
    heard = (job(), Work(encode_s=5.0))
    assert ends((job(), Work(listen_s=100.0)), heard) == [100.0, 5.0]
    assert ends(job(), (job(), Work())) == [50.0, 0.0]  # only writes


def test_accounts_take_turns_by_the_weight_of_their_plan(config: Config) -> None:
    light = config.plans["starter"]
    plans = config.plans | {"heavy": replace(light, weight=2 * light.weight)}
    queue = [job("ada", job_id=f"ada {n}") for n in range(3)] + [job("bob", job_id="bob")]
    queue += [job("cleo", job_id=f"cleo {n}", plan="heavy") for n in range(2)]
    queue += [job("ada", job_id="runs", is_running=True)]
    found = estimate.in_fair_order(queue, replace(config, plans=plans))
    order = ["runs", "ada 0", "bob", "cleo 0", "cleo 1", "ada 1", "ada 2"]
    assert [each.job_id for each in found] == order


def test_listeners_share_the_talks_but_not_a_talk() -> None:
    heard = (job(), Work(listen_s=30.0))
    assert ends(heard, heard, heard, listeners=1) == [30.0, 60.0, 90.0]
    assert ends(heard, heard, heard, listeners=3) == [30.0, 40.0, 50.0]


def test_encoders_share_the_clips_of_a_job_but_not_a_clip() -> None:
    assert ends(job(clip_total=4), encoders=2) == [30.0]
    assert ends(job(clip_total=1), encoders=2) == [50.0]


def test_an_account_waits_for_itself_and_lets_others_pass() -> None:
    mine = job(parallel_jobs=1)
    assert ends(mine, mine, job("bob"), encoders=9) == [50.0, 100.0, 70.0]


def test_no_more_jobs_are_begun_than_the_server_takes_at_once() -> None:
    running = job(is_running=True)
    assert ends(running, job(), at_once=1, encoders=9) == [50.0, 100.0]
    assert ends(running, job(), at_once=2, encoders=9) == [50.0, 60.0]
    assert ends(running, (job(), Work()), at_once=1) == [50.0, 50.0]


def measured(**changes: Any) -> Measured:
    facts: dict[str, Any] = {
        "duration_s": 300.0,
        "source_s": 600.0,
        "clip_count": None,
        "clip_s": 150.0,
        "fetched_s": None,
        "listened_s": 30.0,
        "encoded_s": 75.0,
    }
    return Measured(**facts | changes)


def test_the_pace_is_the_median_of_the_last_jobs() -> None:
    slow = measured(listened_s=3000.0, encoded_s=7500.0)
    found = estimate.pace([measured(), slow, measured(fetched_s=60.0)], 0.5)
    assert found == Pace(fetch=0.1, listen=0.1, clips=0.5, encode=0.5)


def test_a_long_source_has_no_more_clips_than_a_middling_one() -> None:
    def work(**changes: Any) -> Work:
        pace = Pace(fetch=0.01, listen=0.1, clips=0.5, encode=2.0)
        return estimate.work(job(**{"clip_total": None} | changes), pace, 100.0)

    assert work() == Work(fetch_s=1.0, listen_s=10.0, encode_s=100.0)
    hour, day = work(duration_s=3600.0), work(duration_s=86400.0)
    assert (hour.listen_s, hour.encode_s) == (360.0, 405.0)
    assert day.encode_s == hour.encode_s
    assert work(duration_s=3600.0, clip_count=1).encode_s == 45.0
    assert work(duration_s=100.0, source_s=3600.0).fetch_s == 36.0  # a range of it is used
    heard = work(duration_s=3600.0, clip_s=200.0, clip_total=4, made_s=50.0)
    assert (heard.listen_s, heard.encode_s) == (0.0, 300.0)
    assert work(duration_s=100.0, done=0.265).listen_s == pytest.approx(5.0)
    assert work(only_writes=True) == Work()


async def submitted(caller: Caller, seconds: float, **options: Any) -> tuple[str, int]:
    """(id of a new job, the seconds it is told to take)."""
    upload = await caller.upload(f"seconds {seconds}".encode())
    body = {"video_url": upload["video_url"], **options}
    answer = await caller.post("/api/v1/process", body, 202)
    return answer["job_id"], answer["estimated_seconds"]


async def measure(caller: Caller, db: Database) -> Any:
    """A finished job known to have taken 0.1 s for a second of source, 1 s for one of clip."""
    job = await caller.until(await caller.submit(100))
    await db.pool.execute("UPDATE jobs SET listened_s = 10, encoded_s = clip_s")
    return job


async def test_the_first_job_is_guessed_by_its_length(
    ada: Caller, config: Config, engine: FakeEngine
) -> None:
    engine.hold("listen")
    _, told = await submitted(ada, 200)
    assert told == pytest.approx(200 * config.lanes.guess_ratio, abs=1)
    engine.let_go("listen")


async def test_the_estimate_follows_the_measured_pace_and_the_queue(
    ada: Caller, db: Database, engine: FakeEngine
) -> None:
    await measure(ada, db)
    engine.hold("listen")
    _, alone = await submitted(ada, 200)
    assert alone == pytest.approx(20 + 190, abs=1)
    _, second = await submitted(ada, 100)
    assert second == pytest.approx(190 + 10 + 95, abs=1)  # waits for the encoder
    engine.let_go("listen")


async def test_a_clip_made_again_is_neither_heard_nor_as_long_as_its_source(
    ada: Caller, db: Database, engine: FakeEngine
) -> None:
    job = await measure(ada, db)
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    engine.hold("clip 0")
    answer = await ada.post(path, {"end_seconds": 20}, 202)
    assert answer["estimated_seconds"] == pytest.approx(20, abs=1)
    engine.let_go("clip 0")
    assert (await ada.until(answer["job_id"]))["status"] == "completed"
    engine.hold("listen")
    _, told = await submitted(ada, 100)  # a re-render tells nothing of how long listening takes
    assert told == pytest.approx(10 + 95, abs=1)
    engine.let_go("listen")


async def test_a_job_tried_again_need_not_do_what_is_done(
    ada: Caller, db: Database, engine: FakeEngine
) -> None:
    await measure(ada, db)
    engine.errors["clip 3"] = RuntimeError("a bug")
    job_id = await ada.submit(40)
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("failed", 3)
    engine.hold("clip 3")
    answer = await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202)
    assert answer["estimated_seconds"] == pytest.approx(9.5, abs=1)
    engine.let_go("clip 3")


async def test_a_restart_changes_no_estimate(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    client = await serve(config)
    assert client.app is not None
    ada = await make_caller(client, plan="business")
    await measure(ada, client.app[app_keys.DATABASE])
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    before_id, before = await submitted(ada, 20)
    assert before == pytest.approx(
        19 + 2 + 19, abs=3
    )  # what is left of the first, whose clock runs
    await ada.post(f"/api/v1/jobs/{before_id}/cancel")
    assert (await ada.until(before_id))["status"] == "canceled"  # it counts no more
    await client.close()
    ada = Caller(client=await serve(config), key=ada.key)
    after_id, after = await submitted(ada, 20)
    assert after == pytest.approx(before, abs=3)  # its clock ran, and begins again
    engine.let_go("clip 1")
    for one in (job_id, after_id):
        assert (await ada.until(one))["status"] == "completed"


@pytest.mark.slow  # jobs that take seconds
async def test_what_is_told_is_about_what_it_takes(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    lanes = replace(config.lanes, encode=2)
    client = await serve(replace(config, lanes=lanes))
    assert client.app is not None
    ada = await make_caller(client, account="ada", plan="business")
    bob = await make_caller(client, account="bob", plan="starter")
    engine.listen_ratio, engine.encode_ratio = 0.01, 0.04
    first = await ada.until(await ada.submit(30))
    told: dict[str, int] = {}
    for caller, seconds in ((ada, 60), (bob, 50), (bob, 30), (ada, 40), (bob, 20), (ada, 80)):
        job_id, told[job_id] = await submitted(caller, seconds)
    path = f"/api/v1/clips/{first['clips'][0]['clip_id']}/renders"
    answer = await ada.post(path, {"end_seconds": 30}, 202)
    told[answer["job_id"]] = answer["estimated_seconds"]
    for job_id in told:
        owner = bob if (await bob.call("GET", f"/api/v1/jobs/{job_id}")).status == 200 else ada
        assert (await owner.until(job_id))["status"] == "completed"
    rows = await client.app[app_keys.DATABASE].pool.fetch(
        "SELECT job_id, extract(epoch FROM finished_at - created_at)::float8 AS took_s FROM jobs"
    )
    off = [
        abs(math.log2(told[row["job_id"]] / row["took_s"])) for row in rows if row["job_id"] in told
    ]
    assert len(off) == 7
    assert statistics.median(off) < 1  # loosely, because others share the machine
