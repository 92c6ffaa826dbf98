"""Two accounts, many submissions at once, canceled and deleted as they run: totals hold."""

import asyncio
import math
import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from caller import ENDED, Caller, Serve, make_caller

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.files import disposal

LENGTHS = (12, 18, 24, 30)  # seconds
PADDING = "x" * 100_000  # so that storage is more than a rounding
AT_ONCE = 40  # callers that do something at the same time


def wide(config: Config, minutes: int) -> Config:
    """Plans in whose way nothing stands; credits for some of the jobs."""
    plan = msgspec.structs.replace(
        config.plans["pro"],
        requests_per_minute=1_000_000,
        minutes_per_month=minutes,
        credits=1000,
        parallel_jobs=4,
    )
    limits = msgspec.structs.replace(config.limits, queue_length=1000)
    lanes = msgspec.structs.replace(config.lanes, jobs=8, poll_s=0.05)
    plans = config.plans | {"pro": plan}
    return msgspec.structs.replace(config, plans=plans, limits=limits, lanes=lanes)


class Crowd:
    """What many programs of one account do at the same time."""

    def __init__(self, caller: Caller, seed: int) -> None:
        self._caller = caller
        self._random = random.Random(seed)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.seen: dict[str, list[str]] = {}  # statuses in the order in which they were told
        self.deleted: set[str] = set()
        self.uploads: dict[str, str] = {}

    async def live(self, number: int) -> None:
        """Submit a job of its own, perhaps cancel it, look at it until it ends, perhaps delete."""
        choice = self._random.random()
        async with self._gate:
            seconds = self._random.choice(LENGTHS) + number / 1000
            upload = await self._caller.upload(f"seconds {seconds} {PADDING}".encode())
            body = {"video_url": upload["video_url"]}
            job_id = (await self._caller.post("/api/v1/process", body, 202))["job_id"]
        self.seen[job_id] = ["queued"]
        self.uploads[job_id] = upload["upload_id"]
        if choice < 0.4:
            await asyncio.sleep(self._random.random() * 0.5)
            await self._end(job_id, "POST", f"/api/v1/jobs/{job_id}/cancel")
        await self._watch(job_id)
        if choice > 0.7 or choice < 0.1:
            await self._end(job_id, "DELETE", f"/api/v1/jobs/{job_id}")
            self.deleted.add(job_id)

    async def _end(self, job_id: str, method: str, path: str) -> None:
        async with self._gate:
            response = await self._caller.call(method, path)
            assert response.status in (200, 204, 409), await response.text()
            if method == "POST" and response.status == 200:
                self.seen[job_id].append((await response.json())["status"])

    async def _watch(self, job_id: str) -> None:
        while self.seen[job_id][-1] not in ENDED:
            async with self._gate:
                job = await self._caller.get(f"/api/v1/jobs/{job_id}")
            self.seen[job_id].append(job["status"])
            await asyncio.sleep(0.1)
        async with self._gate:
            job = await self._caller.get(f"/api/v1/jobs/{job_id}")
        self.seen[job_id].append(job["status"])


async def listed(caller: Caller) -> dict[str, str]:
    """Status of every job that the account can see, page by page."""
    found: dict[str, str] = {}
    cursor = ""
    while True:
        page = await caller.get(f"/api/v1/jobs?limit=37{cursor}")
        for job in page["jobs"]:
            assert job["job_id"] not in found, "a page repeats a job"
            found[job["job_id"]] = job["status"]
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.slow  # lives of many jobs
@pytest.mark.parametrize(("submissions", "minutes"), [(60, 4), (200, 15)])
async def test_many_jobs_at_once_leave_true_totals(
    serve: Serve, config: Config, submissions: int, minutes: int
) -> None:
    busy = await serve(wide(config, minutes))
    callers = [await make_caller(busy, account=name) for name in ("ada", "bob")]
    crowds = [Crowd(caller, seed) for seed, caller in enumerate(callers)]
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for number in range(submissions):
            group.create_task(crowds[number % 2].live(number))
    assert busy.app is not None
    pool = busy.app[app_keys.DATABASE].pool
    # A deletion that storage keeps waiting is answered, and left to the sweep.
    await disposal.sweep(busy.app[app_keys.DATABASE], busy.app[app_keys.STORAGE], config)
    for caller, crowd in zip(callers, crowds, strict=True):
        assert len(crowd.seen) == submissions / 2
        for statuses in crowd.seen.values():
            assert _is_a_life(statuses), statuses
        assert await listed(caller) == {
            job_id: statuses[-1]
            for job_id, statuses in crowd.seen.items()
            if job_id not in crowd.deleted
        }
        await _check_minutes(caller, crowd, pool)
        await _check_storage(caller, crowd, config.server.data_dir)


def _is_a_life(statuses: list[str]) -> bool:
    """queued, then processing, then one end that stays."""
    order = [status for i, status in enumerate(statuses) if i == 0 or statuses[i - 1] != status]
    ends = [status for status in order if status in ENDED]
    ranks = [("queued", "processing").index(s) for s in order if s not in ENDED]
    return len(ends) == 1 and order[-1] == ends[0] and ranks == sorted(set(ranks))


async def _check_minutes(caller: Caller, crowd: Crowd, pool: Any) -> None:
    """What /usage tells equals what follows from the jobs, recomputed from their own rows."""
    usage = await caller.get("/api/v1/usage")
    completed = [job for job, statuses in crowd.seen.items() if statuses[-1] == "completed"]
    charges = await pool.fetch(
        "SELECT job_id, minutes, credits FROM charges WHERE job_id = ANY ($1::text[])",
        list(crowd.seen),
    )
    assert Counter(row["job_id"] for row in charges) == Counter(completed), "charged once each"
    minutes = sum(row["minutes"] for row in charges)
    assert usage["minutes_used"] == pytest.approx(minutes, abs=0.01)
    assert minutes <= usage["minutes_limit"] + 1e-6
    assert usage["credits_remaining"] == 1000 - sum(row["credits"] for row in charges)
    by_minutes = {row["job_id"] for row in charges if row["credits"] == 0}
    kept = await pool.fetch(
        "SELECT job_id, duration_s FROM jobs WHERE job_id = ANY ($1::text[])", list(by_minutes)
    )
    paid = {row["job_id"]: row["minutes"] for row in charges}
    for row in kept:
        assert paid[row["job_id"]] == pytest.approx(row["duration_s"] / 60)


async def _check_storage(caller: Caller, crowd: Crowd, data_dir: Path) -> None:
    """The bytes that are counted are those that lie on the disk, and a deleted job has none."""
    on_disk = 0
    for job_id, upload_id in crowd.uploads.items():
        files = [*(data_dir / "uploads" / upload_id).rglob("*")]
        files += (data_dir / "storage" / "clips" / job_id).rglob("*")
        size = sum(path.stat().st_size for path in files if path.is_file())
        assert (size == 0) == (job_id in crowd.deleted), crowd.seen[job_id]
        on_disk += size
    usage = await caller.get("/api/v1/usage")
    assert usage["storage_used_mb"] == math.ceil(on_disk / 1_000_000) > 1
