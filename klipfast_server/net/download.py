"""Source URL → local file, bounded in size and time; a broken connection is taken up again.

Only a server that names its file's version (a strong ETag, or a time that is as good as one) can
be asked for the rest of it: two halves of two files must never become one.
"""

import asyncio
import shutil
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import aiohttp
import structlog

from klipfast_server.core import config as settings
from klipfast_server.core.async_file import copy_chunks, opened
from klipfast_server.net.guarded_client import (
    CHUNK_BYTES,
    CONTENT_RANGE,
    GUARD,
    PAGES,
    FetchError,
    Guard,
    WebPage,
    answered,
    client,
    followed,
    sentence,
    too_large,
)

log = structlog.get_logger()

PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)  # before each further try that follows one without progress
PROGRESS = 1 << 16  # bytes that a try must bring for the next to count as the first
RESTARTS = 2  # times that a file is fetched from its beginning again
BUSY = frozenset({429, 500, 502, 503, 504})  # statuses that may pass
BROKEN = (aiohttp.ClientError, aiohttp.ServerTimeoutError, ConnectionError)


async def download(
    url: str,
    path: Path,
    *,
    sources: settings.Sources,
    progress: Callable[[float], None] = lambda _fraction: None,
    guard: Guard = GUARD,
) -> None:
    """Save what `url` leads to at `path`. Raises FetchError, with nothing left at `path`.

    `progress` is told the fraction in [0, 1] where the server says how much there is.
    """
    async with opened(path, "wb") as file:
        try:
            async with (
                asyncio.timeout(sources.timeout_s),
                client(sources, total_s=sources.timeout_s, guard=guard) as session,
            ):
                await _Download(session, url, file, sources, progress=progress, guard=guard).run()
        except BaseException as error:
            await asyncio.to_thread(path.unlink, missing_ok=True)
            if isinstance(error, TimeoutError | aiohttp.ClientError | OSError | UnicodeError):
                raise FetchError(sentence(error, sources)) from error
            raise


class _TryAgain(aiohttp.ClientError):
    """The answer is not the file, and the next one may be; the text says what it was."""


class _Download:
    """A file as far as it has come."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        file: BinaryIO,
        sources: settings.Sources,
        *,
        progress: Callable[[float], None],
        guard: Guard,
    ) -> None:
        self._session = session
        self._url = url
        self._file = file
        self._sources = sources
        self._progress = progress
        self._guard = guard
        self._have = 0  # bytes in the file
        self._length: int | None = None  # of the whole file, None: not told
        self._version: str | None = None  # for If-Range; None: the rest cannot be asked for
        self._begun = False
        self._restarts = 0
        self._gained = 0  # bytes of this try

    async def run(self) -> None:
        """Try until the file is whole. Raises FetchError, or the network's own error."""
        fruitless = 0  # tries in a row
        while True:
            self._gained = 0
            try:
                await self._try()
                return
            except BROKEN as error:
                fruitless = 1 if self._gained >= PROGRESS else fruitless + 1
                if fruitless > len(PAUSES_S) or not self._may_go_on():
                    if isinstance(error, _TryAgain):
                        raise FetchError(str(error)) from error
                    raise
                log.info("download interrupted", at=self._have, of=self._length, why=repr(error))
            await asyncio.sleep(PAUSES_S[fruitless - 1])

    def _may_go_on(self) -> bool:
        can_resume = self._version is not None and self._have > 0
        return self._begun and (can_resume or self._restarts < RESTARTS)

    async def _try(self) -> None:
        asked = {}
        if self._version is not None and self._have > 0:
            asked = {"Range": f"bytes={self._have}-", "If-Range": self._version}
        async with followed(
            self._session, self._url, self._sources, asked, self._guard
        ) as response:
            if self._begun and response.status in BUSY:
                raise _TryAgain(answered(response))
            if asked and response.status in (206, 416) and not self._continues(response):
                self._version = None  # the rest of something else: ask for all of that
                raise _TryAgain(answered(response))
            if response.status != 206 or not asked:
                await self._begin(response)
            await self._copy(response)

    def _continues(self, response: aiohttp.ClientResponse) -> bool:
        """Whether it is the rest of the same file."""
        told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != 206 or told is None or told[1] != str(self._have):
            return False
        same_length = self._length is None or int(told[2]) == self._length
        return same_length and _version(response) in (self._version, None)

    async def _begin(self, response: aiohttp.ClientResponse) -> None:
        """Make the file empty; what follows is its beginning. Raises FetchError."""
        if self._begun:
            self._restarts += 1
            if self._restarts > RESTARTS:
                raise FetchError(
                    "The download was interrupted, or the source changed, several times in a row."
                )
        if response.status != 200:
            raise FetchError(answered(response))
        if response.content_type in PAGES:
            raise WebPage
        self._begun, self._have, self._length = True, 0, response.content_length
        self._version = _version(response)
        await asyncio.to_thread(_empty, self._file)
        await asyncio.to_thread(
            _check_size, self._length or 0, Path(self._file.name), self._sources
        )

    async def _copy(self, response: aiohttp.ClientResponse) -> None:
        await copy_chunks(
            response.content.iter_chunked(CHUNK_BYTES),
            self._write,
            admit=self._admit,
            check_space=partial(_check_size, 0, Path(self._file.name), self._sources),
        )
        self._report()

    def _report(self) -> None:
        if self._length:
            self._progress(min(1.0, self._have / self._length))

    def _admit(self, more_bytes: int) -> None:
        self._report()
        if self._have + more_bytes > self._sources.max_bytes:
            raise too_large(self._sources)

    def _write(self, chunk: bytes) -> None:
        """In a thread. What is counted is in the file: another try goes on behind it."""
        self._file.write(chunk)
        self._have += len(chunk)
        self._gained += len(chunk)


def _version(response: aiohttp.ClientResponse) -> str | None:
    """What names this version of the file and no other (RFC 9110, 13.1.5), if anything does."""
    tag = response.headers.get("ETag", "")
    if tag:
        return tag if tag.startswith('"') else None  # W/"…": only much the same
    changed, sent = response.headers.get("Last-Modified"), response.headers.get("Date")
    try:
        # Of a second in which it was sent there may be two versions.
        strong = parsedate_to_datetime(sent or "") > parsedate_to_datetime(changed or "")
    except (TypeError, ValueError):
        return None
    return changed if strong else None


def _empty(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _check_size(size: int, path: Path, sources: settings.Sources) -> None:
    if size > sources.max_bytes:
        raise too_large(sources)
    if shutil.disk_usage(path.parent).free - size < sources.min_free_bytes:
        raise FetchError("The server has no disk space left for the source; try again later.")
