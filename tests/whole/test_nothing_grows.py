"""Jobs that have come and gone leave nothing in the process or the database.

`make soak` measures it over hours, memory too.
"""

import asyncio
import os
import threading
from contextlib import AsyncExitStack
from typing import Any

from caller import Caller
from fake_engine import FakeEngine

from klipfast_server.store.database import Database
from pipeline.core.errors import NoSpeech

JOBS = 15
TABLES = ("accounts", "jobs", "talks", "heard", "clips", "uploads", "trash", "deliveries")


async def held(db: Database) -> dict[str, Any]:
    """What the process and the database hold now."""
    rows = {name: await db.pool.fetchval(f"SELECT count(*) FROM {name}") for name in TABLES}
    return rows | {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
    }


async def fill_default_pool() -> None:
    """Make asyncio's pool start all of its threads: it adds one wherever none is idle."""
    threads = min(32, (os.cpu_count() or 1) + 4)
    together = threading.Barrier(threads)
    await asyncio.gather(*(asyncio.to_thread(together.wait, 10) for _ in range(threads)))


async def fill_database_pool(db: Database) -> None:
    """Make the database's pool open all of its connections, as it does when calls meet."""
    async with AsyncExitStack() as taken:
        for _ in range(db.pool.get_max_size()):
            await taken.enter_async_context(db.pool.acquire())


async def come_and_go(ada: Caller, engine: FakeEngine, number: int) -> None:
    """A job that is completed, fails or is canceled, and is deleted with its upload."""
    if number % 3 == 1:
        engine.errors["clip 0"] = NoSpeech("Nobody speaks.")
    if number % 3 == 2:
        engine.hold("clip 0")
    job_id = await ada.submit(10 + number, metadata={"number": str(number)})
    if number % 3 == 2:
        await ada.until(job_id, lambda job: job["stage"] is not None)
        await ada.post(f"/api/v1/jobs/{job_id}/cancel")
        engine.let_go("clip 0")
    await ada.until(job_id)
    engine.errors.clear()
    response = await ada.call("DELETE", f"/api/v1/jobs/{job_id}")
    assert response.status == 204


async def test_jobs_that_have_gone_leave_nothing(
    ada: Caller, db: Database, engine: FakeEngine
) -> None:
    await fill_default_pool()
    await fill_database_pool(db)
    for number in range(6):  # fills the other pools, and caches
        await come_and_go(ada, engine, number)
    before = await held(db)
    for number in range(JOBS):
        await come_and_go(ada, engine, number)
    for _ in range(200):  # a canceled job lets go a moment after its answer
        after = await held(db)
        if all(after[name] <= before[name] for name in before):
            return
        await asyncio.sleep(0.05)
    raise AssertionError((before, after))
