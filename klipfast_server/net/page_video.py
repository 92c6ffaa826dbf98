"""The video in a web page, by yt-dlp in a process of its own, where the settings allow pages.

What the process may do is said in page_video_child.py; it is killed with all it has when its time
is up or the job is canceled. It gets no configuration, plugins, cookies or proxies.
"""

import asyncio
import importlib.util
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from klipfast_server.core import config as settings
from klipfast_server.net.download import download
from klipfast_server.net.guarded_client import GUARD, FetchError, Guard, WebPage, sentence

log = structlog.get_logger()

CHILD = Path(__file__).with_name("page_video_child.py")
PACKAGE = "yt_dlp"
LACKING = (
    "The URL leads to a web page, and what reads pages is not installed on this server "
    "(pip install 'klipfast[pages]'); give the file's own address."
)


class Line(Struct, frozen=True):
    """What the child says."""

    fraction: float | None = None
    error: str | None = None


def check_available() -> None:
    """Raises FetchError where yt-dlp is not installed."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise FetchError(LACKING)


async def fetch(
    url: str,
    path: Path,
    *,
    sources: settings.Sources,
    progress: Callable[[float], None] = lambda _fraction: None,
    guard: Guard = GUARD,
) -> None:
    """Save the file that `url` is, or that its page shows, at `path`. Raises FetchError.

    `guard` is that of the first look at `url`; the child that reads a page has its own.
    """
    try:
        await download(url, path, sources=sources, progress=progress, guard=guard)
    except WebPage:
        if not sources.pages:
            raise
        check_available()
        await _fetch_page(url, path, sources, progress)


async def _fetch_page(
    url: str, path: Path, sources: settings.Sources, progress: Callable[[float], None]
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(CHILD),
        str(CHILD.parents[2]),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd=path.parent,
        env=_environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(sources.timeout_s):
            error = await _told(process, _job(url, path, sources), progress)
            status = await process.wait()
    except TimeoutError as late:
        raise FetchError(sentence(late, sources)) from late
    finally:
        await _end(process)
    log.info("web page scraped", status=status, error=error)
    if error is not None or status != 0:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise FetchError(error or "The video in the web page could not be fetched.")


def _environment() -> dict[str, str]:
    """Where programs and certificates are; no proxies, no settings of yt-dlp, no secrets."""
    kept = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
    passed = {name: os.environ[name] for name in kept if name in os.environ}
    return passed | {"LANG": "C.UTF-8", "YTDLP_NO_PLUGINS": "1"}


def _job(url: str, path: Path, sources: settings.Sources) -> bytes:
    job = {
        "url": url,
        "path": str(path),
        "max_bytes": sources.max_bytes,
        "min_free_bytes": sources.min_free_bytes,
        "idle_s": sources.idle_s,
        "allow_private": sources.allow_private,
    }
    return msgspec.json.encode(job) + b"\n"


async def _told(process: Process, job: bytes, progress: Callable[[float], None]) -> str | None:
    """The child's error line, if there is one, once it has said all."""
    assert process.stdin is not None
    assert process.stdout is not None
    error = None
    with suppress(ConnectionError):  # it has ended already, and its status says so
        process.stdin.write(job)
        await process.stdin.drain()
    async for text in process.stdout:
        line = msgspec.json.decode(text, type=Line)
        if line.fraction is not None:
            progress(line.fraction)
        error = line.error or error
    return error


async def _end(process: Process) -> None:
    """Kill it with everything it started, if it still lives."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()
