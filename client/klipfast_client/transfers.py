"""Uploads and downloads of whole files; interrupted ones resume."""

import base64
import secrets
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec
from yarl import URL

from klipfast_client.errors import ApiError, Conflict
from klipfast_client.http_calls import BROKEN, Answer, Calls, part
from klipfast_client.models import Uploaded

CHUNK_BYTES = 1 << 20  # bytes
UPLOADS = "/api/v1/resumable-uploads"
TUS = {"Tus-Resumable": "1.0.0"}
OFFSET = "Upload-Offset"
OCTETS = {"Content-Type": "application/octet-stream"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}
MAX_NAME_CHARS = 100  # kept from the file's name; file systems allow 255 bytes

Report = Callable[[float], None]


async def send(calls: Calls, path: Path, on_progress: Report) -> Uploaded:
    """Upload a file by the tus protocol. Raises ApiError, or OSError where the file fails."""
    size = (await to_thread(path.stat)).st_size
    name = base64.b64encode(path.name.encode(errors="replace")).decode()
    headers, _ = await calls.call(
        "POST",
        UPLOADS,
        headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"},
        harmless=False,  # each one keeps room for a file
    )
    # Its last part alone: the key is not for whatever else an answer may name.
    upload_id = part(headers["Location"].rsplit("/", 1)[-1])
    await _Sending(calls, f"{UPLOADS}/{upload_id}", path, size, on_progress).run()
    return await calls.get(f"/api/v1/uploads/{upload_id}", Uploaded)


class _Sending:
    """An upload in progress."""

    def __init__(
        self, calls: Calls, where: str, path: Path, size: int, on_progress: Report
    ) -> None:
        self._calls = calls
        self._where = where
        self._path = path
        self._size = size
        self._on_progress = on_progress
        self._have = 0

    async def run(self) -> None:
        """Send the missing bytes until none are left."""
        patience = self._calls.patience()
        while self._have < self._size:
            before = self._have
            try:
                await self._rest()
                if self._have == before:
                    raise OSError(f"{self._path} became shorter while it was sent.")
            except (ApiError, *BROKEN) as fault:
                odd = isinstance(fault, Conflict)
                # The server still writes what a dead line brought, or stands elsewhere.
                await patience.bear(aiohttp.ClientConnectionError(str(fault)) if odd else fault)
                headers, _ = await self._calls.call("HEAD", self._where, headers=TUS)
                self._have = int(headers[OFFSET])
            if self._have > before:
                patience.renew()

    async def _rest(self) -> None:
        headers = PIECE | {OFFSET: str(self._have)}
        async with self._calls.opened(
            "PATCH", self._where, headers=headers, data=self._chunks(self._have)
        ) as response:
            self._have = int(response.headers[OFFSET])

    async def _chunks(self, at: int) -> AsyncIterator[bytes]:
        with await to_thread(self._path.open, "rb") as file:
            await to_thread(file.seek, at)
            while chunk := await to_thread(file.read, min(CHUNK_BYTES, self._size - at)):
                yield chunk
                at += len(chunk)
                self._on_progress(at / self._size)


async def put(calls: Calls, where: str, path: Path, kind: type[Answer]) -> Answer:
    """Send a file as the body of a PUT, which may arrive twice. Raises ApiError, or OSError."""
    _, body = await calls.call("PUT", where, data=_Body(path), headers=OCTETS)
    return msgspec.json.decode(body, type=kind)


class _Body:
    """A file as a body that is read from its start at each attempt."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with await to_thread(self._path.open, "rb") as file:
            while chunk := await to_thread(file.read, CHUNK_BYTES):
                yield chunk


async def save(calls: Calls, url: str, path: Path, on_progress: Report) -> None:
    """Save the file behind a signed link; `path` appears complete or not at all.

    The link is the permission: no key is sent, as it may lead to a bucket of another provider.
    Raises ApiError.
    """
    link = calls.base.join(URL(url, encoded=True))
    aside = _aside(path)
    try:
        with await to_thread(aside.open, "wb") as file:
            await _Saving(calls, link, file, on_progress).run()
        await to_thread(aside.replace, path)
    except BaseException:
        await to_thread(aside.unlink, missing_ok=True)
        raise


async def save_archive(calls: Calls, path_of_call: str, path: Path) -> None:
    """Save what a call answers as it comes; `path` appears complete or not at all.

    It cannot be resumed: a broken transfer begins again. Raises ApiError.
    """
    aside = _aside(path)
    patience = calls.patience()
    try:
        while True:
            try:
                async with calls.opened("GET", path_of_call) as response:
                    with await to_thread(aside.open, "wb") as file:
                        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                            await to_thread(file.write, chunk)
                break
            except (ApiError, *BROKEN) as fault:
                await patience.bear(fault)
        await to_thread(aside.replace, path)
    except BaseException:
        await to_thread(aside.unlink, missing_ok=True)
        raise


class _Saving:
    """A download in progress."""

    def __init__(self, calls: Calls, link: URL, file: BinaryIO, on_progress: Report) -> None:
        self._calls = calls
        self._link = link
        self._file = file
        self._on_progress = on_progress
        self._have = 0
        self._tag: str | None = None  # names this version of the file

    async def run(self) -> None:
        patience = self._calls.patience()
        while True:
            before = self._have
            try:
                await self._try()
                return
            except (ApiError, *BROKEN) as fault:
                if self._have > before:
                    patience.renew()
                await patience.bear(fault)

    async def _try(self) -> None:
        asked = {"Accept-Encoding": "identity"}
        if self._have and self._tag is not None:
            asked |= {"Range": f"bytes={self._have}-", "If-Range": self._tag}
        async with self._calls.requested("GET", self._link, headers=asked) as response:
            if response.status != 206 or not self._continues(response):
                await self._begin()
            self._tag = response.headers.get("ETag")
            whole = self._have + (response.content_length or 0)
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                await to_thread(self._file.write, chunk)
                self._have += len(chunk)
                if whole:
                    self._on_progress(min(1.0, self._have / whole))

    def _continues(self, response: aiohttp.ClientResponse) -> bool:
        content_range = response.headers.get("Content-Range", "")
        if (
            not content_range.startswith(f"bytes {self._have}-")
            or response.headers.get("ETag") != self._tag
        ):
            self._tag = None  # the rest of something else: ask for all of that
            raise aiohttp.ClientPayloadError("The file changed while it was fetched.")
        return True

    async def _begin(self) -> None:
        await to_thread(self._file.seek, 0)
        await to_thread(self._file.truncate)
        self._have = 0


def _aside(path: Path) -> Path:
    """Return a hidden name beside `path` that no other download has."""
    return path.with_name(f".{path.name[:MAX_NAME_CHARS]}.{secrets.token_hex(4)}.part")
