"""A bounded look at a URL before its job is accepted: what cannot become clips is told at once.

The head of the file, and of an MP4 whose index stands at the end that index too, are laid into a
sparse file of the full length and probed. What a cut file cannot tell for certain stays open:
then the job is accepted and the whole file decides.
"""

import asyncio
import socket
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
    answered,
    client,
    followed,
    sentence,
    too_large,
)
from klipfast_server.net.resolver import Resolver
from pipeline.core.data import Source
from pipeline.core.errors import Corrupt, NotAVideo, SourceError, TooLong, TooShort

log = structlog.get_logger()

AT_ONCE = 8  # looks of this process; a submission beyond them is accepted without one
FINAL = frozenset({401, 403, 404, 410, 451})  # statuses that do not pass with time

_slots = asyncio.Semaphore(AT_ONCE)  # never waited for, so it belongs to no loop
# Apart from the threads of everybody else: names that resolve slowly must hold up looks alone.
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was read of a source."""

    head: bytes
    length: int | None = None  # bytes of the whole file, None: not told
    whole: bool = False  # `head` is all of it
    tail: bytes = b""
    tail_at: int = 0  # bytes from the start of the file

    @property
    def is_indexed(self) -> bool:
        """Whether the length of every packet is known, as if the file were all there."""
        parts = (self.head, self.tail)
        return self.length is not None and any(mp4_index.has_index(part) for part in parts)

    @property
    def names_streams(self) -> bool:
        """Whether the front of the file says which streams there are; others turn up later."""
        return self.is_indexed or self.head.startswith((b"\x1aE\xdf\xa3", b"RIFF"))


async def look(
    url: str,
    *,
    sources: settings.Sources,
    work: Path,
    probe: Callable[[Path], Source],
    guard: Guard = GUARD,
) -> Source | None:
    """What the source is as far as it is certain; None where only the whole file can tell.

    `probe` blocks and raises SourceError; its file lies below `work` meanwhile. Raises FetchError
    or SourceError where no later look could end otherwise.
    """
    if _slots.locked():
        log.info("preflight skipped", why="too many preflights at once")
        return None
    async with _slots:
        try:
            async with asyncio.timeout(sources.probe_s):
                sample = await _read(url, sources, guard)
                return None if sample is None else await _judge(sample, work, probe)
        except (TimeoutError, aiohttp.ClientError, OSError, UnicodeError) as error:
            if _is_final(error):
                raise FetchError(sentence(error, sources)) from error
            log.info("preflight skipped", why=type(error).__name__)
            return None


def _is_final(error: Exception) -> bool:
    """A name that does not exist, or a bad certificate; all else may pass."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return error.errno != socket.EAI_AGAIN
    return isinstance(error, UnicodeError | aiohttp.ClientConnectorCertificateError)


async def _read(url: str, sources: settings.Sources, guard: Guard) -> Sample | None:
    """None where the answer says nothing. Raises as the network does, FetchError, NotAVideo."""
    asked = {"Range": f"bytes=0-{sources.probe_bytes - 1}"}
    async with client(
        sources, total_s=sources.probe_s, resolver=Resolver(_threads), guard=guard
    ) as session:
        async with followed(session, url, sources, asked, guard) as response:
            sample = await _head(response, sources)
            final_url = str(response.url)
        if sample is None or sample.whole or sample.length is None:
            return sample
        return await _with_tail(session, final_url, sample, sources, guard)


async def _head(response: aiohttp.ClientResponse, sources: settings.Sources) -> Sample | None:
    """The front of the file: less where its index stands farther off or comes early."""
    start, length = _extent(response)
    if response.status == 416 and length == 0:
        return Sample(head=b"", length=0, whole=True)
    if response.status in FINAL:
        raise FetchError(answered(response))
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
    head = await _up_to(response, part)
    if len(head) == part and mp4_index.wants_more(head, sources.probe_bytes):
        head += await _up_to(response, sources.probe_bytes - part)
    if length is None:
        whole = response.status == 200 and response.content.at_eof()
        return Sample(head=head, length=len(head) if whole else None, whole=whole)
    return Sample(head=head, length=length, whole=len(head) >= length)


def _extent(response: aiohttp.ClientResponse) -> tuple[int | None, int | None]:
    """(first byte of the answer, bytes of the whole file), None where they are not told."""
    if response.status == 200:
        return 0, response.content_length
    told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if told is None:
        return (
            0 if response.headers.get("Content-Range", "").startswith("bytes 0-") else None
        ), None
    return (None if told[1] is None else int(told[1])), int(told[2])


async def _up_to(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The next `limit` bytes, or what there is."""
    read = bytearray()
    while len(read) < limit and (
        piece := await response.content.read(min(CHUNK_BYTES, limit - len(read)))
    ):
        read += piece
    return bytes(read)


async def _with_tail(
    session: aiohttp.ClientSession,
    url: str,
    sample: Sample,
    sources: settings.Sources,
    guard: Guard,
) -> Sample:
    """With the index of an MP4 that stands beyond the head, where the server gives ranges."""
    assert sample.length is not None
    at = mp4_index.index_beyond(sample.head)
    left = min(sources.probe_bytes - len(sample.head), sample.length - (at or 0))
    if at is None or left <= 0:
        return sample
    asked = {"Range": f"bytes={at}-{at + left - 1}"}
    async with followed(session, url, sources, asked, guard) as response:
        if response.status != 206 or _extent(response) != (at, sample.length):
            return sample
        tail = await _up_to(response, left)
    return Sample(head=sample.head, length=sample.length, tail=tail, tail_at=at)


async def _judge(sample: Sample, work: Path, probe: Callable[[Path], Source]) -> Source | None:
    """The source where its length is certain. Raises SourceError where the fault is."""
    if sample.whole and not sample.head:
        raise Corrupt("The source is empty (0 bytes).")
    loop = asyncio.get_running_loop()
    certain = sample.whole or sample.is_indexed
    try:
        source = await loop.run_in_executor(_threads, _probe, sample, work, probe)
    except NotAVideo:
        raise
    except Corrupt:
        if sample.whole:
            raise
    except (TooShort, TooLong):
        if certain:
            raise
    except SourceError:  # its streams are at fault
        if sample.whole or sample.names_streams:
            raise
    else:
        return source if certain else None
    log.info("preflight skipped", why="needs the whole file")
    return None


def _probe(sample: Sample, work: Path, probe: Callable[[Path], Source]) -> Source:
    """In a thread, which also removes the file: the look may have given up meanwhile."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="look_", dir=work) as folder:
        path = Path(folder) / "source"
        with path.open("wb") as file:
            file.write(sample.head)
            if sample.is_indexed and sample.length is not None:
                file.truncate(sample.length)  # sparse: takes no room
            if sample.tail:
                file.seek(sample.tail_at)
                file.write(sample.tail)
        return probe(path)
