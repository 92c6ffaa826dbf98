"""The client without async has the methods of the other, and needs no loop of the caller's."""

import asyncio
import inspect
import signal
import sys
import threading
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine

import klipfast_client
from klipfast_client import ProgressEvent
from klipfast_client.sync import Client, connected


def methods(kind: type) -> dict[str, Any]:
    """The public methods of a class, by name."""
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_")}


async def blocking(ada: Caller, use: Callable[[Client], Any]) -> Any:
    """What `use` returns of a blocking client with Ada's key, off the server's loop."""

    def run() -> Any:
        with connected(str(ada.client.make_url("/")), ada.key) as client:
            return use(client)

    return await to_thread(run)


def test_it_has_each_method_with_its_signature_and_description() -> None:
    blocking, awaited = methods(Client), methods(klipfast_client.Client)
    assert blocking.keys() == awaited.keys()
    for name, method in blocking.items():
        assert inspect.signature(method) == inspect.signature(awaited[name])
        assert method.__doc__ == awaited[name].__doc__
        assert not inspect.iscoroutinefunction(method)


async def test_a_file_becomes_clips_on_the_disk(ada: Caller, tmp_path: Path) -> None:
    video, clip = tmp_path / "talk.mp4", tmp_path / "clip.mp4"
    video.write_text("seconds 20")
    seen: list[float] = []

    def use(client: Client) -> klipfast_client.models.JobDetail:
        upload = client.upload(str(video))
        accepted = client.submit(upload.video_url, caption_style="karaoke")
        job = client.wait(accepted.job_id, lambda now: seen.append(now.progress))
        client.download(job.clips[0].download_url, clip)
        return job

    job = await blocking(ada, use)
    assert (job.status, len(job.clips), seen[-1]) == ("completed", 2, 1.0)
    assert clip.read_text() == "clip of 0.0 to 9.5 s"


async def test_a_refusal_is_an_exception_with_its_code(ada: Caller) -> None:
    with pytest.raises(klipfast_client.BadRequest, match="video_url") as refused:
        await blocking(ada, lambda client: client.submit("ftp://example.com/a.mp4"))
    assert (refused.value.status, refused.value.code) == (400, "bad_request")


def test_a_server_that_is_gone_is_an_error_of_its_kind(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with connected(url, "x", patience_s=0) as client, pytest.raises(klipfast_client.Unreachable):
        client.usage()


async def test_it_works_where_a_loop_runs_as_in_a_notebook(ada: Caller) -> None:
    def notebook() -> str:
        async def cell() -> str:
            with connected(str(ada.client.make_url("/")), ada.key) as client:
                return client.usage().plan

        return asyncio.run(cell())

    assert await to_thread(notebook) == "business"


async def test_threads_share_a_client(ada: Caller) -> None:
    def use(client: Client) -> list[str]:
        plans: list[str] = []
        threads = [
            threading.Thread(target=lambda: plans.append(client.usage().plan)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return plans

    assert await blocking(ada, use) == ["business"] * 8


async def test_a_call_that_could_never_end_is_refused(ada: Caller, engine: FakeEngine) -> None:
    def use(client: Client) -> Client:
        def ask(_now: ProgressEvent) -> None:
            client.usage()

        with pytest.raises(RuntimeError, match="cannot be made from on_progress"):
            client.wait(job_id, ask)
        assert client.usage().plan == "business"
        return client

    engine.hold("listen")
    job_id = await ada.submit(20)
    closed = await blocking(ada, use)
    with pytest.raises(RuntimeError, match="closed"):
        closed.usage()


async def test_an_interrupted_call_ends_at_once(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(20)
    program = f"""
import signal
from klipfast_client.sync import connected
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
with connected({str(ada.client.make_url("/"))!r}, {ada.key!r}) as client:
    try:
        client.wait({job_id!r}, lambda now: print(now.status, flush=True))
    except KeyboardInterrupt:
        print(client.usage().plan)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() in (b"queued\n", b"processing\n")
        process.send_signal(signal.SIGINT)
        rest = await process.stdout.read()
        assert await process.wait() == 0
    assert rest.splitlines()[-1] == b"business"


async def test_no_thread_is_left(ada: Caller) -> None:
    await blocking(ada, lambda client: client.usage())
    assert not [t for t in threading.enumerate() if t.name == "klipfast-client"]
