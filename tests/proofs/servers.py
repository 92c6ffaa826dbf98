"""`make test-servers`: two servers on one Postgres, killed in turns while both have jobs.

Each has a data folder of its own, and so its own uploads and clips. A job of an upload may only be
made by the server that has the upload. One is killed (SIGKILL) while it works, then the other, and
each is started again after a while in which only the other one is there. Every job must complete
with one clip, once, in one folder, charged once, and none may say that its upload is gone.

    make test-servers JOBS=12
"""

import asyncio
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from live_server import QUICK, LiveServer, connected, live_server
from outcomes import charges, judge
from tally import Tally, run

from klipfast_server.store import database

JOBS = 12
WINDOW_S = 12  # seconds of the sample, of which each job makes a clip
ALONE_S = 6.0  # that one of them is left alone
PATIENCE_S = 600.0  # for a job to end
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
        server.running.send_signal(signal.SIGKILL)
        await asyncio.to_thread(server.running.wait, 60)
        await server.stop()
        await asyncio.sleep(ALONE_S)
        await server.start()
        tally.passed("servers killed")


async def prove(tally: Tally, jobs: int) -> None:
    """Kill two servers in turns, and look at how each job ended and where its clip is."""
    with tempfile.TemporaryDirectory(prefix="kf-pg-", dir="/tmp") as folder:
        async with database.embedded(Path(folder) / "data") as url:
            settings = SETTINGS | {"KLIPFAST_DATABASE_URL": url}
            async with live_server(settings) as first, live_server(settings) as second:
                second.key = first.key
                made = await submitted((first, second), jobs)
                await kill_in_turns((first, second), tally)
                for job_id, server in made.items():
                    await judge(second, tally, "jobs", job_id, patience_s=PATIENCE_S)
                    clips = list((server.data / "storage" / "clips" / job_id).glob("*.mp4"))
                    kind = "its clip is where its upload is"
                    tally.check(kind, len(clips) == 1, f"{job_id}: {clips}")
                tally.clean("charged once", await charges(first, list(made), WINDOW_S))
                async with connected(first) as connection:
                    rows = await connection.fetchval("SELECT count(*) FROM clips")
                tally.check("one row a clip", rows == len(made), f"{rows} of {len(made)}")


if __name__ == "__main__":
    run(prove, numbers={"jobs": JOBS})
