"""Ray's head ends while a machine listens, and comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import machine_engine
import pytest
import ray_cluster
import s3_server
from caller import Caller
from machines import LONG_S, PYTHONPATH, Machines, Three, with_cluster
from ray_cluster import RayCluster
from s3_server import S3Server

from klipfast_server.core.config import Config

Start = Callable[..., Awaitable[Caller]]

PATIENCE = "RAY_gcs_rpc_server_reconnect_timeout_s"  # how long they wait for their head: a minute


@pytest.fixture
def mortal(witness: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RayCluster]:
    """A cluster of its own, whose head can end."""
    monkeypatch.setenv(PATIENCE, "3")  # the driver's
    ray = ray_cluster.program()
    if ray is None:
        pytest.skip("Ray is not installed: pip install 'klipfast[ray]'")
    environ = {
        **s3_server.CREDENTIALS,
        "PYTHONPATH": PYTHONPATH,
        PATIENCE: "3",
        machine_engine.WITNESS: str(witness),
        machine_engine.CHUNK_S: "2",
    }
    with ray_cluster.ray_cluster(ray, **environ) as cluster:
        yield cluster


async def test_a_job_outlasts_the_head(
    mortal: RayCluster, config: Config, bucket_server: S3Server, start: Start, witness: Path
) -> None:
    machines = Machines(mortal)
    await asyncio.to_thread(machines.add, "one")
    config = with_cluster(config, mortal, bucket_server, config.server.data_dir)
    ada = await start(config, actors=2)
    witness.write_text("")
    server = Three(machines=machines, ada=ada, config=config, witness=witness)
    job_id = await server.submit("seconds 200")
    await server.until_seen("heard 3")
    await asyncio.to_thread(mortal.kill, "head")
    deadline = time.monotonic() + LONG_S
    while "head" not in (told := await (await ada.call("GET", "/readyz")).json()).get("reason", ""):
        assert time.monotonic() < deadline, told
        await asyncio.sleep(0.1)
    assert told["missing"] == "cluster"
    await asyncio.to_thread(mortal.machines["one"].process.wait, LONG_S)  # it ends without a head
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "processing"
    await asyncio.to_thread(mortal.start_head)
    await asyncio.to_thread(mortal.kill, "one")  # what it has left
    await asyncio.to_thread(machines.add, "one")
    await server.completed(job_id, 20)
    heard = [int(line.split()[2]) for line in server.seen("heard")]
    assert set(heard) == set(range(20))
    assert [heard.count(n) for n in range(3)] == [1, 1, 1]
