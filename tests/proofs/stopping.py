"""`make test-stopping`: SIGTERM in every stage, and during uploads, event streams and downloads.

The server must end within its grace, with exit code 0, and claim nothing more. Every job goes on
after the next start; an upload in one request leaves nothing behind, and one in pieces all that
came; what hangs on the network holds nothing up.

    make test-stopping PARTS="stages connections"
"""

import asyncio
import hashlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
from expensive_calls import TUS
from live_server import (
    PATIENCE_S,
    QUICK,
    Answer,
    LiveServer,
    connected,
    leftovers,
    live_server,
    upload_files,
)
from serving import SAMPLE
from tally import Tally

GRACE_S = 6.0  # as the server is configured
SLACK_S = 4.0  # for threads and Postgres, after the grace
STAGES = ("probe", "audio", "speech", "transcribe", "highlights", "look", "render", "write")
MAX_TRIES = 6  # to see a stage, which may last a moment
PARTS = ("stages", "connections")
RESUMABLE = "/api/v1/resumable-uploads"
PATCH = {"Content-Type": "application/offset+octet-stream"}
PIECE = SAMPLE.read_bytes()[: 1 << 20]
SETTINGS = {
    "KLIPFAST__SERVER__SHUTDOWN_GRACE_S": f"{GRACE_S:g}",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__LANES__JOBS": "1",
}


async def stop(server: LiveServer, tally: Tally, kind: str) -> None:
    """Send SIGTERM, and count the case as stuck or lost if the server does not end well."""
    assert server.process is not None
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    try:
        code = await asyncio.to_thread(server.process.wait, GRACE_S + SLACK_S)
    except Exception:  # subprocess.TimeoutExpired
        tally.stuck(kind, f"still runs {GRACE_S + SLACK_S:g} s after SIGTERM")
        server.process.kill()
        return
    took_s = time.monotonic() - began
    row = tally.row(kind)
    slowest_s = max(took_s, float(row.note.removeprefix("≤ ").removesuffix(" s") or 0))
    row.note = f"≤ {slowest_s:.1f} s"
    tally.check(kind, code == 0, f"exit code {code}")


async def in_stages(server: LiveServer, tally: Tally, upload: str) -> None:
    """Stop in each stage, with a second job in the queue that must not be claimed any more."""
    for stage in STAGES:
        kind = f"in {stage}"
        for _ in range(MAX_TRIES):
            running = await server.submit(upload, **QUICK, text_outputs=["twitter_thread"])
            waiting = await server.submit(upload, **QUICK | {"range": {"start": 1, "end": 21}})
            if await server.at_stage(running, [stage]):
                break
            await server.ended(waiting)
        else:
            tally.lost(kind, "the stage was never seen")
            continue
        await stop(server, tally, kind)
        tally.check("no new claims", f'"job_id": "{waiting}"' not in server.log, waiting)
        await server.stop()
        await server.start()
        for job_id in (running, waiting):
            await _completed(server, tally, f"{kind}, its job and the next", job_id)


async def _completed(server: LiveServer, tally: Tally, kind: str, job_id: str) -> None:
    try:
        job = await server.ended(job_id)
    except Answer as error:
        tally.stuck(kind, str(error))
        return
    async with connected(server) as connection:
        attempts = await connection.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id)
    good = job["status"] == "completed" and len(job["clips"]) == 1
    tally.check(kind, good, f"{job_id} is {job['status']}: {job['error']}")
    tally.check("a stop costs no attempt", attempts == 1, f"{job_id} has {attempts} attempts")


@asynccontextmanager
async def uploading(server: LiveServer) -> AsyncIterator[None]:
    """An upload in one request that never ends, whose first bytes are on disk."""
    before = upload_files(server.data).keys()

    def is_on_disk() -> bool:
        now = upload_files(server.data)
        return any(now[upload_id].get("source") for upload_id in now.keys() - before)

    async with _session(server) as session:
        sending = asyncio.create_task(
            session.post(f"{server.base}/api/v1/uploads", data=_endless(PIECE))
        )
        await _until(is_on_disk)
        yield
        await asyncio.gather(sending, return_exceptions=True)


@asynccontextmanager
async def uploading_a_piece(server: LiveServer, upload_id: str) -> AsyncIterator[None]:
    """A piece of a resumable upload, with PIECE on disk, that never ends."""
    async with _session(server) as session:
        sending = asyncio.create_task(
            session.patch(
                f"{server.base}{RESUMABLE}/{upload_id}",
                headers=TUS | PATCH | {"Upload-Offset": "0"},
                data=_endless(PIECE),
            )
        )
        await _until(lambda: upload_files(server.data)[upload_id] == {"part": len(PIECE)})
        yield
        await asyncio.gather(sending, return_exceptions=True)


async def _endless(content: bytes) -> AsyncIterator[bytes]:
    yield content
    await asyncio.sleep(PATIENCE_S)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)


async def begin_in_pieces(server: LiveServer) -> str:
    """The id of a new resumable upload of the sample."""
    headers = TUS | {"Upload-Length": str(SAMPLE.stat().st_size)}
    async with (
        _session(server) as session,
        session.post(server.base + RESUMABLE, headers=headers) as response,
    ):
        return response.headers["Location"].rsplit("/", 1)[1]


async def end_in_pieces(server: LiveServer, upload_id: str) -> int:
    """Send what the server says it lacks, and return how many bytes it had."""
    address = f"{server.base}{RESUMABLE}/{upload_id}"
    async with _session(server) as session:
        async with session.head(address, headers=TUS) as response:
            had = int(response.headers["Upload-Offset"])
        headers = TUS | PATCH | {"Upload-Offset": str(had)}
        rest = SAMPLE.read_bytes()[had:]
        async with session.patch(address, headers=headers, data=rest) as response:
            await response.read()
    return had


@asynccontextmanager
async def listening(server: LiveServer, job_id: str) -> AsyncIterator[None]:
    """An event stream of a job that is queued or running."""
    async with (
        _session(server) as session,
        session.get(f"{server.base}/api/v1/jobs/{job_id}/events") as stream,
    ):
        await stream.content.readline()
        yield


@asynccontextmanager
async def downloading(server: LiveServer, link: str) -> AsyncIterator[None]:
    """Clips whose reader has stopped to read."""
    async with _session(server, read_bufsize=1024) as session:
        answers = [await session.get(link) for _ in range(4)]
        await answers[0].content.read(1024)
        yield
        for answer in answers:
            answer.close()


def _session(server: LiveServer, read_bufsize: int = 1 << 16) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bearer {server.key}"}
    return aiohttp.ClientSession(headers=headers, read_bufsize=read_bufsize)


async def _stopped_in_uploads(server: LiveServer, tally: Tally) -> None:
    before = upload_files(server.data).keys()
    async with uploading(server):
        await stop(server, tally, "during an upload")
    left = upload_files(server.data).keys() - before
    tally.clean("an upload in one request leaves nothing", left)
    await server.stop()
    await server.start()
    upload_id, kind = await begin_in_pieces(server), "an upload in pieces keeps what came"
    async with uploading_a_piece(server, upload_id):
        await stop(server, tally, "during an upload in pieces")
    kept = upload_files(server.data).get(upload_id)
    tally.check(kind, kept == {"part": len(PIECE)}, f"{upload_id}: {kept}")
    await server.stop()
    await server.start()
    had = await end_in_pieces(server, upload_id)
    whole = (await server.insist("GET", f"/api/v1/uploads/{upload_id}"))["sha256"]
    good = had == len(PIECE) and whole == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    tally.check("an upload in pieces goes on", good, f"{upload_id} from {had}: {whole}")


async def on_connections(server: LiveServer, tally: Tally, upload: str) -> None:
    """Stop while clients send, listen and read."""
    job = await server.ended(await server.submit(upload, **QUICK))
    link = job["clips"][0]["download_url"]
    for number in range(3):
        await _stopped_in_uploads(server, tally)
        job_id = await server.submit(upload, **QUICK)
        async with listening(server, job_id):
            await stop(server, tally, "during an event stream")
        await server.stop()
        await server.start()
        await _completed(server, tally, "during an event stream, its job", job_id)
        moved = server.base + link[link.index("/files/") :]
        async with downloading(server, moved):
            await stop(server, tally, "during downloads")
        await server.stop()
        await server.start()
        print(f"{number + 1} rounds of connections", flush=True)


async def main(parts: Sequence[str]) -> bool:
    """Run these parts, print a table, and return whether nothing was lost."""
    tally = Tally()
    async with live_server(SETTINGS) as server:
        upload = await server.upload()
        if "stages" in parts:
            await in_stages(server, tally, upload)
        if "connections" in parts:
            await on_connections(server, tally, upload)
        tally.clean("files, rows, work folders", await leftovers(server))
    return tally.show("make test-stopping")


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(sys.argv[1:] or PARTS)) else 1)
