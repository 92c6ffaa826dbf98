"""`make test-servers`: two servers on one Postgres, killed in turns while both have jobs.

Each has a data folder of its own, and so its own uploads and clips. A job of an upload may only be
made by the server that has the upload. One is killed (SIGKILL) while it works, then the other, and
each is started again after a while in which only the other one is there. Every job must complete
with one clip, once, in one folder, charged once, and none may say that its upload is gone.

    make test-servers JOBS=12
"""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from live_server import QUICK, Answer, LiveServer, connected, live_server
from outcomes import charges
from own_postgres import own_postgres
from tally import Tally

JOBS = 12
WINDOW_S = 12  # of the sample, of which each job makes a clip
ALONE_S = 6.0  # that one of them is left alone
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": "1000",
    "KLIPFAST__LANES__LEASE_S": "3",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
}


async def submitted(servers: Sequence[LiveServer], count: int) -> dict[str, LiveServer]:
    """Upload to each server and submit jobs in turns; the server that has the upload, by job."""
    uploads = [await server.upload() for server in servers]
    jobs: dict[str, LiveServer] = {}
    for number in range(count):
        server, upload = servers[number % 2], uploads[number % 2]
        part = {"range": {"start": number, "end": number + WINDOW_S}, "max_duration": WINDOW_S}
        # asked at the other one: whoever takes a job in need not be who makes it
        jobs[await servers[(number // 2) % 2].submit(upload, **QUICK | part)] = server
    return jobs


async def kill_in_turns(servers: Sequence[LiveServer], tally: Tally) -> None:
    """Kill each once, and start it again."""
    for server in servers:
        await asyncio.sleep(ALONE_S)
        assert server.process is not None
        server.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(server.process.wait, 60)
        await server.stop()
        await asyncio.sleep(ALONE_S)
        await server.start()
        tally.passed("servers killed")


async def judge(jobs: dict[str, LiveServer], other: LiveServer, tally: Tally) -> None:
    """Check how each job ended, asked at the other server, and where its clip is."""
    for job_id, server in jobs.items():
        try:
            job = await other.ended(job_id, 600)
        except Answer as error:
            tally.stuck("jobs", str(error))
            continue
        good = job["status"] == "completed" and len(job["clips"]) == 1
        tally.check("jobs", good, f"{job_id}: {job['status']} {job['error']}")
        folder = server.data / "storage" / "clips" / job_id
        found = [path.name for path in folder.glob("*.mp4")]
        tally.check("its clip is where its upload is", len(found) == 1, f"{job_id}: {found}")


async def main(count: int) -> bool:
    """Run it, print a table, and return whether everything was made once."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="kf-pg-", dir="/tmp") as folder:
        async with own_postgres(Path(folder) / "pg", on_small_disk=False) as postgres:
            settings = SETTINGS | {"KLIPFAST_DATABASE_URL": postgres.url}
            async with live_server(settings) as first, live_server(settings) as second:
                second.key = first.key
                servers = (first, second)
                jobs = await submitted(servers, count)
                await kill_in_turns(servers, tally)
                await judge(jobs, second, tally)
                tally.clean("charged once", await charges(first, list(jobs), WINDOW_S))
                async with connected(first) as connection:
                    rows = await connection.fetchval("SELECT count(*) FROM clips")
                tally.check("one row a clip", rows == len(jobs), f"{rows} of {len(jobs)}")
    return tally.show("make test-servers")


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else JOBS)) else 1)
