"""`make soak`: hundreds of jobs in a row and a hundred thousand requests; nothing may grow.

Memory, descriptors, threads, disk and database are measured after each job, which is deleted then.
A line is fitted to each by least squares, past the first jobs; it may rise by no more than its
limit a job, beyond twice the standard error of its slope.
"""

import asyncio
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from live_server import (
    QUICK,
    UNLIMITED,
    LiveServer,
    connected,
    descriptors,
    live_server,
    resident,
)
from outcomes import judge, leftovers
from serving import free_port
from tally import Tally, run

JOBS = 300
REQUESTS = 100_000
AT_ONCE = 4  # requests
WARM_UP = 0.2  # share of the jobs, which fill caches
SETTINGS = {
    "KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE": UNLIMITED,
    "KLIPFAST_LOG_LEVEL": "warning",  # which does not tell the port: it is chosen here
    "KLIPFAST_PORT": str(free_port()),
}
LIMITS = {  # by how much each may rise in a job
    "memory, kB": 50.0,
    "descriptors": 0.01,
    "threads": 0.01,
    "files, kB": 1.0,
    "database, kB": 4.0,  # a charge stays, as a row of 100 bytes and its indexes
    "rows besides charges": 0.01,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through the measurements."""

    slope: float  # a job
    error: float  # standard error of the slope
    first: float
    last: float

    @classmethod
    def through(cls, values: list[float]) -> "Line":
        """Fit it by least squares, to at least three values."""
        (slope, _), covariance = np.polyfit(range(len(values)), values, 1, cov=True)
        error = float(np.sqrt(covariance[0, 0]))
        return cls(slope=float(slope), error=error, first=values[0], last=values[-1])


async def measure(server: LiveServer) -> dict[str, float]:
    """Return what the server holds now."""
    pid = server.running.pid
    async with connected(server) as connection:
        size = await connection.fetchval("SELECT pg_database_size('postgres')")
        names = await connection.fetch(
            "SELECT relname FROM pg_stat_user_tables WHERE relname NOT IN ('charges')"
        )
        rows = [await connection.fetchval(f"SELECT count(*) FROM {n['relname']}") for n in names]
    files = [p for part in ("storage", "work", "uploads") for p in _files(server.data / part)]
    return {
        "memory, kB": resident(pid) / 1024,
        "descriptors": descriptors(pid),
        "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
        "files, kB": sum(path.stat().st_size for path in files) / 1024,
        "database, kB": size / 1024,
        "rows besides charges": sum(rows),
    }


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


async def request(server: LiveServer, tally: Tally, count: "itertools.count[int]") -> None:
    """Send requests until there have been enough."""
    paths = ("/api/v1/usage", "/api/v1/jobs", "/healthz", "/api/v1/jobs/job_0", "/openapi.json")
    async with server.session() as session:
        while (number := next(count)) < REQUESTS:
            path = paths[number % len(paths)]
            try:
                async with session.get(server.base + path) as response:
                    await response.read()
                    good = response.status == (404 if path.endswith("job_0") else 200)
            except (aiohttp.ClientError, TimeoutError):
                good = False
            tally.check("requests", good, f"{path} failed")
            await asyncio.sleep(0.02)


async def work(server: LiveServer, tally: Tally, jobs: int) -> list[dict[str, float]]:
    """Run jobs one after another, and delete each, once the next one keeps the upload."""
    upload = await server.upload()
    samples: list[dict[str, float]] = []
    before = ""
    for number in range(jobs):
        start = number % 40
        body: dict[str, Any] = QUICK | {"range": {"start": start, "end": start + 10}}
        job_id = await server.submit(upload, **body, text_outputs=["twitter_thread"])
        if before:
            await server.call("DELETE", f"/api/v1/jobs/{before}")
        before = job_id
        if await judge(server, tally, "jobs", job_id) is None:
            continue
        samples.append(await measure(server))
        if number % 25 == 24:
            print(f"{number + 1} jobs, {samples[-1]}", flush=True)
    return samples


async def prove(tally: Tally, jobs: int) -> None:
    """Run jobs beside requests, and look whether anything grows."""
    async with live_server(SETTINGS) as server:
        count = itertools.count()
        asking = [asyncio.create_task(request(server, tally, count)) for _ in range(AT_ONCE)]
        samples = await work(server, tally, jobs)
        await asyncio.gather(*asking)
        tally.clean("files, rows, work folders", await leftovers(server))
    steady = samples[int(len(samples) * WARM_UP) :]
    for name, limit in LIMITS.items():
        line = Line.through([sample[name] for sample in steady])
        slope = f"{line.slope:+.3f} ± {line.error:.3f} a job"
        tally.clean(name, [slope] * (line.slope - 2 * line.error > limit))
        tally.row(name).note = f"{slope} ({line.first:,.0f} → {line.last:,.0f})"


if __name__ == "__main__":
    run(prove, numbers={"jobs": JOBS})
