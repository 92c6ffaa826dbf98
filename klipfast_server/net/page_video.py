"""Fetches the video of a web page with yt-dlp in a child process, if the settings allow pages.

page_video_child.py restricts what the process may do. It is killed with its children on timeout or
when the job is canceled, and it gets no configuration, plugins or proxies, and no cookies but those
that the settings name. It writes into a folder of its own, of which only the video is kept.
"""

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from klipfast_server.core import config as settings
from klipfast_server.net import page_settings
from klipfast_server.net.download import download
from klipfast_server.net.guarded_client import GUARD, FetchError, Guard, WebPage, describe_error
from pipeline.core.data import Replayed

log = structlog.get_logger()

CHILD = Path(__file__).with_name("page_video_child.py")
PACKAGE = "yt_dlp"
NOT_INSTALLED = (
    "The URL leads to a web page, and what reads pages is not installed on this server "
    "(pip install 'klipfast[pages]'); give the file's own address."
)
NOT_FETCHED = "The video in the web page could not be fetched."
KILLED = "The video in the web page could not be fetched: this server had not enough memory for it."


class Line(Struct, frozen=True):
    """A line of the child's output."""

    fraction: float | None = None
    title: str = ""  # page_facts.page_title
    replayed: tuple[Replayed, ...] = ()  # page_facts.page_replays
    error: str | None = None
    heard: tuple[str, ...] = ()  # what yt-dlp said, for the administrator


class Page(Struct, frozen=True):
    """What a web page tells of its video."""

    title: str = ""  # empty if the page has no title
    replayed: tuple[Replayed, ...] = ()  # what people go back to


class Task(Struct, frozen=True, kw_only=True):
    """What the child is to do; its input."""

    url: str
    path: str  # where to save the video, in the child's own folder
    height: int  # pixels of the picture, at most, where there is a choice
    max_bytes: int  # limit on all files together
    min_free_bytes: int
    idle_s: float
    allow_private: bool
    js_runtime: str  # path of the only program that may be started, or ""
    cookies: str  # in Netscape's format, or ""


def check_available() -> None:
    """Raises FetchError if yt-dlp is not installed."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise FetchError(NOT_INSTALLED)


async def fetch(
    url: str,
    path: Path,
    *,
    sources: settings.Sources,
    progress: Callable[[float], None] = lambda _fraction: None,
    guard: Guard = GUARD,
) -> Page:
    """Save the file at `url`, or the video on its page, at `path`. Raises FetchError.

    Return what the page tells of the video; of a file nothing is told.
    `guard` applies to the first request of `url`; the child that reads a page has its own guard.
    """
    try:
        await download(url, path, sources=sources, progress=progress, guard=guard)
    except WebPage:
        if not sources.pages:
            raise
        check_available()
        return await _fetch_page(url, path, sources, progress)
    return Page()


async def _fetch_page(
    url: str, path: Path, sources: settings.Sources, progress: Callable[[float], None]
) -> Page:
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="page_", dir=path.parent))
    try:
        cookies = await asyncio.to_thread(page_settings.cookies, sources)
        task = Task(
            url=url,
            path=str(folder / "source"),
            height=sources.page_height,
            max_bytes=sources.max_bytes,
            min_free_bytes=sources.min_free_bytes,
            idle_s=sources.idle_s,
            allow_private=sources.allow_private,
            js_runtime=sources.js_runtime,
            cookies=cookies,
        )
        told = await _run(task, sources, progress)
        await asyncio.to_thread(os.replace, task.path, path)
        return told
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _run(task: Task, sources: settings.Sources, progress: Callable[[float], None]) -> Page:
    """Run the child; return what it tells. Raises FetchError."""
    folder = Path(task.path).parent
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(CHILD),
        str(CHILD.parents[2]),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=folder,
        env=_environment(folder),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(sources.timeout_s):
            told = await _read_output(process, msgspec.json.encode(task) + b"\n", progress)
            status = await process.wait()
    except TimeoutError as late:
        raise FetchError(describe_error(late, sources)) from late
    finally:
        await _end(process)
    log.info("web page scraped", status=status, error=told.error)
    if told.error is not None or status != 0:
        raise FetchError(told.error or (KILLED if status == -signal.SIGKILL else NOT_FETCHED))
    return Page(told.title, told.replayed)


def _environment(folder: Path) -> dict[str, str]:
    """Return paths of programs and certificates; no proxies, yt-dlp settings or secrets."""
    kept = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
    passed = {name: os.environ[name] for name in kept if name in os.environ}
    return passed | {
        "LANG": "C.UTF-8",
        "YTDLP_NO_PLUGINS": "1",
        "DENO_DIR": str(folder),  # where it keeps what it compiles
        "DENO_NO_UPDATE_CHECK": "1",
    }


async def _read_output(process: Process, task: bytes, progress: Callable[[float], None]) -> Line:
    """Report the child's progress until it closes its output; return all else that it tells."""
    assert process.stdin is not None
    assert process.stdout is not None
    told = Line()
    with suppress(ConnectionError):  # the child has ended already, which its status shows
        process.stdin.write(task)
        await process.stdin.drain()
    async for text in process.stdout:
        line = msgspec.json.decode(text, type=Line)
        if line.fraction is not None:
            progress(line.fraction)
        told = Line(
            title=line.title or told.title,
            replayed=line.replayed or told.replayed,
            error=line.error or told.error,
        )
        if line.heard:
            log.info("yt-dlp said", heard=line.heard)
    return told


async def _end(process: Process) -> None:
    """Kill the process and everything it started, which may go on where it has ended itself."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()
