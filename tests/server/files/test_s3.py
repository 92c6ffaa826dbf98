"""The bucket instead of the folder, against a real S3 server: a caller cannot tell which."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestServer
from caller import Client, gone, make_caller
from multidict import CIMultiDictProxy
from s3_server import BUCKET, unfinished
from yarl import URL

from klipfast_client import connected
from klipfast_server.api import app_keys
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.core.errors import NotFound
from klipfast_server.files.s3 import S3Storage
from klipfast_server.files.storage import READ_BYTES

if TYPE_CHECKING:
    from fake_engine import FakeEngine

PART_BYTES = settings.S3(bucket=BUCKET).part_bytes


async def call(url: str, **headers: str) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    """(status, body, headers) of a GET without any key."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.read(), response.headers


def soon(seconds: float) -> datetime:
    """A moment from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_a_file_comes_back_through_its_link_under_its_name(
    storage: S3Storage, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"0123456789")
    await storage.put(path, "gone/job_a/a.mp4")
    assert not path.exists()
    link = await storage.sign(
        "gone/job_a/a.mp4", expires_at=soon(60), name="Ein Händler.mp4", base_url=""
    )
    status, body, headers = await call(link)
    assert (status, body) == (200, b"0123456789")
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Disposition"].endswith("''Ein%20H%C3%A4ndler.mp4")
    status, body, _ = await call(link, Range="bytes=3-5")
    assert (status, body) == (206, b"345")


async def test_a_large_file_goes_in_parts(storage: S3Storage, tmp_path: Path) -> None:
    content = bytes(range(256)) * (PART_BYTES // 256) + b"the last part is short"
    path = tmp_path / "b.mp4"
    path.write_bytes(content)
    await storage.put(path, "gone/job_b/b.mp4")
    link = await storage.sign("gone/job_b/b.mp4", expires_at=soon(60), name="b", base_url="")
    _, body, _ = await call(link)
    assert body == content


async def test_a_file_is_read_in_pieces(storage: S3Storage, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    path = tmp_path / "r.mp4"
    path.write_bytes(content)
    await storage.put(path, "gone/job_r/r.mp4")
    async with storage.opened("gone/job_r/r.mp4") as file:
        pieces = [piece async for piece in file.chunks]
    assert b"".join(pieces) == content
    assert file.size_bytes == len(content)
    assert max(map(len, pieces)) <= READ_BYTES < len(content)
    with pytest.raises(NotFound):
        async with storage.opened("gone/job_r/none.mp4"):
            pass


async def test_a_changed_or_old_link_is_refused(storage: S3Storage, tmp_path: Path) -> None:
    path = tmp_path / "c.mp4"
    path.write_bytes(b"c")
    await storage.put(path, "gone/job_c/c.mp4")
    link = await storage.sign("gone/job_c/c.mp4", expires_at=soon(1), name="c", base_url="")
    assert (await call(link.replace("/job_c/", "/job_d/")))[0] == 403
    assert (await call(link[:-1] + ("0" if link[-1] != "0" else "1")))[0] == 403
    async with asyncio.timeout(60):
        while (await call(link))[0] == 200:  # noqa: ASYNC110 (the clock is the bucket's)
            await asyncio.sleep(0.1)
    assert (await call(link))[0] == 403


async def test_deleting_takes_all_below_and_no_neighbor(storage: S3Storage, tmp_path: Path) -> None:
    for key in ("gone/job_e/1.mp4", "gone/job_e/2.mp4", "gone/job_ee/3.mp4"):
        path = tmp_path / "e"
        path.write_bytes(b"e")
        await storage.put(path, key)
    await storage.delete("gone/job_e")
    await storage.delete("gone/job_nothing")
    left = await storage.client.list_objects_v2(Bucket=BUCKET, Prefix="team-a/gone/job_e")
    assert [item["Key"] for item in left["Contents"]] == ["team-a/gone/job_ee/3.mp4"]


async def held(storage: S3Storage, call: str, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Keep every such call of the bucket waiting for ever; set once one has come."""
    begun = asyncio.Event()

    async def never(**_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(storage.client, call, never)
    return begun


@pytest.mark.parametrize("call", ["upload_part", "complete_multipart_upload"])
async def test_a_canceled_upload_leaves_neither_object_nor_parts(
    storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "f.mp4"
    path.write_bytes(bytes(PART_BYTES + 1))
    begun = await held(storage, call, monkeypatch)
    putting = asyncio.create_task(storage.put(path, "gone/job_f/f.mp4"))
    await begun.wait()
    assert await unfinished(storage.client) == ["team-a/gone/job_f/f.mp4"]
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await unfinished(storage.client) == []
    left = await storage.client.list_objects_v2(Bucket=BUCKET, Prefix="team-a/gone/job_f")
    assert "Contents" not in left


async def test_an_upload_canceled_while_it_begins_is_given_up(
    storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g.mp4"
    path.write_bytes(bytes(PART_BYTES + 1))
    begun, go_on = asyncio.Event(), asyncio.Event()
    create = storage.client.create_multipart_upload

    async def slow(**named: object) -> object:
        begun.set()
        await go_on.wait()
        return await create(**named)

    monkeypatch.setattr(storage.client, "create_multipart_upload", slow)
    putting = asyncio.create_task(storage.put(path, "gone/job_g/g.mp4"))
    await begun.wait()
    putting.cancel()
    await asyncio.sleep(0)  # it gets that before the bucket answers
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await unfinished(storage.client) == []


async def test_an_object_that_the_bucket_has_made_when_we_cancel_does_not_come_later(
    storage: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "h.mp4"
    path.write_bytes(b"h")
    begun, go_on, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
    put_object = storage.client.put_object

    async def slow(**named: object) -> object:
        begun.set()
        try:
            await go_on.wait()  # the bucket has every byte, and its answer is under way
            return await put_object(**named)
        finally:
            over.set()

    monkeypatch.setattr(storage.client, "put_object", slow)
    putting = asyncio.create_task(storage.put(path, "gone/job_h/h.mp4"))
    await begun.wait()
    putting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert over.is_set()  # so nothing of it can come behind the delete
    await storage.delete("gone/job_h")
    left = await storage.client.list_objects_v2(Bucket=BUCKET, Prefix="team-a/gone/job_h")
    assert "Contents" not in left


@pytest.fixture
async def client(
    config: Config,  # first: its database must outlive the server
    s3: settings.S3,
    engine: "FakeEngine",
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> Client:
    """A running server with the bucket; boto reads its own files while it starts."""
    from klipfast_server.app import create_app

    config = msgspec.structs.replace(config, storage=settings.Storage(s3=s3))
    return await aiohttp_client(TestServer(create_app(config, engine)))


async def test_a_job_delivers_from_the_bucket_and_canceling_empties_it(
    storage: S3Storage, client: Client, config: Config, engine: "FakeEngine", tmp_path: Path
) -> None:
    ada = await make_caller(client)
    job = await ada.until(await ada.submit(20))
    assert job["status"] == "completed", job
    link = job["clips"][0]["download_url"]
    assert link.startswith(str(client.make_url("/files/clips/")))  # lasts longer than a bucket's
    status, body, _ = await call(link)
    assert (status, body) == (200, b"clip of 0.0 to 9.5 s")
    status, part, _ = await call(link, Range="bytes=0-3")
    assert (status, part) == (206, b"clip")
    assert (await call(f"{link[:-1]}{'0' if link[-1] != '0' else '1'}"))[0] == 403
    clip = await ada.get(f"/api/v1/clips/{job['clips'][0]['clip_id']}")
    ends_at = int(URL(link).query["expires"])
    assert abs(datetime.fromisoformat(clip["expires_at"]).timestamp() - ends_at) < 1
    async with connected(str(client.make_url("/")), ada.key) as program:
        await program.download(job["clips"][0]["download_url"], tmp_path / "saved.mp4")
        await program.archive(job["job_id"], tmp_path / "job.zip")
    assert (tmp_path / "saved.mp4").read_bytes() == body
    with ZipFile(tmp_path / "job.zip") as found:
        assert found.testzip() is None
        assert found.read("clips/1-The-best-moment-0.mp4") == body
    assert not (config.server.data_dir / "storage").exists()
    engine.hold("clip 1")
    other = await ada.submit(30)
    await ada.until(other, lambda job: len(job["clips"]) == 1)
    await ada.post(f"/api/v1/jobs/{other}/cancel")
    prefix = f"team-a/clips/{other}"
    assert "Contents" not in await storage.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    response = await client.get("/files/clips/a.mp4")
    assert response.status == 403


async def test_canceling_does_not_wait_for_a_bucket_that_does_not_answer(
    storage: S3Storage,
    client: Client,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = await make_caller(client)
    assert client.app is not None
    bucket = client.app[app_keys.STORAGE]
    assert isinstance(bucket, S3Storage)
    begun = await held(bucket, "put_object", monkeypatch)
    job_id = await ada.submit(10)
    async with asyncio.timeout(60):
        await begun.wait()
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    await gone(config.server.data_dir / "work" / job_id)
    prefix = f"team-a/clips/{job_id}"
    assert "Contents" not in await storage.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)


async def test_a_file_is_fetched_and_one_that_is_not_there_is_named(
    storage: S3Storage, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4000
    for name in ("logo.png", "other.png"):
        (tmp_path / name).write_bytes(content)
        await storage.put(tmp_path / name, f"brands/brand_a/{name}")
    await storage.fetch("brands/brand_a/logo.png", tmp_path / "fetched.png")
    assert (tmp_path / "fetched.png").read_bytes() == content
    await storage.delete("brands/brand_a")
    with pytest.raises(FileNotFoundError, match=r"brands/brand_a/logo\.png"):
        await storage.fetch("brands/brand_a/logo.png", tmp_path / "none.png")
