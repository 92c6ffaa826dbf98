"""Uploads: raw or as a form, measured by the real probe, refused with the reason told."""

import hashlib
import io
import struct
import wave
from pathlib import Path

import aiohttp
import pytest
from conftest import Caller
from fake_engine import FakeEngine

from klipfast_server.config import Config
from pipeline.probe import probe


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
    response = await ada.call("POST", "/api/v1/uploads?filename=talk.wav", data=content)
    answer = await response.json()
    assert response.status == 201
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
    response = await ada.call("POST", "/api/v1/uploads", data=form)
    answer = await response.json()
    assert response.status == 201, answer
    assert answer["file_name"] == "my talk.wav"
    assert answer["sha256"] == hashlib.sha256(tone(6)).hexdigest()


@pytest.mark.usefixtures("real_probe")
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "corrupt"),
        (b"<!doctype html><html><body>Sign in</body></html>", "not_a_video"),
        (tone(1), "too_short"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_its_reason(
    ada: Caller, config: Config, content: bytes, reason: str
) -> None:
    response = await ada.call("POST", "/api/v1/uploads", data=content)
    answer = await response.json()
    assert (response.status, answer["error"]) == (422, "unprocessable"), answer
    assert answer["reason"] == reason
    assert stored(config) == []


@pytest.mark.usefixtures("real_probe")
async def test_a_real_talk_is_measured(ada: Caller, media: Path) -> None:
    talk = await ada.upload((media / "talk" / "subtitleeffect_obama.mp4").read_bytes())
    assert (talk["width"], talk["height"], talk["fps"]) == (1280, 720, 29.97)
    assert talk["duration_seconds"] == pytest.approx(61.46, abs=0.05)


async def test_a_form_without_a_file_is_refused(ada: Caller, config: Config) -> None:
    multipart = aiohttp.FormData()
    multipart.add_field("note", "nothing", content_type="text/plain")
    response = await ada.call("POST", "/api/v1/uploads", data=multipart)
    assert (response.status, (await response.json())["field"]) == (400, "file")
    assert stored(config) == []


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_broken_form_is_refused(ada: Caller, config: Config, kind: str) -> None:
    response = await ada.call(
        "POST", "/api/v1/uploads", data=b"--y\r\nnonsense", headers={"Content-Type": kind}
    )
    assert (response.status, (await response.json())["error"]) == (400, "bad_request")
    assert stored(config) == []


async def test_a_caller_who_hangs_up_leaves_nothing(ada: Caller, config: Config) -> None:
    async def half() -> object:
        yield b"seconds 30"
        raise ConnectionResetError

    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await ada.call("POST", "/api/v1/uploads", data=half())
    await ada.get("/api/v1/usage")
    assert stored(config) == []
