"""The demo's job: one that is broken off is taken back, one left behind is waited for."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from caller import Caller
from fake_engine import FakeEngine
from rich.console import Console

from klipfast_client import ApiError, Client, connected
from klipfast_server import demo


@pytest.fixture
def console() -> Console:
    """One that nobody sees, with room for a whole line."""
    return Console(file=io.StringIO(), width=200)


async def said(console: Console, text: str) -> None:
    """Wait until the demo has printed that."""
    assert isinstance(console.file, io.StringIO)
    async with asyncio.timeout(60):
        while text not in console.file.getvalue():  # noqa: ASYNC110 (a console tells nobody)
            await asyncio.sleep(0.01)


@pytest.fixture
def not_blocked() -> None:
    """The demo may block its own loop, which here is the server's too."""


@pytest.fixture
async def program(ada: Caller) -> AsyncIterator[Client]:
    """A client with Ada's key."""
    async with connected(str(ada.client.make_url("/")), ada.key) as client:
        yield client


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A talk of two clips."""
    path = tmp_path / "talk.mp4"
    path.write_text("seconds 20")
    return path


async def the_job(ada: Caller) -> str:
    """The only job there is, as soon as there is one."""
    for _ in range(3000):
        if jobs := (await ada.get("/api/v1/jobs"))["jobs"]:
            return str(jobs[0]["job_id"])
        await asyncio.sleep(0.02)
    pytest.fail("no job was handed in")


async def test_a_broken_off_demo_takes_its_job_back(
    ada: Caller, engine: FakeEngine, program: Client, video: Path, console: Console
) -> None:
    engine.hold("listen")
    run = asyncio.create_task(demo.run_job(program, video, video.parent, console))
    job_id = await the_job(ada)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    await said(console, job_id)
    run.cancel()  # what Ctrl-C does to it
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "canceled"


async def test_a_demo_that_fails_while_it_waits_takes_its_job_back(
    ada: Caller,
    engine: FakeEngine,
    program: Client,
    video: Path,
    *,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object) -> None:
        raise ApiError(500, "server_error", "Something went wrong here.", "req_x")

    engine.hold("listen")
    monkeypatch.setattr(program, "wait", refuse)
    with pytest.raises(ApiError, match="went wrong"):
        await demo.run_job(program, video, video.parent, console)
    assert (await ada.get(f"/api/v1/jobs/{await the_job(ada)}"))["status"] == "canceled"


async def test_a_demo_waits_for_the_job_that_an_earlier_one_left(
    ada: Caller, engine: FakeEngine, program: Client, video: Path, console: Console
) -> None:
    engine.hold("listen")
    left = await ada.submit(20.0, max_duration=90)
    video.write_text("seconds 20.0")  # the same bytes
    run = asyncio.create_task(demo.run_job(program, video, video.parent / "out", console))
    await said(console, "Waiting for its clips.")
    engine.let_go("listen")
    await run
    assert [line["job_id"] for line in (await ada.get("/api/v1/jobs"))["jobs"]] == [left]
    clips = sorted(path.name for path in (video.parent / "out" / "talk").glob("*.mp4"))
    assert clips == ["1-The-best-moment-0.mp4", "2-The-best-moment-1.mp4"]
