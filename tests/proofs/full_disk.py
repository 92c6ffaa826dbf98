"""Part of `make test-storage`: uploads, jobs and the log on a disk that somebody else fills."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from live_server import QUICK, Answer, LiveServer, live_server
from outcomes import leftovers, upload_files
from small_disk import filled, small_disk
from tally import Tally

LINES = 1500  # lines of the log, more than the pipe to its reader holds
DISK_MB = 400
FULL_S = 60.0  # for which the disk is full, if its job does not end before
MIN_FREE_BYTES = 30_000_000


def check_that_one_can_be_mounted() -> None:
    """Raises SystemExit where no disk can be mounted: a part that is not run proves nothing."""
    try:
        with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder), megabytes=1):
            pass
    except PermissionError as error:
        raise SystemExit(
            f"make test-storage: {error.strerror}. Run it as root, or without the part `disk`: "
            'make test-storage PARTS="bucket"'
        ) from error


async def readiness(server: LiveServer) -> dict[str, Any]:
    """The body of /readyz, whatever its status."""
    async with aiohttp.ClientSession() as session, session.get(f"{server.base}/readyz") as answer:
        body: dict[str, Any] = json.loads(await answer.read())
        return body


async def zeros(total: int, sent: list[int]) -> AsyncIterator[bytes]:
    """Bytes of an upload; `sent` is how many were asked for."""
    while sent[0] < total:
        sent[0] += 1 << 20
        yield bytes(1 << 20)


async def too_large_uploads(server: LiveServer, tally: Tally) -> None:
    """Uploads that do not fit are refused: at once, if their length is announced."""
    kind = "an upload larger than the disk"
    total = 2 * DISK_MB << 20
    for announced in (True, False):
        sent = [0]
        headers = {"Expect": "100-continue"}
        headers |= {"Content-Length": str(total)} if announced else {}
        async with (
            server.session() as session,
            session.post(
                f"{server.base}/api/v1/uploads", headers=headers, data=zeros(total, sent)
            ) as answer,
        ):
            text = await answer.text()
        good = answer.status == 507 and "no disk space" in text and "Retry-After" in answer.headers
        tally.check(kind, good, f"{answer.status} {text}")
        early = sent[0] < (total // 10 if announced else total)
        tally.check("refused before all of it is read", early, f"{sent[0]:,} bytes")
    tally.clean("uploads", upload_files(server.data))


async def _ended_or(server: LiveServer, job_id: str, within_s: float) -> None:
    """Wait for the end of a job, which a database on the same full disk may not record."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with suppress(Answer):
            if (await server.call("GET", f"/api/v1/jobs/{job_id}"))["finished_at"] is not None:
                return
        await asyncio.sleep(0.5)


async def many_lines(server: LiveServer, tally: Tally) -> None:
    """A server whose log lies on a full disk answers everybody, and says how much is lost."""
    kind = "its log on a full disk"
    with filled(server.data):
        for _ in range(LINES):
            try:
                await server.call("GET", "/api/v1/none")
            except Answer as answer:
                tally.check(kind, answer.status != 0, str(answer))
    await server.insist("GET", "/api/v1/usage")
    tally.check("lost lines are counted", "are lost" in server.log, server.log[-300:])


async def prove(tally: Tally) -> None:
    """Uploads and jobs on a disk that is too small, or that somebody else fills."""
    settings = {
        "KLIPFAST__SOURCES__MIN_FREE_BYTES": str(MIN_FREE_BYTES),
        "KLIPFAST__LANES__PROGRESS_S": "0.05",
    }
    async with live_server(settings, disk_mb=DISK_MB) as server:
        await too_large_uploads(server, tally)
        await many_lines(server, tally)
        upload = await server.upload()
        for when, stages in (
            ("listening", ("probe", "audio")),
            ("rendering", ("look", "render")),
        ):
            kind = f"disk filled in {when}"
            job_id = await server.submit(upload, **QUICK)
            await server.at_stage(job_id, stages)
            with filled(server.data):
                ready = await readiness(server)
                await _ended_or(server, job_id, FULL_S)
            honest = ready.get("missing") in ("disk", "database")
            tally.check("/readyz while the disk is full", honest, str(ready))
            job = await server.ended(job_id)
            told = (job["error"] or {}).get("message", "")
            print(f"{kind}: {job['status']}: {told}; ready {ready}", flush=True)
            good = job["status"] == "failed" and "disk is full" in told
            tally.check(kind, good, str(job))
            tally.clean("files, rows", await leftovers(server))
            if not good:
                continue
            await server.insist("POST", f"/api/v1/jobs/{job_id}/retry")
            job = await server.ended(job_id)
            tally.check("retried afterwards", job["status"] == "completed", str(job))
            tally.check("/readyz afterwards", await readiness(server) == {"status": "ok"}, "")
        tally.clean("files, rows", await leftovers(server))
