"""Downloads a URL to a local file within limits of size and time; resumes broken connections.

It resumes only if the server identifies the file's version (a strong ETag, or an equivalent
modification time): halves of two files must never be joined.
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
    client,
    describe_error,
    describe_status,
    follow_redirects,
    too_large,
)

log = structlog.get_logger()

RETRY_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)  # before each retry after an attempt without progress
MIN_PROGRESS_BYTES = 1 << 16  # an attempt with this many bytes resets the pauses
MAX_RESTARTS = 2  # from the beginning of the file
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})
RETRIED_ERRORS = (aiohttp.ClientError, aiohttp.ServerTimeoutError, ConnectionError)


async def download(
    url: str,
    path: Path,
    *,
    sources: settings.Sources,
    progress: Callable[[float], None] = lambda _fraction: None,
    guard: Guard = GUARD,
) -> None:
    """Save the file at `url` to `path`. Raises FetchError and then leaves nothing at `path`.

    `progress` receives the fraction in [0, 1] if the server sends the length.
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
                raise FetchError(describe_error(error, sources)) from error
            raise


class _TryAgain(aiohttp.ClientError):
    """The response is not the file, but the next one may be; the text describes the response."""


class _Download:
    """The state of one download."""

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
        self._length: int | None = None  # size of the whole file; None: unknown
        self._version: str | None = None  # for If-Range; None: the download cannot be resumed
        self._begun = False
        self._restarts = 0
        self._gained = 0  # bytes of this attempt

    async def run(self) -> None:
        """Retry until the file is complete. Raises FetchError, or a network error."""
        fruitless = 0  # attempts in a row without progress
        while True:
            self._gained = 0
            try:
                await self._try()
                return
            except RETRIED_ERRORS as error:
                fruitless = 1 if self._gained >= MIN_PROGRESS_BYTES else fruitless + 1
                if fruitless > len(RETRY_PAUSES_S) or not self._may_go_on():
                    if isinstance(error, _TryAgain):
                        raise FetchError(str(error)) from error
                    raise
                log.info("download interrupted", at=self._have, of=self._length, why=repr(error))
            await asyncio.sleep(RETRY_PAUSES_S[fruitless - 1])

    def _may_go_on(self) -> bool:
        can_resume = self._version is not None and self._have > 0
        return self._begun and (can_resume or self._restarts < MAX_RESTARTS)

    async def _try(self) -> None:
        headers = {}
        if self._version is not None and self._have > 0:
            headers = {"Range": f"bytes={self._have}-", "If-Range": self._version}
        async with follow_redirects(
            self._session, self._url, self._sources, headers, self._guard
        ) as response:
            if self._begun and response.status in TRANSIENT_STATUSES:
                raise _TryAgain(describe_status(response))
            if headers and response.status in (206, 416) and not self._continues(response):
                self._version = None  # the rest of another version: restart
                raise _TryAgain(describe_status(response))
            if response.status != 206 or not headers:
                await self._begin(response)
            await self._copy(response)

    def _continues(self, response: aiohttp.ClientResponse) -> bool:
        """Whether the response is the rest of the same file."""
        content_range = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != 206 or content_range is None or content_range[1] != str(self._have):
            return False
        same_length = self._length is None or int(content_range[2]) == self._length
        return same_length and _version(response) in (self._version, None)

    async def _begin(self, response: aiohttp.ClientResponse) -> None:
        """Truncate the file and start from its beginning. Raises FetchError."""
        if self._begun:
            self._restarts += 1
            if self._restarts > MAX_RESTARTS:
                raise FetchError(
                    "The download was interrupted, or the source changed, several times in a row."
                )
        if response.status != 200:
            raise FetchError(describe_status(response))
        if response.content_type in PAGES:
            raise WebPage
        self._begun, self._have, self._length = True, 0, response.content_length
        self._version = _version(response)
        await asyncio.to_thread(_truncate, self._file)
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
        """Write in a thread. Counted bytes are in the file, so the next attempt resumes there."""
        self._file.write(chunk)
        self._have += len(chunk)
        self._gained += len(chunk)


def _version(response: aiohttp.ClientResponse) -> str | None:
    """Return what identifies this version of the file (RFC 9110, 13.1.5), if anything does."""
    tag = response.headers.get("ETag", "")
    if tag:
        return tag if tag.startswith('"') else None  # W/"…" is a weak tag
    changed, sent = response.headers.get("Last-Modified"), response.headers.get("Date")
    try:
        # The file may have changed twice in the second in which it was sent.
        strong = parsedate_to_datetime(sent or "") > parsedate_to_datetime(changed or "")
    except (TypeError, ValueError):
        return None
    return changed if strong else None


def _truncate(file: BinaryIO) -> None:
    file.seek(0)
    file.truncate()


def _check_size(size: int, path: Path, sources: settings.Sources) -> None:
    if size > sources.max_bytes:
        raise too_large(sources)
    if shutil.disk_usage(path.parent).free - size < sources.min_free_bytes:
        raise FetchError("The server has no disk space left for the source; try again later.")
