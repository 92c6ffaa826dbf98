"""The machines of a test's cluster, and what they have done."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import machine_engine
import msgspec
import pytest
import s3_server
from aiohttp.test_utils import TestClient, TestServer
from blockbuster import blockbuster_ctx
from caller import Caller, Client
from fake_engine import FakeEngine
from project_paths import ROOT, SUPPORT
from ray_cluster import Machine, RayCluster
from s3_server import BUCKET, S3Server

from klipfast_server.app import create_app
from klipfast_server.cluster.cluster_placement import Cluster
from klipfast_server.cluster.driver_link import NOT_YET, USABLE
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.files import s3
from klipfast_server.telemetry import logs

PYTHONPATH = ":".join(map(str, (ROOT, ROOT / "client", *SUPPORT)))
LONG_S = 180.0  # for jobs, on a machine that does much else
READY_S = 300.0  # for the actors of a cluster to be ready


@dataclass
class Machines:
    """The machines of the tests; those that were killed are replaced by the next test."""

    cluster: RayCluster

    def have(self, *names: str) -> None:
        """Let the cluster have these machines, and no others."""
        for name in set(self.cluster.machines) - {"head", *names}:
            self.cluster.kill(name)
        for name in names:
            if name not in self.cluster.machines:
                self.add(name)

    def add(self, name: str, environ: Mapping[str, str] = {}, *, encoder: int = 1) -> Machine:
        """Start a machine with a recognizer."""
        environ = {machine_engine.NAME: name, **environ}
        return self.cluster.add(name, environ, recognizer=1, encoder=encoder)

    def kill_driver(self) -> None:
        """Kill the driver of this process, as Ray does when it has lost its head."""
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if b"klipfast_server.cluster.driver" in words and int(parent) == os.getpid():
                    os.kill(int(entry.name), signal.SIGKILL)


async def until_ready(client: Client, actors: int) -> None:
    """Wait until so many actors are ready or busy."""
    from klipfast_server.api import app_keys

    assert client.app is not None
    cluster = client.app[app_keys.CLUSTER]
    assert isinstance(cluster, Cluster)
    deadline = time.monotonic() + READY_S
    while cluster.fault == NOT_YET or actors != sum(
        actor.state in USABLE for actor in cluster.link.actors
    ):
        assert time.monotonic() < deadline, (cluster.fault, cluster.link.actors)
        await asyncio.sleep(0.1)


def seen(witness: Path, what: str) -> list[str]:
    """The lines of the witness that say this."""
    return [line for line in witness.read_text().splitlines() if what in line]


async def stored(config: Config) -> list[str]:
    """The keys in the bucket."""
    assert config.storage.s3 is not None
    async with s3.connected(config.storage.s3) as storage:
        return await s3_server.objects(storage.client)


async def make_bucket(server: S3Server) -> None:
    """Make the bucket of a server that was just started."""
    async with s3.connected(_bucket(server)) as storage:
        await s3_server.make_bucket(storage.client)


def _bucket(server: S3Server) -> settings.S3:
    return settings.S3(bucket=BUCKET, endpoint_url=server.endpoint, retry_s=2.0)


def with_cluster(config: Config, head: RayCluster, bucket: S3Server, folder: Path) -> Config:
    """Return settings with this cluster, whose machines keep their files in a folder."""
    replace = msgspec.structs.replace
    cluster = replace(
        config.cluster,
        address=head.address,
        own_address=head.head_ip,
        cache_dir=str(folder / "machines"),
    )
    return replace(config, cluster=cluster, storage=settings.Storage(s3=_bucket(bucket)))


@asynccontextmanager
async def watched(config: Config) -> AsyncIterator[Client]:
    """A server of `serving`; what blocks its event loop is an error."""
    with blockbuster_ctx(["klipfast_server"]) as blockbuster:
        blockbuster.functions["os.stat"].deactivate()  # as for all servers
        for function in blockbuster.functions.values():  # boto's files, as a server starts
            function.can_block_in("files/s3.py", {"connected"})
        async with serving(config) as client:
            yield client


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Client]:
    """A server whose machines have the fake pipeline, as it has itself."""
    logs.route()
    app = create_app(config, FakeEngine(), end_process=_go_on, remote_engine=machine_engine.NAMED)
    server = TestServer(app)
    await server.start_server(access_log=None)
    async with TestClient(server) as client:
        yield client


def _go_on(_settings_fault: str = "") -> None:
    pytest.fail("the server would have ended")


@dataclass(frozen=True, kw_only=True)
class Three:
    """A server with three machines, and who calls it."""

    machines: Machines
    ada: Caller
    config: Config
    witness: Path

    async def begin(self) -> None:
        """Have all three machines, and no memory of what they did."""
        self.machines.have("one", "two", "three")
        await until_ready(self.ada.client, 6)
        self.witness.write_text("")

    def seen(self, what: str) -> list[str]:
        """What machines have said of this."""
        return seen(self.witness, what)

    async def until_seen(self, what: str) -> str:
        """Wait until a machine has said this; return the first such line."""
        deadline = time.monotonic() + LONG_S
        while not (lines := self.seen(what)):
            assert time.monotonic() < deadline, what
            await asyncio.sleep(0.05)
        return lines[0]

    async def submit(self, said: str) -> str:
        """Submit a source that says this; return the job's id."""
        upload = await self.ada.upload(said.encode())
        job = await self.ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
        return str(job["job_id"])

    async def completed(self, job_id: str, clips: int) -> None:
        """Check that a job completes, with so many clips, each of them once."""
        job = await self.ada.until(job_id, patience_s=LONG_S)
        assert job["status"] == "completed", job
        made = job["clips"]
        assert len({clip["clip_id"] for clip in made}) == len(made) == clips
