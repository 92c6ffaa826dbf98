"""Measures the latency of a mix of API calls under load, while a job runs on the same cores.

The server is a separate process on embedded Postgres and gets 300 requests per second over
loopback: for 15 s while it is idle, and then from the start of its first job until that is
completed, so that every stage counts, and models that are still being loaded. In the same run, a
bare aiohttp handler under the same load shows the cost of the client and the loop alone.
"""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Sequence

import aiohttp
import numpy as np
import serving
from aiohttp import web

from bench.support.report import report
from klipfast_client import connected

RATE = 300  # requests per second
SECONDS = 15
PORT = 18431  # port of the bare handler; the server has the next
SETTINGS = {
    "KLIPFAST_PORT": str(PORT + 1),
    "KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE": "1000000",
    "KLIPFAST_LOG_LEVEL": "error",
}


async def load(
    base_url: str, paths: Sequence[str], key: str, during: asyncio.Task[object] | None = None
) -> dict[str, object]:
    """Send the mix at a steady rate; return latencies in ms and the number of failures.

    during: lasts as long as this task; else SECONDS.
    """
    took_ms: list[float] = []
    failures = 0

    async def one(session: aiohttp.ClientSession, path: str) -> None:
        nonlocal failures
        began = time.perf_counter()
        async with session.get(base_url + path) as response:
            await response.read()
            failures += response.status != 200
        took_ms.append((time.perf_counter() - began) * 1000)

    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as session, asyncio.TaskGroup() as group:
        began = asyncio.get_running_loop().time()
        for number, path in enumerate(itertools.cycle(paths)):
            if number == RATE * SECONDS if during is None else during.done():
                break
            due = began + number / RATE
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            group.create_task(one(session, path))
    p50, p95, p99 = np.percentile(took_ms, (50, 95, 99))
    return {
        "requests": len(took_ms),
        "p50 ms": float(p50),
        "p95 ms": float(p95),
        "p99 ms": float(p99),
        "longest ms": max(took_ms),
        "failures": failures,
    }


async def bare() -> dict[str, object]:
    """Measure the same load on a handler that does nothing."""

    async def nothing(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/", nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    try:
        return await load(f"http://127.0.0.1:{PORT}", ["/"], "none")
    finally:
        await runner.cleanup()


async def ours(base_url: str, key: str) -> list[dict[str, object]]:
    """Measure the server idle, and while it makes clips of the sample talk.

    Raises RuntimeError if that job does not succeed.
    """
    async with connected(base_url, key) as client:
        upload = await client.upload(serving.SAMPLE)
        paths = ["/api/v1/jobs", "/api/v1/usage", "/healthz"]
        idle = await load(base_url, paths, key)
        job = await client.submit(upload.video_url)
        paths.append(f"/api/v1/jobs/{job.job_id}")
        ended = asyncio.create_task(client.wait(job.job_id))
        busy = await load(base_url, paths, key, during=ended)
        if (await ended).status != "completed":
            raise RuntimeError(f"the job beside the load is {(await ended).status}")
    return [{"server": "ours, idle", **idle}, {"server": "ours, while a job runs", **busy}]


def main() -> None:
    """Measure both sides in one run."""
    rows = [{"server": "bare aiohttp", **asyncio.run(bare())}]
    with tempfile.TemporaryDirectory() as folder:
        environ = serving.environment(folder, **SETTINGS)
        with serving.serving(environ) as (base_url, _):
            rows += asyncio.run(ours(base_url, serving.new_key(environ)))
    report("api", f"{RATE} requests/s for {SECONDS} s, and for as long as a job takes", rows)


if __name__ == "__main__":
    main()
