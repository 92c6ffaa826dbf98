"""`make test-chaos`: real jobs whose server and database are killed, over and over.

A job runs undisturbed once. Then the same job runs again and again while its server is killed
(SIGKILL) at the boundary of every stage and at random moments, Postgres is killed, and Postgres is
stopped for a while. In the end every job must be completed with the clips of the undisturbed run,
and nothing may be there twice, left over, charged twice, or made again behind a checkpoint.

    python tests/contract/chaos.py [KILLS] [SEED]
"""

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from serving import SAMPLE, Process, environment, new_key, serving

RANGE = {"start": 0, "end": 60}  # of the sample: two clips, half a minute of work
BODY = {"range": RANGE, "clip_count": 2, "min_duration": 10, "max_duration": 30}
KILLS = 60
PATIENCE_S = 240.0  # for a job to complete once it is left alone
STOPPED_S = 4.0  # that Postgres stands still
MAX_KILLS_PER_JOB = 12
STAGES = ("probe", "audio", "speech", "transcribe", "highlights", "look", "render", "write")
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": "1000",
    "KLIPFAST__LANES__LEASE_S": "3",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE": "1000000",
    "KLIPFAST__PLANS__BUSINESS__MINUTES_PER_MONTH": "1000000",
}


class Answer(Exception):
    """The server refused, or was not there."""


@dataclass
class Server:
    """A server that can be killed and started again on the same data."""

    environ: dict[str, str]
    key: str = ""
    base: str = ""
    process: Process | None = None
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        manager = serving(self.environ)
        self.base, self.process = await asyncio.to_thread(manager.__enter__)
        self._running = AsyncExitStack()
        self._running.push_async_callback(asyncio.to_thread, manager.__exit__, None, None, None)

    async def stop(self) -> None:
        """Stop it in an orderly way, or collect it if it was killed."""
        await self._running.aclose()

    async def restart(self, number: int) -> None:
        """Send it a signal that ends it, and start it again."""
        assert self.process is not None
        self.process.send_signal(number)
        await asyncio.to_thread(self.process.wait, 60)
        await self.stop()
        await self.start()

    async def call(self, method: str, path: str, **kw: Any) -> Any:
        """JSON of an answer. Raises Answer."""
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                session.request(method, self.base + path, **kw) as response,
            ):
                body = await response.read()
                if response.status >= 400:
                    raise Answer(f"{response.status} {body[:200]!r}")
                return json.loads(body) if body else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Answer(repr(error)) from error

    async def insist(self, method: str, path: str, **kw: Any) -> Any:
        """Call until the server answers, as a client would."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self.call(method, path, **kw)
            except Answer:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the embedded Postgres."""
    host = Path(server.environ["KLIPFAST_DATA_DIR"]) / "postgres"
    connection = await asyncpg.connect(host=str(host), user="postgres", database="postgres")
    try:
        yield connection
    finally:
        await connection.close()


async def result(server: Server, job_id: str) -> dict[str, Any]:
    """What a job made, without what differs between two jobs."""
    job = await server.insist("GET", f"/api/v1/jobs/{job_id}")
    async with connected(server) as connection:
        talk = await connection.fetchval(
            "SELECT (talk -> 'transcript')::text FROM talks WHERE job_id = $1", job_id
        )
    return {
        "status": job["status"],
        "transcript": hashlib.sha256(talk.encode()).hexdigest(),
        "texts": job["text_outputs"],
        "clips": [
            (clip["start_seconds"], clip["end_seconds"], clip["title"], clip["transcript"])
            for clip in job["clips"]
        ],
    }


@dataclass
class Tally:
    """What was done and found."""

    kills: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)


async def checkpoint(server: Server, job_id: str) -> dict[str, Any]:
    """The stored work of a job: the version of its talk, and its clips."""
    async with connected(server) as connection:
        talk = await connection.fetchval("SELECT xmin::text FROM talks WHERE job_id = $1", job_id)
        rows = await connection.fetch(
            "SELECT clip_id, created_at FROM clips WHERE job_id = $1", job_id
        )
    return {"talk": talk} | {row["clip_id"]: row["created_at"] for row in rows}


async def disturbed(
    server: Server, upload: str, tally: Tally, chosen: random.Random, wanted: int
) -> str:
    """Run one job, disturbed at most MAX_KILLS_PER_JOB times; its id."""
    accepted = await server.insist("POST", "/api/v1/process", json={"video_url": upload} | BODY)
    job_id: str = accepted["job_id"]
    kept: dict[str, Any] = {}
    for _ in range(MAX_KILLS_PER_JOB):
        if tally.kills.total() >= wanted:
            break
        boundary = chosen.random() < 0.6
        stage = min(STAGES, key=lambda s: (tally.kills[f"server, {s}"], chosen.random()))
        if not await _until(server, job_id, stage if boundary else None, chosen):
            break
        kept = {name: value for name, value in (await checkpoint(server, job_id)).items() if value}
        await _strike(server, tally, chosen, f"server, {stage if boundary else 'random'}")
        now = await checkpoint(server, job_id)
        tally.repeated += [f"{job_id} {name}" for name in kept if now.get(name) != kept[name]]
    deadline = time.monotonic() + PATIENCE_S
    while (job := await server.insist("GET", f"/api/v1/jobs/{job_id}"))["finished_at"] is None:
        if time.monotonic() > deadline:
            tally.lost.append(f"{job_id} is {job['status']} at {job['stage']}")
            break
        await asyncio.sleep(0.2)
    now = await checkpoint(server, job_id)
    tally.repeated += [f"{job_id} {name}" for name in kept if now.get(name) != kept[name]]
    tally.jobs += 1
    return job_id


async def _until(server: Server, job_id: str, stage: str | None, chosen: random.Random) -> bool:
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


async def _strike(server: Server, tally: Tally, chosen: random.Random, what: str) -> None:
    kind = chosen.random()
    pid = Path(server.environ["KLIPFAST_DATA_DIR"]) / "postgres" / "postmaster.pid"
    postgres = int(pid.read_text().split()[0])
    if kind < 0.75:
        tally.kills[what] += 1
        await server.restart(signal.SIGKILL)
    elif kind < 0.85:
        tally.kills["server, SIGTERM"] += 1
        await server.restart(signal.SIGTERM)
    elif kind < 0.93:
        tally.kills["Postgres killed"] += 1
        os.kill(postgres, signal.SIGKILL)
        await _back(server, pid, lambda found: found != postgres)
    else:
        tally.kills["Postgres stopped"] += 1
        os.kill(postgres, signal.SIGSTOP)
        children = Path(f"/proc/{postgres}/task/{postgres}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGSTOP)
        await asyncio.sleep(STOPPED_S)
        for one in (*map(int, children), postgres):
            os.kill(one, signal.SIGCONT)
        await _back(server, pid, lambda _: True)


async def _back(server: Server, pid: Path, holds: Callable[[int], bool]) -> None:
    """Wait until the database is there again."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if holds(int(pid.read_text().split()[0])):
                await server.call("GET", "/readyz")
                return
        except (Answer, OSError, ValueError, IndexError):
            pass
        await asyncio.sleep(0.2)
    raise Answer("the database did not come back")


async def leftovers(server: Server, jobs: list[str], minutes: float) -> list[str]:
    """What should not be there."""
    data = Path(server.environ["KLIPFAST_DATA_DIR"])
    async with connected(server) as connection:
        clips = await connection.fetch("SELECT file_key, thumbnail_key, clean_key FROM clips")
        heard = await connection.fetchval("SELECT count(*) FROM heard")
        charges = await connection.fetchval("SELECT count(*) FROM charges")
        trash = await connection.fetchval("SELECT count(*) FROM trash")
    known = {key for row in clips for key in row.values() if key}
    there = {
        str(path.relative_to(data / "storage"))
        for path in (data / "storage").rglob("*")
        if path.is_file()
    }
    usage = await server.insist("GET", "/api/v1/usage")
    found = [f"file without a row: {key}" for key in sorted(there - known)]
    found += [f"row without a file: {key}" for key in sorted(known - there)]
    found += [f"work folder: {path.name}" for path in (data / "work").iterdir()]
    found += [f"{heard} chunks of ended jobs"] * bool(heard) + [f"{trash} in the trash"] * bool(
        trash
    )
    if charges != len(jobs) or abs(usage["minutes_used"] - minutes) > 0.02 * len(jobs):
        found.append(f"{charges} charges, {usage['minutes_used']} minutes for {len(jobs)} jobs")
    return found


async def main(kills: int, seed: int) -> bool:
    """Run it, print a table, and return whether nothing was lost."""
    chosen, tally, began = random.Random(seed), Tally(), time.monotonic()
    folder = tempfile.mkdtemp(prefix="kf-", dir="/tmp")  # short: the path of a socket
    server = Server(environment(folder, **SETTINGS))
    await server.start()
    try:
        server.key = await asyncio.to_thread(new_key, server.environ)
        upload = (
            await server.insist(
                "POST", "/api/v1/uploads?filename=talk.mp4", data=SAMPLE.read_bytes()
            )
        )["video_url"]
        jobs = [await disturbed(server, upload, Tally(), chosen, 0)]
        expected = await result(server, jobs[0])
        print(f"undisturbed: {len(expected['clips'])} clips", flush=True)
        while tally.kills.total() < kills and not tally.lost:
            jobs.append(await disturbed(server, upload, tally, chosen, kills))
            found = await result(server, jobs[-1])
            if found != expected:
                tally.lost.append(f"{jobs[-1]} differs: {found} instead of {expected}")
            print(f"{tally.kills.total()} blows, {tally.jobs} jobs", flush=True)
        minutes = len(jobs) * (RANGE["end"] - RANGE["start"]) / 60
        tally.leaked += await leftovers(server, jobs, minutes)
    finally:
        await server.stop()
    for what, count in sorted(tally.kills.items()):
        print(f"{what:28} {count:4}")
    print(
        f"{tally.kills.total()} blows in {tally.jobs} jobs: {len(tally.lost)} lost, "
        f"{len(tally.repeated)} repeated, {len(tally.leaked)} left over; "
        f"{time.monotonic() - began:.0f} s, seed {seed}"
    )
    for line in (*tally.lost, *tally.repeated, *tally.leaked):
        print(line)
    return not (tally.lost or tally.repeated or tally.leaked)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    good = asyncio.run(main(numbers[0] if numbers else KILLS, (numbers[1:] or [1])[0]))
    sys.exit(0 if good else 1)
