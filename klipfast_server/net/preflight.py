"""Examines a URL briefly before its job is accepted, to report unusable sources at once.

The head of the file, and also the index of an MP4 that has it at the end, are put into a sparse
file of the full length and probed. Whatever a partial file cannot decide is left open: then the job
is accepted, and the whole file decides.
"""

import asyncio
import socket
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog

from klipfast_server.core import config as settings
from klipfast_server.net import mp4_index, page_video
from klipfast_server.net.guarded_client import (
    CHUNK_BYTES,
    CONTENT_RANGE,
    GUARD,
    PAGES,
    WEB_PAGE,
    FetchError,
    Guard,
    client,
    describe_error,
    describe_status,
    follow_redirects,
    too_large,
)
from klipfast_server.net.resolver import Resolver
from pipeline.core.data import Source
from pipeline.core.errors import Corrupt, NotAVideo, SourceError, TooLong, TooShort

log = structlog.get_logger()

MAX_PREFLIGHTS = 8  # in this process; further submissions are accepted without one
FINAL_STATUSES = frozenset({401, 403, 404, 410, 451})  # do not change with time


class Capacity:
    """What the preflights of a server share: slots, and threads of their own.

    Separate threads, because names that resolve slowly must delay only preflights.
    """

    def __init__(self) -> None:
        self.slots = asyncio.Semaphore(MAX_PREFLIGHTS)
        self.threads = ThreadPoolExecutor(MAX_PREFLIGHTS, thread_name_prefix="look")


@contextmanager
def opened_capacity() -> Iterator[Capacity]:
    """Offer the capacity while the block runs."""
    capacity = Capacity()
    try:
        yield capacity
    finally:
        capacity.threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The parts of a source that were read."""

    head: bytes
    length: int | None = None  # bytes of the whole file, None: unknown
    whole: bool = False  # whether `head` is the whole file
    tail: bytes = b""
    tail_at: int = 0  # bytes from the start of the file

    @property
    def is_indexed(self) -> bool:
        """Whether the length of every packet is known, as with the complete file."""
        parts = (self.head, self.tail)
        return self.length is not None and any(mp4_index.has_index(part) for part in parts)

    @property
    def names_streams(self) -> bool:
        """Whether the head of the file lists all streams; in other formats they appear later."""
        return self.is_indexed or self.head.startswith((b"\x1aE\xdf\xa3", b"RIFF"))


async def look(
    url: str,
    *,
    capacity: Capacity,
    sources: settings.Sources,
    work: Path,
    probe: Callable[[Path], Source],
    guard: Guard = GUARD,
) -> Source | None:
    """Return the source if it is certain; None if only the whole file can decide.

    `probe` blocks and raises SourceError; its file is below `work`. Raises FetchError or
    SourceError if a later attempt could not end differently.
    """
    if capacity.slots.locked():
        log.info("preflight skipped", why="too many preflights at once")
        return None
    async with capacity.slots:
        try:
            async with asyncio.timeout(sources.probe_s):
                sample = await _read(url, capacity.threads, sources, guard)
                if sample is None:
                    return None
                return await _judge(sample, capacity.threads, work, probe)
        except (TimeoutError, aiohttp.ClientError, OSError, UnicodeError) as error:
            if _is_final(error):
                raise FetchError(describe_error(error, sources)) from error
            log.info("preflight skipped", why=type(error).__name__)
            return None


def _is_final(error: Exception) -> bool:
    """Whether an error is permanent: the name does not exist, or the certificate is invalid."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return error.errno != socket.EAI_AGAIN
    return isinstance(error, UnicodeError | aiohttp.ClientConnectorCertificateError)


async def _read(
    url: str, threads: Executor, sources: settings.Sources, guard: Guard
) -> Sample | None:
    """Read parts of a source; None if undecided. Raises network errors, FetchError, NotAVideo."""
    headers = {"Range": f"bytes=0-{sources.probe_bytes - 1}"}
    async with client(
        sources, total_s=sources.probe_s, resolver=Resolver(threads), guard=guard
    ) as session:
        async with follow_redirects(session, url, sources, headers, guard) as response:
            sample = await _head(response, sources)
            final_url = str(response.url)
        if sample is None or sample.whole or sample.length is None:
            return sample
        return await _read_tail(session, final_url, sample, sources, guard)


async def _head(response: aiohttp.ClientResponse, sources: settings.Sources) -> Sample | None:
    """Read the head of the file: less if its index is farther away or comes early."""
    start, length = _extent(response)
    if response.status == 416 and length == 0:
        return Sample(head=b"", length=0, whole=True)
    if response.status in FINAL_STATUSES:
        raise FetchError(describe_status(response))
    if response.status not in (200, 206) or start != 0:
        return None
    if response.content_type in PAGES:
        if not sources.pages:
            raise NotAVideo(WEB_PAGE)
        page_video.check_available()
        return None
    if length is not None and length > sources.max_bytes:
        raise too_large(sources)
    part = sources.probe_bytes // 4
    head = await _read_up_to(response, part)
    if len(head) == part and mp4_index.wants_more(head, sources.probe_bytes):
        head += await _read_up_to(response, sources.probe_bytes - part)
    if length is None:
        whole = response.status == 200 and response.content.at_eof()
        return Sample(head=head, length=len(head) if whole else None, whole=whole)
    return Sample(head=head, length=length, whole=len(head) >= length)


def _extent(response: aiohttp.ClientResponse) -> tuple[int | None, int | None]:
    """Return (first byte of the response, bytes of the whole file), None if unknown."""
    if response.status == 200:
        return 0, response.content_length
    content_range = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if content_range is None:
        return (
            0 if response.headers.get("Content-Range", "").startswith("bytes 0-") else None
        ), None
    return (None if content_range[1] is None else int(content_range[1])), int(content_range[2])


async def _read_up_to(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the next `limit` bytes, or as many as there are."""
    read = bytearray()
    while len(read) < limit and (
        piece := await response.content.read(min(CHUNK_BYTES, limit - len(read)))
    ):
        read += piece
    return bytes(read)


async def _read_tail(
    session: aiohttp.ClientSession,
    url: str,
    sample: Sample,
    sources: settings.Sources,
    guard: Guard,
) -> Sample:
    """Add the index of an MP4 beyond the head, if the server supports ranges."""
    assert sample.length is not None
    at = mp4_index.index_beyond(sample.head)
    left = min(sources.probe_bytes - len(sample.head), sample.length - (at or 0))
    if at is None or left <= 0:
        return sample
    headers = {"Range": f"bytes={at}-{at + left - 1}"}
    async with follow_redirects(session, url, sources, headers, guard) as response:
        if response.status != 206 or _extent(response) != (at, sample.length):
            return sample
        tail = await _read_up_to(response, left)
    return Sample(head=sample.head, length=sample.length, tail=tail, tail_at=at)


async def _judge(
    sample: Sample, threads: Executor, work: Path, probe: Callable[[Path], Source]
) -> Source | None:
    """Return the source if its length is certain. Raises SourceError for a definite fault."""
    if sample.whole and not sample.head:
        raise Corrupt("The source is empty (0 bytes).")
    loop = asyncio.get_running_loop()
    certain = sample.whole or sample.is_indexed
    try:
        source = await loop.run_in_executor(threads, _probe, sample, work, probe)
    except NotAVideo:
        raise
    except Corrupt:
        if sample.whole:
            raise
    except (TooShort, TooLong):
        if certain:
            raise
    except SourceError:  # the fault is in its streams
        if sample.whole or sample.names_streams:
            raise
    else:
        return source if certain else None
    log.info("preflight skipped", why="needs the whole file")
    return None


def _probe(sample: Sample, work: Path, probe: Callable[[Path], Source]) -> Source:
    """Probe in a thread, which also removes the file: the preflight may have timed out."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="look_", dir=work) as folder:
        path = Path(folder) / "source"
        with path.open("wb") as file:
            file.write(sample.head)
            if sample.is_indexed and sample.length is not None:
                file.truncate(sample.length)  # sparse: occupies no space
            if sample.tail:
                file.seek(sample.tail_at)
                file.write(sample.tail)
        return probe(path)
