"""`make test-stopping`: SIGTERM in every stage, and during uploads, event streams and downloads.

The server must end within its grace, with exit code 0, and claim nothing more. Every job goes on
after the next start; an upload in one request leaves nothing behind, and one in pieces all that
came; what hangs on the network holds nothing up.

    make test-stopping PARTS="stages connections"
"""

import asyncio
import hashlib
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from caller import PIECE, TUS
from live_server import (
    PATIENCE_S,
    QUICK,
    RESUMABLE,
    LiveServer,
    connected,
    live_server,
)
from outcomes import judge, leftovers, told_in, upload_files
from serving import SAMPLE
from tally import Tally, run

GRACE_S = 6.0  # as the server is configured
SLACK_S = 4.0  # for threads and Postgres, after the grace
STAGES = ("probe", "audio", "speech", "transcribe", "highlights", "look", "render", "write")
MAX_TRIES = 6  # to see a stage, which may last a moment
ROUNDS = 3  # times that each kind of connection is tried
FIRST_BYTES = SAMPLE.read_bytes()[: 1 << 20]
SETTINGS = {
    "KLIPFAST__SERVER__SHUTDOWN_GRACE_S": f"{GRACE_S:g}",
    "KLIPFAST__LANES__PROGRESS_S": "0.05",
    "KLIPFAST__LANES__JOBS": "1",
}


async def stop(server: LiveServer, tally: Tally, kind: str) -> None:
    """Send SIGTERM, and count the case as stuck or lost if the server does not end well."""
    began = time.monotonic()
    server.running.send_signal(signal.SIGTERM)
    try:
        code = await asyncio.to_thread(server.running.wait, GRACE_S + SLACK_S)
    except subprocess.TimeoutExpired:
        tally.stuck(kind, f"still runs {GRACE_S + SLACK_S:g} s after SIGTERM")
        server.running.kill()
        return
    tally.took(kind, time.monotonic() - began)
    tally.check(kind, code == 0, f"exit code {code}")


async def goes_on(server: LiveServer, tally: Tally, kind: str, job_id: str) -> None:
    """Check that a job completes, and that the stop has cost it no attempt."""
    if await judge(server, tally, kind, job_id) is None:
        return
    async with connected(server) as connection:
        attempts = await connection.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id)
    tally.check("a stop costs no attempt", attempts == 1, f"{job_id} has {attempts} attempts")


async def in_stages(server: LiveServer, tally: Tally, upload: str) -> None:
    """Stop in each stage, with a second job in the queue that must not be claimed any more."""
    for stage in STAGES:
        kind = f"in {stage}"
        for _ in range(MAX_TRIES):
            running = await server.submit(upload, **QUICK, text_outputs=["twitter_thread"])
            waiting = await server.submit(upload, **QUICK | {"range": {"start": 1, "end": 21}})
            if await server.at_stage(running, told_in(stage)):
                break
            await server.ended(waiting)
        else:
            tally.lost(kind, "the stage was never seen")
            continue
        await stop(server, tally, kind)
        tally.check("no new claims", f'"job_id": "{waiting}"' not in server.log, waiting)
        await server.start_again()
        for job_id in (running, waiting):
            await goes_on(server, tally, f"{kind}, its job and the next", job_id)


@asynccontextmanager
async def sending(
    server: LiveServer, has_come: Callable[[], bool], method: str, path: str, **options: Any
) -> AsyncIterator[None]:
    """A request whose body never ends, once its first bytes are on disk."""

    async def body() -> AsyncIterator[bytes]:
        yield FIRST_BYTES
        await asyncio.sleep(PATIENCE_S)

    async with server.session() as session:
        sent = asyncio.create_task(
            session.request(method, server.base + path, data=body(), **options)
        )
        async with asyncio.timeout(60):
            while not has_come():  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.05)
        yield
        await asyncio.gather(sent, return_exceptions=True)


@asynccontextmanager
async def listening(server: LiveServer, job_id: str) -> AsyncIterator[None]:
    """An event stream of a job that is queued or running."""
    async with (
        server.session() as session,
        session.get(f"{server.base}/api/v1/jobs/{job_id}/events") as stream,
    ):
        await stream.content.readline()
        yield


@asynccontextmanager
async def downloading(server: LiveServer, link: str) -> AsyncIterator[None]:
    """Clips whose reader has stopped to read."""
    async with server.session(read_bufsize=1024) as session:
        answers = [await session.get(link) for _ in range(4)]
        await answers[0].content.read(1024)
        yield
        for answer in answers:
            answer.close()


async def in_an_upload(server: LiveServer, tally: Tally) -> None:
    """Stop while a file comes in one request."""
    before = upload_files(server.data).keys()

    def new() -> set[str]:
        return upload_files(server.data).keys() - before

    def has_come() -> bool:
        return any(upload_files(server.data)[upload_id].get("source") for upload_id in new())

    async with sending(server, has_come, "POST", "/api/v1/uploads"):
        await stop(server, tally, "during an upload")
    tally.clean("an upload in one request leaves nothing", new())
    await server.start_again()


async def in_a_piece(server: LiveServer, tally: Tally) -> None:
    """Stop while a piece comes of a resumable upload, and send what the server then lacks."""
    content = SAMPLE.read_bytes()
    upload_id = await server.begin_upload(len(content))
    path = f"{RESUMABLE}/{upload_id}"

    def has_come() -> bool:
        return upload_files(server.data)[upload_id] == {"part": len(FIRST_BYTES)}

    headers = PIECE | {"Upload-Offset": "0"}
    async with sending(server, has_come, "PATCH", path, headers=headers):
        await stop(server, tally, "during an upload in pieces")
    kept = upload_files(server.data).get(upload_id)
    kind = "an upload in pieces keeps what came"
    tally.check(kind, kept == {"part": len(FIRST_BYTES)}, f"{upload_id}: {kept}")
    await server.start_again()
    async with server.session() as session:
        async with session.head(server.base + path, headers=TUS) as response:
            had = int(response.headers["Upload-Offset"])
        headers = PIECE | {"Upload-Offset": str(had)}
        async with session.patch(server.base + path, headers=headers, data=content[had:]) as sent:
            await sent.read()
    whole = (await server.insist("GET", f"/api/v1/uploads/{upload_id}"))["sha256"]
    good = had == len(FIRST_BYTES) and whole == hashlib.sha256(content).hexdigest()
    tally.check("an upload in pieces goes on", good, f"{upload_id} from {had}: {whole}")


async def on_connections(server: LiveServer, tally: Tally, upload: str) -> None:
    """Stop while clients send, listen and read."""
    job = await server.ended(await server.submit(upload, **QUICK))
    link = job["clips"][0]["download_url"]
    for number in range(ROUNDS):
        await in_an_upload(server, tally)
        await in_a_piece(server, tally)
        job_id = await server.submit(upload, **QUICK)
        async with listening(server, job_id):
            await stop(server, tally, "during an event stream")
        await server.start_again()
        await goes_on(server, tally, "during an event stream, its job", job_id)
        moved = server.base + link[link.index("/files/") :]
        async with downloading(server, moved):
            await stop(server, tally, "during downloads")
        await server.start_again()
        print(f"{number + 1} rounds of connections", flush=True)


PARTS = {"stages": in_stages, "connections": on_connections}


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Stop a server in these ways."""
    async with live_server(SETTINGS) as server:
        upload = await server.upload()
        for part in parts:
            await PARTS[part](server, tally, upload)
        tally.clean("files, rows, work folders", await leftovers(server))


if __name__ == "__main__":
    run(prove, parts=PARTS)
