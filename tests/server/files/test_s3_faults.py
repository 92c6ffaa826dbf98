"""A bucket that fails, hangs, refuses or goes away: what is tried again, told, and left behind."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hostile_fonts
import msgspec
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestServer
from botocore.exceptions import CredentialRetrievalError  # type: ignore[import-untyped]
from caller import Caller, Client, gone
from fake_engine import FakeEngine
from faulty_proxy import FaultyProxy
from pulses import reached
from s3_server import BUCKET, objects, unfinished
from yarl import URL

from klipfast_server.api import app_keys
from klipfast_server.app import create_app
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.files import s3 as s3_storage
from klipfast_server.files import s3_calls
from klipfast_server.files import storage as storage_module
from klipfast_server.files.s3 import S3Storage
from klipfast_server.files.storage import StorageAway, StorageRefuses
from klipfast_server.work import retention

PART_BYTES = 5 << 20


@pytest.fixture
def behind(s3: settings.S3, proxy: FaultyProxy) -> settings.S3:
    """The bucket behind the proxy, with small parts."""
    return msgspec.structs.replace(s3, endpoint_url=proxy.endpoint, part_bytes=PART_BYTES)


@pytest.fixture
async def far(
    storage: S3Storage,  # noqa: ARG001 - the bucket exists
    behind: settings.S3,
) -> AsyncIterator[S3Storage]:
    """A storage in that bucket."""
    async with s3_storage.connected(behind) as far:
        yield far


async def put(storage: S3Storage, folder: Path, key: str, size_bytes: int = 9) -> None:
    """Put a file of so many bytes."""
    path = folder / "file"
    path.write_bytes(bytes(size_bytes))
    await storage.put(path, key)


async def test_a_file_whose_connection_is_cut_is_fetched_again(
    far: S3Storage, proxy: FaultyProxy, tmp_path: Path
) -> None:
    await put(far, tmp_path, "source", 300_000)
    proxy.cut_answer_after = 150_000
    await far.fetch("source", tmp_path / "copy")
    assert proxy.seen["cut"] == 1
    assert (tmp_path / "copy").read_bytes() == bytes(300_000)


async def sizes(client: Any, folder: str) -> list[int]:
    """The sizes of the objects in a folder."""
    found = await client.list_objects_v2(Bucket=BUCKET, Prefix=f"team-a/{folder}/")
    return [item["Size"] for item in found.get("Contents", ())]


@pytest.mark.slow  # waits for a bucket
async def test_calls_that_fail_are_made_again(
    far: S3Storage, proxy: FaultyProxy, storage: S3Storage, tmp_path: Path
) -> None:
    proxy.failing = 0.3
    for number in range(6):
        await put(far, tmp_path, f"clips/job_1/{number}.mp4")
    await put(far, tmp_path, "clips/job_1/large.mp4", PART_BYTES + 1)
    assert await sizes(storage.client, "clips/job_1") == [9] * 6 + [PART_BYTES + 1]
    await far.delete("clips/job_1")
    assert await sizes(storage.client, "clips/job_1") == []
    assert proxy.seen["refused"] > 3


@pytest.mark.slow  # waits for a bucket
async def test_a_part_whose_connection_breaks_is_sent_again(
    far: S3Storage, proxy: FaultyProxy, storage: S3Storage, tmp_path: Path
) -> None:
    proxy.cut_after = PART_BYTES // 2
    await put(far, tmp_path, "clips/job_2/a.mp4", 2 * PART_BYTES)
    assert proxy.seen["cut"] == 1
    assert await sizes(storage.client, "clips/job_2") == [2 * PART_BYTES]
    assert await unfinished(storage.client) == []


@pytest.mark.slow  # waits for a bucket
async def test_a_slow_bucket_has_time_by_the_size_of_the_body(
    far: S3Storage, proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_calls, "CALL_S", 0.5)
    monkeypatch.setattr(s3_calls, "MIN_BYTES_PER_S", 10_000)
    proxy.bytes_per_s = 100_000
    await put(far, tmp_path, "clips/job_6/a.mp4", 100_000)
    assert proxy.seen["requests"] == 1


async def test_parts_that_a_killed_server_has_left_are_aborted(
    far: S3Storage, storage: S3Storage, tmp_path: Path
) -> None:
    key = "team-a/clips/job_3/a.mp4"
    for other in (key, key, "team-a/clips/job_33/a.mp4"):
        await storage.client.create_multipart_upload(Bucket=BUCKET, Key=other)
    await put(far, tmp_path, "clips/job_3/a.mp4", PART_BYTES + 1)
    assert await unfinished(storage.client) == ["team-a/clips/job_33/a.mp4"]
    await far.delete("clips/job_33")
    assert await unfinished(storage.client) == []


async def test_a_bucket_that_stays_away_is_given_up_with_a_reason(
    behind: settings.S3, proxy: FaultyProxy, tmp_path: Path
) -> None:
    proxy.is_away = True
    async with s3_storage.connected(msgspec.structs.replace(behind, retry_s=0.5)) as storage:
        await storage.check()  # it may come back
        with pytest.raises(StorageAway, match="storage does not answer; try again later"):
            await put(storage, tmp_path, "clips/job_4/a.mp4")
    assert proxy.seen["cut"] > 2


@pytest.mark.usefixtures("storage")  # the bucket exists
async def test_a_link_outlasts_credentials_that_cannot_be_renewed_for_a_moment(
    behind: settings.S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with s3_storage.connected(behind, b"secret") as storage:
        later = datetime.now(UTC) + timedelta(days=30)
        link = URL(await storage.sign("a.mp4", expires_at=later, name="a.mp4", base_url=""))
        sign, failures = storage.client.generate_presigned_url, 1

        async def renewing(*args: Any, **named: Any) -> str:
            nonlocal failures
            if failures:
                failures -= 1
                raise CredentialRetrievalError(provider="a role", error_msg="timed out")
            presigned: str = await sign(*args, **named)
            return presigned

        monkeypatch.setattr(storage.client, "generate_presigned_url", renewing)
        with pytest.raises(StorageAway):
            await storage.resolve("a.mp4", **link.query)
        assert "a.mp4" in await storage.resolve("a.mp4", **link.query)


@pytest.mark.slow  # waits for a bucket
@pytest.mark.usefixtures("storage")  # the bucket exists
async def test_a_wrong_key_is_not_tried_again_and_told_when_the_server_starts(
    behind: settings.S3, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    async with s3_storage.connected(behind) as storage:
        with pytest.raises(StorageRefuses, match=r"storage refuses access .*administrator"):
            await storage.check()
        with pytest.raises(StorageRefuses, match=r"refuses access \(SignatureDoesNotMatch\)"):
            await put(storage, tmp_path, "clips/job_5/a.mp4")
    assert proxy.seen["requests"] == 2


async def test_a_bucket_that_does_not_exist_is_told_when_the_server_starts(
    behind: settings.S3,
) -> None:
    other = msgspec.structs.replace(behind, bucket="no-such-bucket")
    async with s3_storage.connected(other) as storage:
        with pytest.raises(StorageRefuses, match=r"storage is not found .*administrator"):
            await storage.check()


async def put_font(caller: Caller, brand_id: str) -> ClientResponse:
    """The answer to the upload of a font for a brand."""
    font = io.BytesIO(hostile_fonts.plain())
    return await caller.call("PUT", f"/api/v1/brands/{brand_id}/font", data=font)


WAYS: tuple[tuple[str, Any, Any], ...] = (  # field of the proxy, broken, as it should be
    ("is_away", True, False),
    ("is_silent", True, False),
    ("refusal", "InvalidAccessKeyId", ""),
    ("failing", 1.0, 0.0),
)


@pytest.mark.slow  # waits for a bucket
async def test_who_waits_for_a_brands_file_is_told_soon_that_the_storage_is_away(
    ada: Caller,
    proxy: FaultyProxy,
    storage: S3Storage,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage_module, "PROMPT_S", 1.0)
    job = await ada.until(await ada.submit(10))
    brand_id = (await ada.post("/api/v1/brands", {"name": "Acme"}, 201))["brand_id"]
    assert (await put_font(ada, brand_id)).status == 200
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/preview"
    body = {"at_seconds": 1, "brand_id": brand_id}
    before = await objects(storage.client)
    for field, broken, whole in WAYS:
        setattr(proxy, field, broken)
        answers = [
            await put_font(ada, brand_id),
            await ada.call("GET", f"/api/v1/brands/{brand_id}/preview"),
            await ada.call("POST", path, json=body),
        ]
        for answer in answers:
            told = await answer.json()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), told
            assert "storage" in told["message"]
        setattr(proxy, field, whole)
        await sweep(client)
        assert await objects(storage.client) == before, field
        assert (await ada.call("GET", f"/api/v1/brands/{brand_id}/preview")).status == 200
        assert (await ada.call("POST", path, json=body)).status == 200
    assert (await put_font(ada, brand_id)).status == 200


@pytest.fixture
async def client(
    config: Config,  # first: its database must outlive the server
    storage: S3Storage,  # noqa: ARG001 - the bucket exists
    behind: settings.S3,
    engine: FakeEngine,
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> Client:
    """A running server with the bucket behind the proxy; boto reads its files while it starts."""
    near = msgspec.structs.replace(behind, retry_s=0.5)
    config = msgspec.structs.replace(config, storage=settings.Storage(s3=near))
    return await aiohttp_client(TestServer(create_app(config, engine)))


async def sweep(client: Client) -> None:
    """Delete what is still to be deleted, as the server does regularly."""
    assert client.app is not None
    app = client.app
    await retention.sweep(app[app_keys.DATABASE], app[app_keys.STORAGE], app[app_keys.CONFIG])


@pytest.mark.slow  # waits for a bucket
async def test_a_job_whose_clip_cannot_be_stored_fails_with_that_reason_and_leaves_nothing(
    ada: Caller, client: Client, proxy: FaultyProxy, storage: S3Storage, engine: FakeEngine
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    proxy.is_away = True
    engine.let_go("clip 1")
    job = await ada.until(job_id)
    assert job["status"] == "failed"
    assert "storage does not answer" in job["error"]["message"]
    proxy.is_away = False
    await sweep(client)
    assert len(await sizes(storage.client, f"clips/{job_id}")) == 2  # files of the earlier clip
    assert (await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202))["job_id"] == job_id
    assert (await ada.until(job_id))["status"] == "completed"
    await sweep(client)
    assert len(await sizes(storage.client, f"clips/{job_id}")) == 4


@pytest.mark.slow  # waits for a bucket
async def test_what_was_deleted_while_the_bucket_is_away_is_deleted_later_and_nothing_new_is(
    ada: Caller, client: Client, proxy: FaultyProxy, storage: S3Storage, engine: FakeEngine
) -> None:
    deleted = await ada.submit(10)
    await ada.until(deleted)
    engine.hold("write")
    again = await ada.submit(20)
    await ada.until(again, lambda job: len(job["clips"]) == 2)
    await reached(engine, "write")
    proxy.is_away = True
    assert (await ada.call("DELETE", f"/api/v1/jobs/{deleted}")).status == 204
    await ada.post(f"/api/v1/jobs/{again}/cancel")
    engine.let_go("write")
    assert client.app is not None
    await gone(client.app[app_keys.CONFIG].server.data_dir / "work" / again)
    assert len(await sizes(storage.client, f"clips/{deleted}")) == 2
    proxy.is_away = False
    await ada.post(f"/api/v1/jobs/{again}/retry", None, 202)
    assert (await ada.until(again))["status"] == "completed"
    await sweep(client)
    assert await sizes(storage.client, f"clips/{deleted}") == []
    assert len(await sizes(storage.client, f"clips/{again}")) == 4


async def test_a_bucket_that_hangs_holds_up_no_other_call(
    ada: Caller, proxy: FaultyProxy, storage: S3Storage
) -> None:
    proxy.is_silent = True
    job_id = await ada.submit(10)
    await ada.until(job_id, lambda job: job["stage"] == "render")
    async with asyncio.timeout(60):
        while not proxy.seen["requests"]:  # noqa: ASYNC110 - the proxy tells nobody
            await asyncio.sleep(0.02)
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0
    proxy.is_silent = False
    assert (await ada.until(job_id))["status"] == "completed"
    assert len(await objects(storage.client)) >= 2
