"""`make test-chaos`: real jobs whose server and database are killed, over and over.

A job runs undisturbed once. Then the same job runs again and again while its server is killed
(SIGKILL) at the boundary of every stage and at random moments, Postgres is killed, and Postgres is
stopped for a while. In the end every job must be completed with the clips of the undisturbed run,
and nothing may be there twice, left over, charged twice, or made again behind a checkpoint.

    make test-chaos BLOWS=60
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live_server import Answer, LiveServer, connected, leftovers, live_server
from outcomes import charges, result
from tally import Tally

RANGE = {"start": 0, "end": 60}  # of the sample: two clips, half a minute of work
BODY = {"range": RANGE, "clip_count": 2, "min_duration": 10, "max_duration": 30}
KILLS = 60
STOPPED_S = 4.0  # that Postgres stands still
BACK_S = 240.0  # for the database to be there again
MAX_KILLS_PER_JOB = 12
STAGES = ("probe", "audio", "speech", "transcribe", "highlights", "look", "render", "write")
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": "1000",
    "KLIPFAST__LANES__LEASE_S": "3",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
}


async def checkpoint(server: LiveServer, job_id: str) -> dict[str, Any]:
    """The stored work of a job: the version of its talk, and its clips."""
    async with connected(server) as connection:
        talk = await connection.fetchval("SELECT xmin::text FROM talks WHERE job_id = $1", job_id)
        rows = await connection.fetch(
            "SELECT clip_id, created_at FROM clips WHERE job_id = $1", job_id
        )
    return {"talk": talk} | {row["clip_id"]: row["created_at"] for row in rows}


@dataclass
class Blows:
    """What is done to the server."""

    wanted: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    last: str = ""  # what was done last: a job that ends wrongly is its case


async def disturbed(
    server: LiveServer, upload: str, blows: Blows, tally: Tally, chosen: random.Random
) -> str:
    """Run one job, disturbed at most MAX_KILLS_PER_JOB times; its id."""
    job_id = await server.submit(upload, **BODY)
    kept: dict[str, Any] = {}
    for _ in range(MAX_KILLS_PER_JOB):
        if blows.struck.total() >= blows.wanted:
            break
        boundary = chosen.random() < 0.6
        stage = min(STAGES, key=lambda s: (blows.struck[f"server killed, {s}"], chosen.random()))
        if not await _until(server, job_id, stage if boundary else None, chosen):
            break
        kept = {name: value for name, value in (await checkpoint(server, job_id)).items() if value}
        what = await _strike(server, chosen, f"server killed, {stage if boundary else 'random'}")
        blows.struck[what] += 1
        blows.last = what
        await _compare(server, job_id, kept, tally, what)
    await server.ended(job_id)
    await _compare(server, job_id, kept, tally, "end of the job")
    return job_id


async def _compare(
    server: LiveServer, job_id: str, kept: dict[str, Any], tally: Tally, what: str
) -> None:
    """Stored work must still be there, not be made again."""
    now = await checkpoint(server, job_id)
    again = [name for name in kept if now.get(name) != kept[name]]
    tally.check(what, not again, f"{job_id} makes {again} again")


async def _until(server: LiveServer, job_id: str, stage: str | None, chosen: random.Random) -> bool:
    """Wait for a stage, or for a moment; False once the job has ended."""
    until = time.monotonic() + (20.0 if stage else chosen.uniform(0.1, 8.0))
    while time.monotonic() < until:
        job = await server.insist("GET", f"/api/v1/jobs/{job_id}")
        if job["finished_at"] is not None:
            return False
        if stage is not None and job["stage"] == stage:
            return True
        await asyncio.sleep(0.02)
    return True


async def _strike(server: LiveServer, chosen: random.Random, kill: str) -> str:
    """Strike the server or its database; return what was done."""
    kind, postgres = chosen.random(), server.postgres
    if kind < 0.75:
        await server.restart(signal.SIGKILL)
        return kill
    if kind < 0.85:
        await server.restart(signal.SIGTERM)
        return "server stopped"
    if kind < 0.93:
        os.kill(postgres, signal.SIGKILL)
        await _back(server, lambda found: found != postgres)
        return "Postgres killed"
    children = Path(f"/proc/{postgres}/task/{postgres}/children").read_text().split()
    for one in (postgres, *map(int, children)):
        os.kill(one, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    for one in (*map(int, children), postgres):
        os.kill(one, signal.SIGCONT)
    await _back(server, lambda _: True)
    return "Postgres stopped"


async def _back(server: LiveServer, holds: Callable[[int], bool]) -> None:
    """Wait until the database is there again."""
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline:
        try:
            if holds(server.postgres):
                await server.call("GET", "/readyz")
                return
        except (Answer, OSError, ValueError, IndexError):
            pass
        await asyncio.sleep(0.2)
    raise Answer("the database did not come back")


async def main(kills: int, seed: int) -> bool:
    """Run it, print a table, and return whether nothing was lost."""
    chosen, tally, blows = random.Random(seed), Tally(), Blows()
    async with live_server(SETTINGS) as server:
        upload = await server.upload()
        jobs = [await disturbed(server, upload, blows, tally, chosen)]
        blows.wanted = kills
        expected = await result(server, jobs[0])
        print(f"undisturbed: {len(expected['clips'])} clips", flush=True)
        while blows.struck.total() < kills and not tally.faults:
            try:
                jobs.append(await disturbed(server, upload, blows, tally, chosen))
            except Answer as error:
                tally.stuck(blows.last, str(error))
                break
            found = await result(server, jobs[-1])
            tally.check(
                "job as undisturbed",
                found == expected,
                f"{jobs[-1]}: {found} instead of {expected}",
            )
            print(f"{blows.struck.total()} blows, {len(jobs)} jobs", flush=True)
        tally.clean("files, rows, charges", await leftovers(server))
        tally.clean(
            "files, rows, charges", await charges(server, jobs, RANGE["end"] - RANGE["start"])
        )
    print(f"{blows.struck.total()} blows, seed {seed}")
    return tally.show("make test-chaos")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    good = asyncio.run(main(numbers[0] if numbers else KILLS, (numbers[1:] or [1])[0]))
    sys.exit(0 if good else 1)
