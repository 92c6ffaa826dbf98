"""The client goes on where its connection broke."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine

from klipfast_client import Client, ProgressEvent, connected


class Line:
    """A real TCP proxy before the server; it can break off, and keeps what callers sent."""

    def __init__(self, port: int) -> None:
        self.sent = b""  # by callers
        self.cut_up: int | None = None  # bytes from callers until the next connection breaks
        self.cut_down: int | None = None  # bytes to callers, likewise
        self.port = 0  # its own
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a caller."""
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, back}
        await asyncio.gather(
            self._copy(reader, back, "cut_up"), self._copy(there, writer, "cut_down")
        )

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: str
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                if cut == "cut_up":
                    self.sent += chunk
                left: int | None = getattr(self, cut)
                if left is not None:
                    setattr(self, cut, left - len(chunk))
                    if left <= len(chunk):
                        setattr(self, cut, None)
                        self.break_all()
                        return
                writer.write(chunk)
                await writer.drain()
        writer.close()

    def break_all(self) -> None:
        """Every connection is lost this moment."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@pytest.fixture
async def line(ada: Caller) -> AsyncIterator[tuple[Line, Client]]:
    """A line that can break, and a client of Ada's at its other end."""
    port = ada.client.make_url("/").port
    assert port is not None
    line = Line(port)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    async with connected(f"http://127.0.0.1:{line.port}", ada.key, patience_s=20) as client:
        yield line, client
    line.break_all()
    server.close()


async def test_an_upload_goes_on_where_the_line_broke(
    line: tuple[Line, Client], tmp_path: Path
) -> None:
    content = b"seconds 20 " + secrets.token_bytes(6 << 20)
    video = tmp_path / "Große Rede.mp4"
    video.write_bytes(content)
    told: list[float] = []
    line[0].cut_up = 4 << 20
    upload = await line[1].upload(video, told.append)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert (upload.file_name, told[-1]) == ("Große Rede.mp4", 1.0)
    assert line[0].sent.count(b"PATCH /") == 2
    assert len(line[0].sent) < 1.6 * len(content)


async def test_a_broken_stream_of_events_is_taken_up_where_it_was(
    line: tuple[Line, Client], ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(30)
    told: list[ProgressEvent] = []
    waiting = asyncio.create_task(line[1].wait(job_id, told.append))
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    async with asyncio.timeout(60):
        while not told or told[-1].clips < 1:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    line[0].break_all()
    engine.let_go("clip 1")
    job = await asyncio.wait_for(waiting, 60)
    assert (job.status, len(job.clips)) == ("completed", 3)
    assert (told[-1].status, told[-1].progress, told[-1].clips) == ("completed", 1.0, 3)
    values = [one.progress for one in told]
    assert values == sorted(values)
    assert re.search(rb"/events HTTP/1.1\r\n[^\x00]*?Last-Event-ID: \d+-1\r\n", line[0].sent)


@pytest.mark.slow  # waits for a deadline
async def test_a_long_silence_is_no_fault(
    line: tuple[Line, Client], ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    port = line[0].port
    async with connected(f"http://127.0.0.1:{port}", ada.key, patience_s=0.8) as hurried:
        waiting = asyncio.create_task(hurried.wait(job_id))
        await asyncio.sleep(1.2)  # longer than faults are borne
        line[0].break_all()
        engine.let_go("listen")
        assert (await asyncio.wait_for(waiting, 60)).status == "completed"


async def test_a_download_goes_on_where_the_line_broke(
    line: tuple[Line, Client],
    ada: Caller,
    engine: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content, make_clip = secrets.token_bytes(5 << 20), engine.make_clip

    def large(*arguments: Any, **options: Any) -> Any:
        clip = make_clip(*arguments, **options)
        clip.path.write_bytes(content)
        return clip

    monkeypatch.setattr(engine, "make_clip", large)
    job_id = await ada.submit(10)
    await ada.until(job_id)
    [clip] = (await line[1].job(job_id)).clips  # its link leads through the line
    line[0].cut_down = 3 << 20
    told: list[float] = []
    await line[1].download(clip.download_url, tmp_path / "clip.mp4", told.append)
    assert (tmp_path / "clip.mp4").read_bytes() == content
    assert [path.name for path in tmp_path.glob("*clip*")] == ["clip.mp4"]
    assert re.search(rb"Range: bytes=[1-9]\d+-\r\n", line[0].sent)
    assert told == sorted(told)
    assert told[-1] == 1.0


async def test_what_was_done_before_the_line_broke_is_not_done_twice(
    line: tuple[Line, Client], ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    upload = await ada.upload(b"seconds 10")
    line[0].cut_down = 1  # the server has answered, and nobody heard it
    accepted = await line[1].submit(upload["video_url"])
    assert line[0].sent.count(b"POST /api/v1/process") == 2
    assert [job.job_id for job in (await line[1].jobs()).jobs] == [accepted.job_id]
    await line[1].cancel(accepted.job_id)
    line[0].cut_down = 1
    await line[1].delete(accepted.job_id)
    assert (await line[1].jobs()).jobs == []
