"""Uploads: raw or as a form, measured by the real probe, refused with the reason told; stopped."""

import asyncio
import errno
import hashlib
import io
import os
import shutil
import stat
import struct
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import aiohttp
import asyncpg
import pytest
from caller import PIECE, TUS, Caller, Serve, Sweep, files_below, make_caller
from fake_engine import FakeEngine

from klipfast_server.core import async_file
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.store.intake import uploads
from klipfast_server.work import orphans
from pipeline.core import errors
from pipeline.core.data import Source
from pipeline.media.probing import probe


def tone(seconds: float) -> bytes:
    """A WAV file, mono, 8 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = [(i % 40 - 20) * 500 for i in range(int(8000 * seconds))]
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return buffer.getvalue()


@pytest.fixture
def real_probe(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked into as they are in the real server."""
    monkeypatch.setattr(engine, "probe", probe)


def stored(config: Config) -> list[str]:
    """Uploads on the disk."""
    folder = config.server.data_dir / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.usefixtures("real_probe")
async def test_a_raw_body_is_kept_and_measured(ada: Caller, config: Config) -> None:
    content = tone(6)
    answer = await ada.send("POST", "/api/v1/uploads?filename=talk.wav", 201, data=content)
    assert answer["video_url"] == f"upload://{answer['upload_id']}"
    assert (answer["file_name"], answer["size_bytes"]) == ("talk.wav", len(content))
    assert answer["sha256"] == hashlib.sha256(content).hexdigest()
    assert answer["duration_seconds"] == pytest.approx(6, abs=0.05)
    assert (answer["width"], answer["height"], answer["fps"]) == (None, None, None)
    assert stored(config) == [answer["upload_id"]]


@pytest.mark.usefixtures("real_probe")
async def test_a_form_is_the_same(ada: Caller) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("note", "not a file")
    form.add_field("file", tone(6), filename="../../my talk.wav", content_type="audio/wav")
    answer = await ada.send("POST", "/api/v1/uploads", 201, data=form)
    assert answer["file_name"] == "my talk.wav"
    assert answer["sha256"] == hashlib.sha256(tone(6)).hexdigest()


@pytest.mark.usefixtures("real_probe")
async def test_what_cannot_be_used_is_refused_with_its_reason(ada: Caller, config: Config) -> None:
    for content, reason in (
        (b"", "corrupt"),
        (b"<!doctype html><html><body>Sign in</body></html>", "not_a_video"),
        (tone(1), "too_short"),
    ):
        answer = await ada.send("POST", "/api/v1/uploads", 422, data=content)
        assert (answer["error"], answer["reason"]) == ("unprocessable", reason)
    assert stored(config) == []


@pytest.mark.usefixtures("real_probe")
async def test_a_real_talk_is_measured(ada: Caller, media: Path) -> None:
    talk = await ada.upload((media / "talk" / "subtitleeffect_obama.mp4").read_bytes())
    assert (talk["width"], talk["height"], talk["fps"]) == (1280, 720, 29.97)
    assert talk["duration_seconds"] == pytest.approx(61.46, abs=0.05)


async def test_a_form_that_is_broken_or_has_no_file_is_refused(ada: Caller, config: Config) -> None:
    multipart = aiohttp.FormData()
    multipart.add_field("note", "nothing", content_type="text/plain")
    answer = await ada.send("POST", "/api/v1/uploads", 400, data=multipart)
    assert answer["field"] == "file"
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        broken: dict[str, Any] = {"data": b"--y\r\nnonsense", "headers": {"Content-Type": kind}}
        answer = await ada.send("POST", "/api/v1/uploads", 400, **broken)
        assert answer["error"] == "bad_request"
    assert stored(config) == []


async def test_other_users_of_the_machine_cannot_read_what_callers_sent(
    ada: Caller, config: Config
) -> None:
    await ada.done(10)
    for name in ("uploads", "storage", "work"):
        assert stat.S_IMODE((config.server.data_dir / name).stat().st_mode) == 0o700, name


async def test_a_folder_that_was_opened_to_others_stays_open(serve: Serve, config: Config) -> None:
    storage = config.server.data_dir / "storage"
    storage.mkdir()
    storage.chmod(0o750)
    await serve(config)
    assert stat.S_IMODE(storage.stat().st_mode) == 0o750


async def test_a_caller_who_hangs_up_leaves_nothing(ada: Caller, config: Config) -> None:
    async def half() -> object:
        yield b"seconds 30"
        while not stored(config):  # noqa: ASYNC110 - a folder tells nobody
            await asyncio.sleep(0.01)
        raise ConnectionResetError

    async with asyncio.timeout(60):
        with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
            await ada.call("POST", "/api/v1/uploads", data=half())
        while stored(config):  # noqa: ASYNC110 - the server learns of it by and by
            await asyncio.sleep(0.01)


async def test_a_disk_that_fills_up_while_a_file_comes_in_ends_the_upload(
    ada: Caller, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=0)
    sent = []

    async def endless() -> object:
        for part in range(50):
            if part == 10:  # somebody else has filled the disk
                monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
            sent.append(part)
            yield b"x" * 300_000

    monkeypatch.setattr(async_file, "CHECK_S", 0.0)
    answer = await ada.send("POST", "/api/v1/uploads", 507, data=endless())
    assert answer["error"] == "server_error"
    assert "no disk space" in answer["message"]
    assert len(sent) < 50
    assert stored(config) == []


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space"), asyncpg.DiskFullError("no space"), errors.DiskFull()],
    ids=["of a file", "of the database", "in the pipeline"],
)
async def test_a_full_disk_is_told_wherever_it_is_met(
    ada: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(uploads, "get", full)
    response = await ada.call("GET", "/api/v1/uploads/upload_1")
    answer = await response.json()
    assert (response.status, answer["error"]) == (507, "server_error")
    assert "no disk space" in answer["message"]
    assert int(response.headers["Retry-After"]) > 0


async def test_an_upload_that_cannot_be_recorded_leaves_nothing(
    ada: Caller, config: Config, db: Database
) -> None:
    await db.pool.execute("ALTER TABLE uploads ADD CHECK (size_bytes > 1000)")
    answer = await ada.upload(b"seconds 30", status=500)
    assert answer["error"] == "server_error"
    assert stored(config) == []


async def test_files_that_take_long_to_look_into_hold_up_nobody_else(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = await make_caller(ada.client, account="bob")
    looking, go_on, look = Semaphore(0), Event(), engine.probe

    def slow(path: Path, *, max_duration_s: float | None) -> Source:
        if "60" in path.read_text():
            looking.release()
            go_on.wait(20)
        return look(path, max_duration_s=max_duration_s)

    monkeypatch.setattr(engine, "probe", slow)
    held = [asyncio.create_task(ada.upload(b"seconds 60")) for _ in range(20)]
    await asyncio.to_thread(looking.acquire)
    await bob.upload(b"seconds 30")
    assert (await bob.client.get("/readyz")).status == 200
    assert not looking.acquire(blocking=False)  # one file of an account at a time
    go_on.set()
    assert len(await asyncio.gather(*held)) == 20


async def test_deletions_at_once_do_not_wait_for_each_other(ada: Caller, config: Config) -> None:
    """Each takes one connection of the pool, which has four."""
    ids = [(await ada.upload(f"seconds {30 + n}".encode()))["upload_id"] for n in range(12)]
    assert config.database.pool_size < len(ids)
    async with asyncio.timeout(60):
        await asyncio.gather(*(ada.send("DELETE", f"/api/v1/uploads/{one}", 204) for one in ids))


async def test_files_that_a_killed_server_left_are_swept_and_no_others(
    ada: Caller, config: Config, sweep: Sweep
) -> None:
    known = (await ada.upload(b"seconds 30"))["upload_id"]
    above = config.server.data_dir / "uploads"
    for name in ("upload_left", "upload_coming"):
        (above / name).mkdir()
        (above / name / "source").write_bytes(b"seconds")
    long_ago = time.time() - orphans.ORPHAN_S - 60
    for path in (
        above / known,
        above / known / "source",
        above / "upload_left",
        above / "upload_left" / "source",
        above / "upload_coming",
    ):
        os.utime(path, (long_ago, long_ago))
    # Not how many went: the sweep with which the server starts may come upon them first.
    await sweep()
    assert stored(config) == sorted([known, "upload_coming"])


async def without_end(content: bytes) -> AsyncIterator[bytes]:
    """The bytes, and then nothing for as long as anybody waits."""
    yield content
    await asyncio.sleep(600)


async def stopped(ada: Caller, config: Config, sending: "asyncio.Task[object]", size: int) -> None:
    """Stop the server once the bytes have come, and expect the connection to end."""
    folder = config.server.data_dir / "uploads"
    async with asyncio.timeout(60):
        while not any(  # noqa: ASYNC110 - a file tells nobody
            p.stat().st_size == size for p in folder.rglob("*") if p.is_file()
        ):
            await asyncio.sleep(0.02)
    await ada.app.shutdown()
    async with asyncio.timeout(60):
        with pytest.raises(aiohttp.ClientError):
            await sending


@pytest.mark.own_server  # is stopped
async def test_an_upload_ends_and_leaves_nothing(ada: Caller, config: Config) -> None:
    content = bytes(1 << 20)  # more than a buffer holds
    body = without_end(content)
    sending = asyncio.create_task(ada.call("POST", "/api/v1/uploads", data=body))
    await stopped(ada, config, sending, len(content))
    assert files_below(config.server.data_dir / "uploads") == []


@pytest.mark.own_server  # is stopped
async def test_an_upload_in_pieces_ends_and_keeps_what_came(ada: Caller, config: Config) -> None:
    path = "/api/v1/resumable-uploads"
    begun = await ada.call("POST", path, headers=TUS | {"Upload-Length": "5000000"})
    path = begun.headers["Location"]
    content = bytes(1 << 20)
    headers = PIECE | {"Upload-Offset": "0"}
    sending = asyncio.create_task(
        ada.call("PATCH", path, headers=headers, data=without_end(content))
    )
    await stopped(ada, config, sending, len(content))
    answer = await ada.call("HEAD", path, headers=TUS)
    assert int(answer.headers["Upload-Offset"]) == len(content)
