"""`make test-overload`: more of everything than anybody should ask for, on loopback.

300 requests per second beside one job and beside fifty jobs of five accounts at once, a thousand
idle event streams, and clients that drip headers and uploads and never read downloads.
"""

import asyncio
import contextlib
import itertools
import os
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

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

from klipfast_server.core import config
from klipfast_server.store import accounts, database

RATE = 300  # requests per second
RATE_S = 30  # also covers the moments in which a hundred slow clients are disconnected at once
MAX_P99_MS = 50.0
# Beside three jobs at once, with the client on the same two cores: 59 to 66 ms on an idle machine.
# This limit is for what goes wrong, such as the 11 s that it once was.
MAX_BUSY_P99_MS = 250.0
STREAMS = 1000
STREAMS_PER_ACCOUNT = 10
IDLE_S = 30.0  # that the streams stay open
SLOW = 100  # clients of each kind
PATIENCE_S = 120.0  # for slow clients to be disconnected; 75 of it are for headers
JOBS, ACCOUNTS = 50, 5
JOB_S = 900.0  # for a job to end
PARTS = ("slow", "job", "jobs", "streams")
RUNNING = ("audio", "speech", "transcribe", "highlights", "look", "render")
LONG = QUICK | {"range": {"start": 0, "end": 60}, "clip_count": 2}  # a minute of the sample
SETTINGS = {
    "KLIPFAST__SERVER__UNREAD_S": "5",
    "KLIPFAST__SOURCES__IDLE_S": "5",
    "KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE": UNLIMITED,
    "KLIPFAST__LIMITS__QUEUE_LENGTH": "100",
    "KLIPFAST_LOG_LEVEL": "warning",  # which does not tell the port: it is chosen here
    "KLIPFAST_PORT": str(free_port()),
}


async def new_keys(server: LiveServer, count: int) -> list[str]:
    """Make a key for each of `count` new accounts."""
    settings = config.load(environ=server.environ)
    async with database.opened(settings) as db:
        made = [
            await accounts.create_key(db, account=f"account{number}", plan_name="business")
            for number in range(count)
        ]
    return [one.key for one in made]


async def revoke_keys(server: LiveServer, count: int) -> None:
    """Revoke the keys of the first accounts, as their operator would."""
    gone = {f"account{number}" for number in range(count)}
    async with database.opened(config.load(environ=server.environ)) as db:
        for key in await accounts.list_keys(db):
            if key.account in gone:
                await accounts.revoke_key(db, key.key_id)


def session_of(key: str) -> aiohttp.ClientSession:
    """A client with this key and as many connections as it asks for."""
    return aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {key}"},
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=60),
    )


async def load(server: LiveServer, key: str, paths: Sequence[str], seconds: float) -> list[float]:
    """Send RATE requests a second, whatever comes back; milliseconds of each, inf for a failure."""
    took_ms: list[float] = []
    slow, failures = Counter[str](), Counter[str]()

    async def one(session: aiohttp.ClientSession, path: str, due: float) -> None:
        route = path.rpartition("/")[0] or path
        try:
            async with session.get(server.base + path) as response:
                await response.read()
                good, what = response.status == 200, str(response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            good, what = False, type(error).__name__
        failures[f"{what} {route}"] += not good
        took_ms.append((time.perf_counter() - due) * 1000 if good else float("inf"))
        slow[route] += took_ms[-1] > MAX_P99_MS

    began = time.perf_counter()
    async with session_of(key) as session, asyncio.TaskGroup() as group:
        for number, path in zip(range(round(RATE * seconds)), itertools.cycle(paths)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            # how late this process is does not count for the server
            group.create_task(one(session, path, time.perf_counter()))
    print(f"failures: {+failures}; above {MAX_P99_MS:g} ms: {+slow}", flush=True)
    return took_ms


def judge_load(
    tally: Tally, kind: str, took_ms: list[float], *, max_p99_ms: float = MAX_P99_MS
) -> None:
    """Count the requests, and the percentile as a case of its own."""
    failures = sum(ms == float("inf") for ms in took_ms)
    tally.row(kind).passed += len(took_ms) - failures
    if failures:
        tally.lost(kind, f"{failures} of {len(took_ms)} requests failed")
    p50, p99, most = np.percentile(took_ms, (50, 99, 100), method="higher")
    tally.row(kind).note = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, at most {most:.0f} ms"
    if p99 > max_p99_ms:
        tally.stuck(kind, f"p99 is {p99:.1f} ms, above {max_p99_ms:g}")


async def one_job(server: LiveServer, tally: Tally, key: str) -> None:
    """Requests beside one job that runs; when it has ended, the next one begins."""
    kind, video_url, jobs = "300 requests/s beside one job", await server.upload(), list[str]()
    until = asyncio.Event()

    async def keep_running() -> None:
        while not until.is_set():
            jobs.append(await server.submit(video_url, **LONG))
            job = await server.ended(jobs[-1], JOB_S)
            good = job["status"] == "completed" and len(job["clips"]) >= 1
            tally.check("one job after another", good, f"{jobs[-1]}: {job}")

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_running())
        while not jobs:  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(0.1)
        await server.at_stage(jobs[0], RUNNING)
        paths = ["/api/v1/jobs", "/api/v1/usage", "/healthz", f"/api/v1/jobs/{jobs[0]}"]
        judge_load(tally, kind, await load(server, key, paths, RATE_S))
        until.set()


async def many_jobs(server: LiveServer, tally: Tally, keys: list[str]) -> None:
    """Fifty jobs of five accounts, most of them of the first, and requests beside them."""
    shares = [JOBS - 4 * (ACCOUNTS - 1)] + [4] * (ACCOUNTS - 1)
    jobs: dict[str, int] = {}
    for number, (key, share) in enumerate(zip(keys, shares, strict=True)):
        server.key = key
        video_url = await server.upload()
        for start in range(share):
            part = {"range": {"start": start, "end": start + 12}}
            jobs[await server.submit(video_url, **QUICK | part)] = number
    paths = ["/api/v1/jobs", "/api/v1/usage", "/healthz", *(f"/api/v1/jobs/{j}" for j in jobs)]
    await asyncio.sleep(5.0)
    server.key = keys[0]
    mine = [path for path in paths if jobs.get(path.rpartition("/")[2], 0) == 0]
    took_ms = await load(server, keys[0], mine, RATE_S)
    judge_load(tally, "300 requests/s beside 50 jobs", took_ms, max_p99_ms=MAX_BUSY_P99_MS)
    for job_id, number in jobs.items():
        server.key = keys[number]
        await judge(server, tally, "50 jobs of 5 accounts", job_id, patience_s=JOB_S)
    async with connected(server) as connection:
        rows = await connection.fetch("SELECT job_id FROM jobs ORDER BY started_at")
    order = [jobs[row["job_id"]] for row in rows if row["job_id"] in jobs]
    # Who asks last for little waits for a turn of each other account, not for its whole queue.
    for number in range(1, ACCOUNTS):
        last = max(place for place, owner in enumerate(order) if owner == number)
        tally.check("fair turns", last < 4 * ACCOUNTS + 8, f"account {number}: {order}")


async def many_streams(server: LiveServer, tally: Tally, keys: list[str]) -> None:
    """A thousand event streams of jobs that wait."""
    kind, before = f"{STREAMS:,} idle event streams", resident(server.running.pid)
    async with connected(server) as connection, contextlib.AsyncExitStack() as stack:
        streams = []
        for key in keys[: STREAMS // STREAMS_PER_ACCOUNT]:
            server.key = key
            video_url = await server.upload()
            part = {"range": {"start": 0, "end": 12}}
            job_id = await server.submit(video_url, **QUICK | part)
            # a job that stands still: as if another server had it
            await connection.execute(
                "UPDATE jobs SET status = 'processing', lease_owner = 'elsewhere', "
                "lease_until = now() + interval '1 hour', stage = 'transcribe' WHERE job_id = $1",
                job_id,
            )
            session = await stack.enter_async_context(session_of(key))
            for _ in range(STREAMS_PER_ACCOUNT):
                address = f"{server.base}/api/v1/jobs/{job_id}/events"
                streams.append(await session.get(address, timeout=aiohttp.ClientTimeout()))
        for stream in streams:
            good = (await stream.content.readline()).startswith(b"event: progress")
            tally.check(kind, good, "a stream begins without its state")
        used_s = _used_s(server)
        judge_load(tally, "requests beside the streams", await _usage(server, keys[-1]))
        await asyncio.sleep(IDLE_S)
        share = (_used_s(server) - used_s) / (IDLE_S + RATE_S)
        grown = (resident(server.running.pid) - before) / STREAMS / 1024
        tally.row(kind).note = f"{grown:.0f} kB each, {share:.0%} of a core with the requests"
        began = time.monotonic()
        half = len(streams) // 2
        await revoke_keys(server, half // STREAMS_PER_ACCOUNT)
        for stream in streams[:half]:
            good = b"event: end" not in await stream.content.read()
            tally.check("streams end with their keys", good, "a stream ends as if its job did")
        tally.row("streams end with their keys").note = f"≤ {time.monotonic() - began:.1f} s"
        began = time.monotonic()
        await connection.execute(
            "UPDATE jobs SET status = 'canceled', finished_at = now(), stage = NULL, "
            "lease_owner = NULL, lease_until = NULL WHERE lease_owner = 'elsewhere'"
        )
        for stream in streams[half:]:
            good = b"event: end" in await stream.content.read()
            tally.check("streams end with their jobs", good, "a stream has no end")
        tally.row("streams end with their jobs").note = f"≤ {time.monotonic() - began:.1f} s"


async def _usage(server: LiveServer, key: str) -> list[float]:
    return await load(server, key, ["/api/v1/usage", "/api/v1/jobs", "/healthz"], RATE_S)


def _used_s(server: LiveServer) -> float:
    fields = Path(f"/proc/{server.running.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def slow_clients(server: LiveServer, tally: Tally, key: str, link: str) -> None:
    """Clients that hold on to what they have; all must be disconnected, and hold up nobody."""
    before = descriptors(server.running.pid)
    host, port = urlsplit(server.base).hostname, urlsplit(server.base).port
    get = f"GET {link} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    post = (
        f"POST /api/v1/uploads?filename=a.mp4 HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: 1000000\r\n\r\n"
    ).encode()
    json_post = post.replace(b"uploads?filename=a.mp4", b"process").replace(
        b"Content-Length: 1000000", b"Content-Type: application/json\r\nContent-Length: 100000"
    )
    kinds = {
        "slow headers": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        "slow uploads": post,
        "slow JSON": json_post,
        "downloads that nobody reads": get,
    }
    tasks = {
        kind: [asyncio.create_task(_held(host, port, first)) for _ in range(SLOW)]
        for kind, first in kinds.items()
    }
    await asyncio.sleep(1.0)
    judge_load(tally, "requests beside slow clients", await _usage(server, key))
    for kind, held in tasks.items():
        done, pending = await asyncio.wait(held, timeout=PATIENCE_S)
        tally.row(kind).passed += len(done)
        tally.row(kind).note = f"≤ {max((task.result() for task in done), default=0):.0f} s"
        for task in pending:
            task.cancel()
        if pending:
            tally.stuck(kind, f"{len(pending)} are still connected after {PATIENCE_S:g} s")
    await asyncio.sleep(2.0)
    after = descriptors(server.running.pid)
    tally.clean(
        "descriptors of slow clients", [f"{before} → {after}"] if after > before + 10 else []
    )


async def _held(host: str | None, port: int | None, first: bytes) -> float:
    """Drip, or do not read, until the connection is closed; the seconds that it took."""
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(connection, (host, port))
        await loop.sock_sendall(connection, first)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:
                await asyncio.sleep(random.uniform(0.5, 1.5))
                # to a server that has given the connection up this also tells that it has
                await loop.sock_sendall(connection, b"a")
                if _is_closed(connection):
                    break
    return time.monotonic() - began


def _is_closed(connection: socket.socket) -> bool:
    """Whether the server has ended this connection, which may hold unread bytes."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return info[0] != 1  # TCP_ESTABLISHED


@contextlib.asynccontextmanager
async def _big_file(server: LiveServer, link: str) -> AsyncIterator[str]:
    """Make the file behind a link too big for the kernel's buffers; its path with the query."""
    parts = urlsplit(link)
    path = server.data / "storage" / parts.path.removeprefix("/files/")
    size = path.stat().st_size
    os.truncate(path, 100_000_000)
    yield f"{parts.path}?{parts.query}"
    os.truncate(path, size)


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Ask a server for too much in these ways."""
    async with live_server(SETTINGS) as server:
        keys = await new_keys(server, STREAMS // STREAMS_PER_ACCOUNT)
        server.key = keys[0]
        if "slow" in parts:
            first = await server.ended(await server.submit(await server.upload(), **QUICK))
            async with _big_file(server, first["clips"][0]["download_url"]) as link:
                await slow_clients(server, tally, keys[0], link)
        if "job" in parts:
            server.key = keys[0]
            await one_job(server, tally, keys[0])
        if "jobs" in parts:
            await many_jobs(server, tally, keys[:ACCOUNTS])
        if "streams" in parts:
            await many_streams(server, tally, keys)
        tally.clean("files, rows, work folders", await leftovers(server))


if __name__ == "__main__":
    run(prove, parts=PARTS)
