"""Uploads in pieces: what came stays, whatever breaks; a real tus client does the talking."""

import asyncio
import hashlib
import io
import shutil
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from caller import PIECE, TUS, Caller, Client, Serve, Sweep, make_caller
from fake_engine import FakeEngine
from server_settings import changed
from tusclient.client import TusClient

from klipfast_server.core.config import Config
from klipfast_server.files.upload_acceptance import Intake
from klipfast_server.store.database import Database

PATH = "/api/v1/resumable-uploads"
TALK = b"seconds 30 " + b"x" * 5000


async def begin(caller: Caller, content: bytes = TALK) -> str:
    """The path of a new upload."""
    headers = TUS | {"Upload-Length": str(len(content))}
    response = await caller.call("POST", PATH, headers=headers)
    assert response.status == 201, await response.text()
    return response.headers["Location"]


async def piece(caller: Caller, path: str, at: int, content: Any) -> aiohttp.ClientResponse:
    """Send bytes that begin at `at`."""
    headers = PIECE | {"Upload-Offset": str(at)}
    return await caller.call("PATCH", path, headers=headers, data=content)


async def offset(caller: Caller, path: str) -> int:
    """What the server has."""
    response = await caller.call("HEAD", path, headers=TUS)
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    return int(response.headers["Upload-Offset"])


async def test_a_tus_client_sends_a_file_in_pieces(ada: Caller, client: Client) -> None:
    def send() -> str:
        tus = TusClient(str(client.make_url(PATH)), headers={"Authorization": f"Bearer {ada.key}"})
        uploader = tus.uploader(
            file_stream=io.BytesIO(TALK), chunk_size=1000, metadata={"filename": "my talk.mp4"}
        )
        uploader.upload()
        return str(uploader.url)

    url = await asyncio.to_thread(send)
    upload_id = url.rsplit("/", 1)[1]
    upload = await ada.get(f"/api/v1/uploads/{upload_id}")
    assert (upload["size_bytes"], upload["file_name"]) == (len(TALK), "my talk.mp4")
    assert upload["sha256"] == hashlib.sha256(TALK).hexdigest()
    assert upload["duration_seconds"] == 30
    answer = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
    assert (await ada.until(answer["job_id"]))["status"] == "completed"


async def test_what_is_spoken_can_be_asked_without_a_key(client: Client) -> None:
    response = await client.options(PATH)
    assert response.status == 204
    assert response.headers["Tus-Version"] == "1.0.0"
    assert "creation" in response.headers["Tus-Extension"].split(",")


async def test_a_broken_connection_loses_nothing_that_came(ada: Caller) -> None:
    path = await begin(ada)

    async def breaking() -> AsyncIterator[bytes]:
        yield TALK[:2000]
        await asyncio.sleep(0.1)
        raise ConnectionResetError

    with pytest.raises(aiohttp.ClientError):
        await piece(ada, path, 0, breaking())
    have = await offset(ada, path)
    assert have == 2000
    response = await piece(ada, path, have, TALK[have:])
    assert (response.status, response.headers["Upload-Offset"]) == (204, str(len(TALK)))
    assert await offset(ada, path) == len(TALK)


async def test_a_stopped_server_goes_on_where_it_was(serve: Serve, config: Config) -> None:
    client = await serve(config)
    ada = await make_caller(client)
    path = await begin(ada)
    assert (await piece(ada, path, 0, TALK[:3000])).status == 204
    await client.close()
    again = Caller(client=await serve(config), key=ada.key)
    assert await offset(again, path) == 3000
    assert (await piece(again, path, 3000, TALK[3000:])).status == 204
    await again.get("/api/v1/uploads/" + path.rsplit("/", 1)[1])


async def test_a_kill_after_the_last_byte_is_made_good(ada: Caller, engine: FakeEngine) -> None:
    path = await begin(ada)
    real, engine.probe = engine.probe, None  # type: ignore[method-assign, assignment]
    assert (await piece(ada, path, 0, TALK)).status == 500
    engine.probe = real  # type: ignore[method-assign]
    assert await offset(ada, path) == len(TALK)
    await ada.get("/api/v1/uploads/" + path.rsplit("/", 1)[1])


async def test_a_piece_begins_where_the_file_ends_and_is_no_longer_than_told(ada: Caller) -> None:
    path = await begin(ada)
    await piece(ada, path, 0, TALK[:100])
    for at in (0, 99, 101):
        response = await piece(ada, path, at, TALK[at:])
        assert response.status == 409
        assert "100 bytes" in (await response.json())["message"]
    longer = await piece(ada, path, 100, TALK)
    assert (longer.status, (await longer.json())["field"]) == (400, "Upload-Offset")
    assert await offset(ada, path) == 100


async def test_a_later_piece_takes_the_place_of_one_whose_line_is_dead(ada: Caller) -> None:
    path = await begin(ada)
    arrived = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield TALK[:1000]
        arrived.set()
        await asyncio.sleep(20)

    first = asyncio.create_task(piece(ada, path, 0, stalling()))
    await arrived.wait()
    while await offset(ada, path) < 1000:  # noqa: ASYNC110 - the server tells of no event
        await asyncio.sleep(0.05)
    response = await piece(ada, path, 1000, TALK[1000:])
    assert response.status == 204
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_a_file_that_is_no_video_is_refused_with_its_last_byte(
    ada: Caller, config: Config
) -> None:
    path = await begin(ada, b"no sound")
    response = await piece(ada, path, 0, b"no sound")
    assert response.status == 422
    assert (await response.json())["reason"] == "no_audio"
    assert (await ada.call("HEAD", path, headers=TUS)).status == 404
    assert list((config.server.data_dir / "uploads").iterdir()) == []


async def test_room_is_kept_from_the_start_and_freed(serve: Serve, config: Config) -> None:
    small = changed(config, "plans.pro", storage_mb=10, max_upload_mb=8)
    ada = await make_caller(await serve(small))
    path = ""
    for megabytes, status in ((9, 400), (6, 201), (6, 403)):
        headers = TUS | {"Upload-Length": str(megabytes * 1_000_000)}
        response = await ada.call("POST", PATH, headers=headers)
        assert response.status == status, await response.text()
        path = response.headers.get("Location", "") or path
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] == 6
    await ada.send("DELETE", path, 204, headers=TUS)
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] == 0
    assert list((config.server.data_dir / "uploads").iterdir()) == []


async def test_an_abandoned_upload_is_swept(
    ada: Caller, db: Database, config: Config, sweep: Sweep
) -> None:
    path = await begin(ada)
    await piece(ada, path, 0, TALK[:10])
    await db.pool.execute("UPDATE partial_uploads SET expires_at = now()")
    assert (await ada.call("HEAD", path, headers=TUS)).status == 404
    await sweep()
    assert list((config.server.data_dir / "uploads").iterdir()) == []
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] == 0


WRONG = [
    ({}, 400, "Tus-Resumable"),
    ({"Tus-Resumable": "0.2.2"}, 412, "Tus-Resumable"),
    (TUS, 400, "Upload-Length"),
    (TUS | {"Upload-Length": "-1"}, 400, "Upload-Length"),
    (TUS | {"Upload-Length": "0"}, 400, "Upload-Length"),
    (TUS | {"Upload-Length": "1e3"}, 400, "Upload-Length"),
    (TUS | {"Upload-Length": "9", "Upload-Metadata": "filename ?"}, 400, "Upload-Metadata"),
]


async def test_wrong_headers_are_named(ada: Caller) -> None:
    for headers, status, field in WRONG:
        body = await ada.send("POST", PATH, status, headers=headers)
        assert (body["field"], body["error"]) == (field, "bad_request")
    path = await begin(ada)
    headers = TUS | {"Upload-Offset": "0", "Content-Type": "video/mp4"}
    refused = await ada.send("PATCH", path, 415, headers=headers, data=b"x")
    assert refused["field"] == "Content-Type"


async def test_too_large_is_told_before_whether_there_is_room(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    body = await ada.send("POST", PATH, 400, headers=TUS | {"Upload-Length": "200000000000"})
    assert "8,000,000,000 bytes" in body["message"]


async def test_a_piece_that_meets_a_removal_breaks_no_connection(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def slow(*_: object) -> None:
        begun.set()
        await asyncio.sleep(60)

    path = await begin(ada)
    with monkeypatch.context() as patched:
        patched.setattr(Intake, "remove", slow)
        removing = asyncio.create_task(ada.call("DELETE", path, headers=TUS))
        await asyncio.wait_for(begun.wait(), 5)
    assert (await piece(ada, path, 0, TALK[:10])).status == 204
    assert (await asyncio.wait_for(removing, 60)).status == 409
    assert await offset(ada, path) == 10


async def test_an_upload_is_deleted_unless_a_job_needs_it(
    ada: Caller, engine: FakeEngine, config: Config
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(30)
    [folder] = (config.server.data_dir / "uploads").iterdir()
    path = f"/api/v1/uploads/{folder.name}"
    assert (await ada.send("DELETE", path, 409))["job_id"] == job_id
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    await ada.send("DELETE", path, 204)
    assert not folder.exists()
    await ada.send("DELETE", path, 404)
