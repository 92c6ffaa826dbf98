"""A machine that loses its way to the bucket rests until it is back; the others make its clips."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import machine_engine
import msgspec
import pytest
import pytest_asyncio
from caller import make_caller
from faulty_proxy import FaultyProxy, faulty_proxy
from machines import LONG_S, Machines, Three, stored, until_ready, watched, with_cluster
from ray_cluster import RayCluster
from s3_server import S3Server
from server_settings import execute, load_config

from klipfast_server.cluster.frames import LANES
from klipfast_server.core.config import Config

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "." * 300_000  # at the end of a source, which is not fetched in one piece then
ENDPOINT = "AWS_ENDPOINT_URL_S3"  # where boto looks for what the settings leave out


@dataclass(frozen=True)
class Far:
    """Two machines, of which `far` reaches the bucket through a proxy."""

    server: Three
    proxy: FaultyProxy
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def jobs_complete(self) -> None:
        """Have two jobs done, of sources that are new, so that each machine has to fetch one."""
        said = [f"seconds 4{n} {next(self.numbers)} {LONG}" for n in range(2)]
        jobs = [await self.server.submit(source) for source in said]
        for job_id in jobs:
            await self.server.completed(job_id, 4)
            files = [key for key in await stored(self.server.config) if f"{job_id}/" in key]
            assert len(files) == 8  # four videos and their pictures

    async def told(self, caplog: pytest.LogCaptureFixture, event: str, detail: str = "") -> str:
        """The first line of the log that says this of the machine, once there is one."""
        deadline = time.monotonic() + LONG_S
        while time.monotonic() < deadline:
            for record in caplog.records:
                line = record.getMessage()
                if event in line and detail in line and "far (127.0.0." in line:
                    return line
            await asyncio.sleep(0.1)
        pytest.fail(f"nothing is told of {event!r} {detail!r}")

    async def is_named(self, caplog: pytest.LogCaptureFixture) -> None:
        """Check that the log says which machine lost what."""
        lost = await self.told(caplog, "stage lost, tried elsewhere")
        assert "The server's storage does not answer" in lost
        for lane in LANES:  # one has lost the bucket, and the other rests with it
            rests = await self.told(caplog, "actor rests", lane)
            assert "storage does not answer" in rests

    async def works_again(self) -> None:
        """Check that the machine is used once it reaches the bucket."""
        self.proxy.is_away = self.proxy.is_silent = self.proxy.leaves_when_cut = False
        self.server.witness.write_text("")
        deadline = time.monotonic() + LONG_S
        while not self.server.seen("far made clip"):
            assert time.monotonic() < deadline
            await self.jobs_complete()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def far(
    head: RayCluster,
    bucket_server: S3Server,
    witness: Path,
    postgres: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Far]:
    """A server that has both machines; the settings leave it to each how it reaches the bucket."""
    url, folder = postgres.replace("/postgres?", "/far?"), tmp_path_factory.mktemp("far")
    await execute(postgres, "CREATE DATABASE far TEMPLATE template STRATEGY file_copy")
    config = anywhere(with_cluster(load_config(url, folder), head, bucket_server, folder))
    machines = Machines(head)
    machines.have()  # those of other tests have another environment
    async with AsyncExitStack() as running:
        running.enter_context(pytest.MonkeyPatch.context()).setenv(ENDPOINT, bucket_server.endpoint)
        proxy = await running.enter_async_context(faulty_proxy(bucket_server.endpoint))
        environ = {ENDPOINT: proxy.endpoint, machine_engine.CALL_S: "3"}
        await asyncio.to_thread(machines.add, "one", own_copies(folder / "one"))
        await asyncio.to_thread(machines.add, "far", environ | own_copies(folder / "far"))
        client = await running.enter_async_context(watched(config))
        await until_ready(client, 4)
        ada = await make_caller(client, account="ada", plan="business")
        yield Far(Three(machines=machines, ada=ada, config=config, witness=witness), proxy)
    machines.have()
    await execute(postgres, "DROP DATABASE far WITH (FORCE)")


def own_copies(folder: Path) -> dict[str, str]:
    """The environment of a machine that shares its folder for temporary files with no other."""
    folder.mkdir()
    return {"TMPDIR": str(folder)}


def anywhere(config: Config) -> Config:
    """Settings without the address of the bucket, or a folder for copies."""
    replace = msgspec.structs.replace
    assert config.storage.s3 is not None
    s3 = replace(config.storage.s3, endpoint_url="")
    cluster = replace(config.cluster, cache_dir="")
    return replace(config, cluster=cluster, storage=replace(config.storage, s3=s3))


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def begun(far: Far) -> None:
    """Both machines work, and nothing is said of what they did."""
    await until_ready(far.server.ada.client, 4)
    far.server.witness.write_text("")


async def test_the_way_is_cut_as_a_source_comes(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    far.proxy.cut_answer_after, far.proxy.leaves_when_cut = len(LONG) // 2, True
    await far.jobs_complete()
    assert far.proxy.is_away
    await far.is_named(caplog)
    made = [line.split()[0] for line in far.server.seen("made clip")]
    assert made.count("one") == 8  # each once
    assert made.count("far") <= 1  # whose source was there before, and which could not be stored
    await far.works_again()


async def test_the_way_is_cut_as_a_clip_goes(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    far.proxy.cut_after, far.proxy.leaves_when_cut = 0, True
    await far.jobs_complete()
    assert far.proxy.is_away
    await far.is_named(caplog)
    made = [line.split()[0] for line in far.server.seen("made clip")]
    assert made.count("one") == 8
    assert made.count("far") == 1  # which could not be stored
    await far.works_again()


async def test_the_bucket_hangs(far: Far, caplog: pytest.LogCaptureFixture) -> None:
    far.proxy.is_silent = True
    await far.jobs_complete()
    await far.is_named(caplog)
    assert {line.split()[0] for line in far.server.seen("made clip")} == {"one"}
    await far.works_again()
