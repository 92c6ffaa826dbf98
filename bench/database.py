"""Measures what a job costs the database: transactions, rows, log, and time spent in statements.

A server makes clips of the sample talk on embedded Postgres. The same is measured while the server
has nothing to do, and taken off the job's share for the time that the job took.
"""

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bench.support.recordings import SAMPLE
from bench.support.report import fast, keep, show
from bench.support.served import served
from klipfast_client import connected

PORT = 18433
IDLE_S = 20.0
POLL_S = 2.0  # between looks at the job, as a client that does not listen to events
FLUSHED_S = 1.5  # Postgres publishes its counters once a second

COUNTERS = """
select xact_commit + xact_rollback as transactions,
       tup_inserted + tup_updated + tup_deleted as rows,
       active_time as active_ms,
       pg_current_wal_lsn() - '0/0'::pg_lsn as log_bytes
from pg_stat_database where datname = current_database()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a database did so far, or within some time."""

    transactions: float
    rows: float  # written
    active_ms: float  # in statements, over all sessions
    log_bytes: float  # write-ahead log

    def since(self, before: "Work", share: float = 1.0) -> "Work":
        """Return the difference to an earlier state, times `share`."""
        return Work(
            **{
                f.name: (getattr(self, f.name) - getattr(before, f.name)) * share
                for f in fields(Work)
            }
        )


async def worked(db: Any) -> Work:
    """Return what the database did so far."""
    await asyncio.sleep(FLUSHED_S)
    row = await db.pool.fetchrow(COUNTERS)
    return Work(**{name: float(value) for name, value in row.items()})


async def measure(folder: Path) -> list[dict[str, object]]:
    """Return a row for a second without a job, and one for a job."""
    async with served(folder, PORT) as server, connected(server.base_url, server.key) as client:
        nothing = await worked(server.db)
        idle_s = 5.0 if fast() else IDLE_S
        began = time.perf_counter()
        await asyncio.sleep(idle_s)
        idle = (await worked(server.db)).since(nothing, 1 / (time.perf_counter() - began))
        before, began = await worked(server.db), time.perf_counter()
        job = await client.submit((await client.upload(SAMPLE)).video_url, clip_count=2)
        looks = 0
        while (found := await client.job(job.job_id)).status not in ("completed", "failed"):
            looks += 1
            await asyncio.sleep(POLL_S)
        took_s = time.perf_counter() - began
        if found.status == "failed":
            raise SystemExit(f"bench.database: the job failed: {found.error}")
        spent = (await worked(server.db)).since(before)
    own = {f.name: getattr(spent, f.name) - getattr(idle, f.name) * took_s for f in fields(Work)}
    print(f"a job of {took_s:.0f} s, {looks} looks at it", file=sys.stderr)
    return [
        {
            "of": "a second without a job",
            **_rounded({f.name: getattr(idle, f.name) for f in fields(Work)}),
        },
        {
            "of": "a job",
            "s": round(took_s, 1),
            "clips": len(found.clips),
            "looks": looks,
            **_rounded(own),
        },
    ]


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(max(0.0, value), 3) for name, value in values.items()}


async def main() -> None:
    """Measure and save."""
    with tempfile.TemporaryDirectory() as name:
        rows = await measure(Path(name))
    show("What a job costs the database", rows)
    keep("database", rows=rows)


if __name__ == "__main__":
    asyncio.run(main())
