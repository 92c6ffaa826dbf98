"""How often, how many minutes, how many bytes: what a plan gives, and what happens beyond."""

import asyncio
import itertools
import shutil
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

import pytest
from caller import Caller, Client, Serve, Sweep, make_caller
from fake_engine import FakeEngine
from hypothesis import given
from hypothesis import strategies as st
from server_settings import changed
from yarl import URL

from klipfast_server.api.rate_limit import WINDOW_S, RateLimit
from klipfast_server.core.config import Config
from klipfast_server.store import sign_ins, usage
from klipfast_server.store.database import Database
from pipeline.core.errors import NoSpeech

OnPlan = Callable[..., Awaitable[Caller]]


@pytest.fixture
def on_plan(serve: Serve, config: Config) -> OnPlan:
    """Makes a caller of a server whose pro plan is changed."""

    async def make(**changes: int) -> Caller:
        return await make_caller(await serve(changed(config, "plans.pro", **changes)))

    return make


async def test_usage_has_the_documented_fields(ada: Caller, config: Config) -> None:
    await ada.done(90)
    answer = await ada.get("/api/v1/usage")
    disk = shutil.disk_usage(config.server.data_dir)
    assert answer.pop("disk_used_mb") == pytest.approx(disk.used / usage.MB, rel=0.1)
    assert answer.pop("disk_free_mb") == pytest.approx(disk.free / usage.MB, rel=0.1)
    today = datetime.now(UTC).date()
    assert answer == {
        "plan": "business",
        "period_start": today.replace(day=1).isoformat(),
        "period_end": usage.period(datetime.now(UTC))[1].isoformat(),
        "minutes_used": 1.5,
        "minutes_limit": 3000,
        "storage_used_mb": 1,
        "storage_limit_mb": 204800,
        "credits_remaining": 20,
        "limits": {
            "requests_per_minute": 600,
            "parallel_jobs": 10,
            "max_source_minutes": 360,
            "max_upload_mb": 8000,
            "retention_days": 90,
        },
        "operator": False,
    }


async def test_a_new_account_has_no_limit_and_keeps_its_clips(
    client: Client, config: Config, db: Database, sweep: Sweep
) -> None:
    plan = sign_ins.default_plan(config)
    assert plan == "unlimited"
    ada = await make_caller(client, plan=plan)
    job = await ada.done(90)
    answer = await ada.get("/api/v1/usage")
    assert (answer["minutes_limit"], answer["storage_limit_mb"]) == (10**9, 10**9)
    assert answer["limits"]["retention_days"] == 0
    await db.pool.execute("UPDATE charges SET minutes = 100_000")  # more than any plan sells
    clip = await ada.get(f"/api/v1/clips/{job['clips'][0]['clip_id']}")
    assert clip["expires_at"] == "9999-01-01T00:00:00Z"
    await sweep()
    assert (await client.get(URL(clip["download_url"]).relative())).status == 200
    assert (await ada.get(f"/api/v1/jobs/{job['job_id']}"))["source_expires_at"][:4] == "9999"
    assert (await ada.done(80))["status"] == "completed"
    await ada.send("DELETE", f"/api/v1/jobs/{job['job_id']}", 204)
    assert (await client.get(URL(clip["download_url"]).relative())).status == 404


def test_a_period_is_a_calendar_month() -> None:
    assert usage.period(datetime(2026, 4, 30, 23, 59, tzinfo=UTC)) == (
        date(2026, 4, 1),
        date(2026, 4, 30),
    )
    assert usage.period(datetime(2028, 2, 1, tzinfo=UTC))[1] == date(2028, 2, 29)
    assert usage.period(datetime(2026, 12, 31, tzinfo=UTC))[1] == date(2026, 12, 31)


async def test_every_response_tells_where_the_limit_stands(on_plan: OnPlan) -> None:
    ada = await on_plan(requests_per_minute=3)
    remaining, statuses = [], []
    for path in ("/api/v1/usage", "/api/v1/jobs/job_none", "/api/v1/jobs", "/api/v1/jobs"):
        response = await ada.call("GET", path)
        assert response.headers["X-RateLimit-Limit"] == "3"
        remaining.append(response.headers["X-RateLimit-Remaining"])
        statuses.append(response.status)
    assert remaining == ["2", "1", "0", "0"]
    assert statuses == [200, 404, 200, 429]
    wait_s = int(response.headers["Retry-After"])
    assert 1 <= wait_s <= 61
    assert abs(int(response.headers["X-RateLimit-Reset"]) - time.time() - wait_s) <= 1.5


async def test_accounts_and_strangers_are_counted_apart(serve: Serve, config: Config) -> None:
    few = changed(config, "plans.pro", requests_per_minute=1)
    client = await serve(changed(few, "limits", anonymous_per_minute=2))
    ada = await make_caller(client, account="ada")
    bob = await make_caller(client, account="bob")
    stranger = Caller(client=client, key="kf_live_sk_guess")
    statuses = [
        (await caller.call("GET", "/api/v1/usage")).status
        for caller in (ada, ada, bob, stranger, stranger, stranger)
    ]
    assert statuses == [200, 429, 200, 401, 401, 429]


async def test_health_needs_no_key_and_is_not_counted(client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        response = await client.get(path)
        assert (response.status, await response.json()) == (200, {"status": "ok"})
        told = response.headers
        assert told["X-RateLimit-Remaining"] == told["X-RateLimit-Limit"]


async def test_when_the_minutes_are_used_up_a_credit_pays_and_then_nothing(on_plan: OnPlan) -> None:
    ada = await on_plan(minutes_per_month=1, credits=1)
    await ada.done(50)
    paid = await ada.done(20)  # ten seconds are left: a credit pays
    assert paid["status"] == "completed"
    answer = await ada.get("/api/v1/usage")
    assert (answer["minutes_used"], answer["credits_remaining"]) == (round(50 / 60, 2), 0)
    upload = await ada.upload(b"seconds 30")
    body = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, status=403)
    first = usage.period(datetime.now(UTC))[0]
    assert body["error"] == "forbidden"
    assert body["reset_at"] == f"{usage.next_month(first)}T00:00:00Z"
    await ada.done(10)  # what still fits is still done


async def test_jobs_in_work_count_before_they_are_charged(
    on_plan: OnPlan, engine: FakeEngine
) -> None:
    ada = await on_plan(minutes_per_month=1, credits=0)
    engine.hold("listen")
    first = await ada.submit(40)
    upload = await ada.upload(b"seconds 30")
    await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, status=403)
    await ada.post(f"/api/v1/jobs/{first}/cancel")
    await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, status=202)


async def test_the_last_minutes_are_not_given_twice(on_plan: OnPlan, engine: FakeEngine) -> None:
    ada = await on_plan(minutes_per_month=1, credits=0)
    engine.hold("listen")
    uploads = [await ada.upload(f"seconds {40 + i}".encode()) for i in range(4)]
    responses = await asyncio.gather(
        *(
            ada.call("POST", "/api/v1/process", json={"video_url": upload["video_url"]})
            for upload in uploads
        )
    )
    assert sorted(response.status for response in responses) == [202, 403, 403, 403]


async def test_beyond_the_storage_nothing_more_is_taken(on_plan: OnPlan) -> None:
    ada = await on_plan(storage_mb=1)
    upload = await ada.upload(b"seconds 30 " + b"x" * 999_000)
    refused = await ada.upload(b"seconds 30 " + b"x" * 2_000, status=403)
    assert refused["error"] == "forbidden"
    assert refused["storage_limit_mb"] == 1
    job = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, status=202)
    assert (await ada.until(job["job_id"]))["status"] == "completed"


@pytest.mark.parametrize("freed_by", ["job", "upload"])
async def test_a_full_account_is_told_what_frees_storage_and_that_does(
    on_plan: OnPlan, engine: FakeEngine, *, freed_by: str
) -> None:
    ada = await on_plan(storage_mb=1)
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    failed = (await ada.done(10))["job_id"]
    engine.errors.clear()
    kept = (await ada.done(15))["clips"][0]["clip_id"]
    small = (await ada.upload(b"seconds 20"))["video_url"]
    large = [await ada.upload(b"seconds 30 " + b"x" * 499_940) for _ in range(2)]
    body = {"video_url": large[0]["video_url"]}
    job_id = (await ada.post("/api/v1/process", body, 202))["job_id"]
    assert (await ada.until(job_id))["status"] == "completed"
    told = await ada.post("/api/v1/process", {"video_url": small}, 403)
    assert "delete jobs or uploads" in told["message"]

    async def statuses() -> list[int]:
        """Of a job, a retry, a re-render and an upload, each ended before the next."""
        found = []
        for path, sent in (
            ("/api/v1/process", {"json": {"video_url": small, "caption_style": "karaoke"}}),
            (f"/api/v1/jobs/{failed}/retry", {}),
            (f"/api/v1/clips/{kept}/renders", {"json": {"caption_style": "karaoke"}}),
            ("/api/v1/uploads", {"data": b"seconds 30"}),
        ):
            response = await ada.call("POST", path, **sent)
            found.append(response.status)
            if "job_id" in (answer := await response.json()):
                await ada.until(answer["job_id"])
        return found

    assert await statuses() == [403] * 4
    gone = f"jobs/{job_id}" if freed_by == "job" else f"uploads/{large[1]['upload_id']}"
    await ada.send("DELETE", f"/api/v1/{gone}", 204)
    assert await statuses() == [202, 202, 202, 201]


async def test_a_chunked_upload_cannot_pass_the_storage_limit(
    on_plan: OnPlan, config: Config
) -> None:
    ada = await on_plan(storage_mb=1)

    async def endless() -> object:
        for _ in range(8):
            yield b"x" * 250_000

    answer = await ada.send("POST", "/api/v1/uploads", 403, data=endless())
    assert answer["error"] == "forbidden"
    folder = config.server.data_dir / "uploads"
    assert list(folder.iterdir()) == []


async def test_uploads_at_the_same_time_do_not_each_get_the_whole_rest(
    on_plan: OnPlan, config: Config
) -> None:
    ada = await on_plan(storage_mb=1)
    all_started = asyncio.Event()
    started = 0

    async def half_a_megabyte() -> object:
        nonlocal started
        started += 1
        if started == 4:
            all_started.set()
        yield b"seconds 30 "
        await all_started.wait()
        yield b"x" * 400_000

    calls = [ada.call("POST", "/api/v1/uploads", data=half_a_megabyte()) for _ in range(4)]
    responses = await asyncio.gather(*calls)
    assert sorted(response.status for response in responses) == [201, 201, 403, 403]
    assert len(list((config.server.data_dir / "uploads").iterdir())) == 2
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] == 1


async def test_a_source_longer_than_the_plan_allows_is_refused_at_the_upload(
    on_plan: OnPlan,
) -> None:
    ada = await on_plan(max_source_minutes=1)
    body = await ada.upload(b"seconds 61", status=422)
    assert (body["error"], body["reason"]) == ("unprocessable", "too_long")


CALLERS = 20_000  # each of whom is heard once


class Call(NamedTuple):
    """One request, or a look at where somebody stands."""

    after_s: float
    who: str
    counts: bool
    limit: int


CALLS = st.lists(
    st.builds(
        Call,
        after_s=st.sampled_from([0.0, 0.5, 20.0, 59.5, 60.0]),
        who=st.sampled_from(["ada", "bob"]),
        counts=st.booleans(),
        limit=st.integers(0, 4),
    ),
    max_size=40,
)


@given(calls=CALLS)
def test_a_request_is_allowed_where_the_minute_before_has_room(calls: list[Call]) -> None:
    now = 1000.0
    rate_limit = RateLimit(clock=lambda: now)
    allowed: dict[str, list[float]] = {"ada": [], "bob": []}
    for call in calls:
        now += call.after_s
        recent = [t for t in allowed[call.who] if t > now - WINDOW_S]
        if call.counts:
            window = rate_limit.hit(call.who, call.limit)
            assert window.allowed == (len(recent) < call.limit)
            if window.allowed:
                allowed[call.who].append(now)
                recent.append(now)
        else:
            window = rate_limit.standing(call.who, call.limit)
            assert window.allowed
        assert window.limit == call.limit
        assert window.remaining == max(0, call.limit - len(recent))


def test_room_is_promised_for_the_second_in_which_there_is_some() -> None:
    now = 0.0
    rate_limit = RateLimit(clock=lambda: now)
    for at in (0.0, 10.0):
        now = at
        assert rate_limit.hit("ada", 2).allowed
    now = 25.0
    window = rate_limit.hit("ada", 2)
    assert not window.allowed
    assert 35 <= window.retry_after_s <= 36
    now += window.retry_after_s
    assert rate_limit.hit("ada", 2).allowed


def test_nobody_is_remembered_longer_than_a_minute() -> None:
    ticks = itertools.count(0.0, 1e-4)
    rate_limit = RateLimit(clock=lambda: next(ticks))
    tracemalloc.start()
    try:
        for number in range(CALLERS):
            rate_limit.hit(f"ip:{number}", 60)
        full = tracemalloc.get_traced_memory()[0]
        ticks = itertools.count(2 * WINDOW_S)
        rate_limit.standing("ip:new", 60)
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert left < full / 10
