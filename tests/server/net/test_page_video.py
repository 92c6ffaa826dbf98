"""Videos in web pages: off unless allowed, then by yt-dlp, bounded and guarded like any source."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Client, make_caller
from guards import FirstIsPublic
from project_paths import ROOT

from klipfast_server.core.config import Config, Sources, load
from klipfast_server.net import page_video
from klipfast_server.net.guarded_client import FetchError

pytest.importorskip("yt_dlp", reason="klipfast[pages] is not installed")

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]
PAGE = '<html><head><title>A talk</title></head><body><video src="{src}"></video></body></html>'


class Site:
    """A page with a video, and what it is made of."""

    def __init__(self) -> None:
        self.video = b"seconds 30"
        self.src = "/talk.mp4"
        self.asked: list[str] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url("/watch"))

    async def page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(text=PAGE.format(src=self.src), content_type="text/html")

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        if request.method == "GET" and not self.hold.is_set():
            await response.prepare(request)
            await response.write(self.video[:1])
            await self.hold.wait()
            return response
        return web.Response(body=self.video, content_type="video/mp4")

    async def empty(self, request: web.Request) -> web.Response:
        return web.Response(text="<html><body>Nothing.</body></html>", content_type="text/html")


@pytest.fixture
async def site(aiohttp_server: Server) -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/watch", site.page)
    app.router.add_get("/talk.mp4", site.file)
    app.router.add_get("/empty", site.empty)
    site.server = await aiohttp_server(app)
    yield site
    site.hold.set()


@pytest.fixture
def sources() -> Sources:
    """Pages and private addresses allowed."""
    shipped = load(ROOT / "config.toml", {}).sources
    return msgspec.structs.replace(shipped, allow_private=True, pages=True, idle_s=5.0)


async def test_pages_are_not_read_unless_the_settings_allow_it(
    serve: Serve, config: Config, site: Site
) -> None:
    assert not config.sources.pages
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    answer = await ada.post("/api/v1/process", {"video_url": site.url}, status=422)
    assert "leads to a web page" in answer["message"]
    assert "the file's own address" in answer["message"]
    assert site.asked == ["/watch"]


async def test_a_job_takes_the_video_out_of_its_page(
    serve: Serve, config: Config, sources: Sources, site: Site
) -> None:
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    accepted = await ada.post("/api/v1/process", {"video_url": site.url}, status=202)
    job = await ada.until(accepted["job_id"], patience_s=30)
    assert (job["status"], len(job["clips"])) == ("completed", 3), job
    assert job["source"]["duration_seconds"] == 30
    assert "/talk.mp4" in site.asked


async def test_without_yt_dlp_a_page_is_refused_at_once_and_the_message_says_what_to_do(
    serve: Serve, config: Config, sources: Sources, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_video, "PACKAGE", "yt_dlp_is_not_installed")
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    answer = await ada.post("/api/v1/process", {"video_url": site.url}, status=422)
    assert "klipfast[pages]" in answer["message"]


async def test_without_yt_dlp_a_page_that_comes_later_is_refused_too(
    sources: Sources, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_video, "PACKAGE", "yt_dlp_is_not_installed")
    with pytest.raises(FetchError, match=r"klipfast\[pages\]"):
        await page_video.fetch(site.url, tmp_path / "source", sources=sources)


async def test_a_page_without_a_video_is_told_so(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    url = str(site.server.make_url("/empty"))
    with pytest.raises(FetchError, match="No video could be found"):
        await page_video.fetch(url, tmp_path / "source", sources=sources)
    assert not (tmp_path / "source").exists()


async def test_a_video_that_is_too_large_is_not_kept(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.video = b"x" * 100_000
    small = msgspec.structs.replace(sources, max_bytes=50_000)
    with pytest.raises(FetchError, match="larger than the 50,000 bytes"):
        await page_video.fetch(site.url, tmp_path / "source", sources=small)
    assert not (tmp_path / "source").exists()


@pytest.mark.parametrize(
    "src", ["http://127.0.0.1:{port}/talk.mp4", "http://localhost:{port}/a.mp4"]
)
async def test_what_a_page_leads_to_is_guarded_like_the_page_itself(
    sources: Sources, site: Site, tmp_path: Path, src: str
) -> None:
    """The child sees every socket; only what came before it is let through in this test."""
    site.src = src.format(port=site.server.port)
    guarded = msgspec.structs.replace(sources, allow_private=False)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1, which is not a public address"):
        await page_video.fetch(
            site.url, tmp_path / "source", sources=guarded, guard=FirstIsPublic()
        )
    assert site.asked == ["/watch"]  # our own look, and none of yt-dlp


def child_pids(needle: str) -> list[int]:
    """Running processes that were given this argument."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if needle.encode() in _read(path)
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_canceling_kills_the_child(sources: Sources, site: Site, tmp_path: Path) -> None:
    site.hold.clear()
    site.video = b"x" * 1000
    task = asyncio.create_task(page_video.fetch(site.url, tmp_path / "source", sources=sources))
    async with asyncio.timeout(20):
        while site.asked.count("/talk.mp4") < 1:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
    assert child_pids(str(page_video.CHILD))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child_pids(str(page_video.CHILD)) == []


async def test_the_whole_download_has_its_time(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.hold.clear()
    short = msgspec.structs.replace(sources, timeout_s=2.0)
    with pytest.raises(FetchError, match="within 2 seconds"):
        await page_video.fetch(site.url, tmp_path / "source", sources=short)
    assert child_pids(str(page_video.CHILD)) == []


def test_the_guard_lets_nothing_private_through_and_starts_nothing() -> None:
    """In a process of its own: an audit hook stays for good."""
    import subprocess
    import sys

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = f"""
import socket, subprocess, sys, os, urllib.request
sys.path.insert(0, {str(ROOT)!r})
from klipfast_server.net.page_video_child import Refused, guard
guard(allow_private=False, refused=[])
def tries():
    yield lambda: socket.create_connection(("127.0.0.1", {port}), 1)
    yield lambda: socket.create_connection(("localhost", {port}), 1)
    yield lambda: socket.socket().connect_ex(("127.0.0.1", {port}))
    yield lambda: socket.socket(socket.AF_INET6).connect(("::1", {port}))
    yield lambda: socket.socket(socket.AF_UNIX).connect("/run/anything")
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 53))
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("10.0.0.1", 53))
    yield lambda: urllib.request.urlopen("http://127.0.0.1:{port}/", timeout=1)
    yield lambda: subprocess.run(["true"])
    yield lambda: os.system("true")
    yield lambda: os.posix_spawn("/bin/true", ["true"], {{}})
    yield lambda: os.execv("/bin/true", ["true"])
    yield lambda: os.fork()
for number, attempt in enumerate(tries()):
    try:
        attempt()
    except OSError as error:
        cause = error if isinstance(error, Refused) else error.reason
        assert isinstance(cause, Refused), (number, error)
    else:
        sys.exit(f"attempt {{number}} went through")
print("all refused")
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
        )
    assert done.stdout == "all refused\n", done.stderr
