"""A small typed client of the API, for programs, the demo and tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from klipfast_server import wire

CHUNK = 1 << 20  # bytes
POLL_S = 0.5  # between two looks at a job
ENDED = ("completed", "failed", "canceled")

Answer = TypeVar("Answer", bound=Struct)


class ApiError(Exception):
    """What the server refused, and why; `job_id` where the refusal is about a job."""

    def __init__(
        self, status: int, code: str, message: str, request_id: str, job_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.job_id = job_id


class Envelope(Struct, frozen=True):
    """What every error says; a conflict names the job it is about."""

    error: str
    message: str
    request_id: str
    job_id: str | None = None


class Client:
    """One account on one server; made by `connected`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def upload(self, path: Path) -> wire.Uploaded:
        """Send a file. Raises ApiError (422 tells why it cannot be used)."""
        url = "/api/v1/uploads"
        length = {"Content-Length": str(path.stat().st_size)}
        async with self._session.post(
            url, params={"filename": path.name}, data=_chunks(path), headers=length
        ) as response:
            return await _read(response, wire.Uploaded)

    async def submit(self, video_url: str, **options: object) -> wire.Accepted:
        """Hand in a video; `options` as in the API, such as quality="fast"."""
        async with self._session.post(
            "/api/v1/process", json={"video_url": video_url, **options}
        ) as response:
            return await _read(response, wire.Accepted)

    async def job(self, job_id: str) -> wire.JobDetail:
        """How a job stands."""
        async with self._session.get(f"/api/v1/jobs/{job_id}") as response:
            return await _read(response, wire.JobDetail)

    async def cancel(self, job_id: str) -> wire.JobDetail:
        """Stop a job."""
        async with self._session.post(f"/api/v1/jobs/{job_id}/cancel") as response:
            return await _read(response, wire.JobDetail)

    async def wait(
        self, job_id: str, on_progress: Callable[[wire.JobDetail], None] = lambda job: None
    ) -> wire.JobDetail:
        """The job once it has ended, however it ended; a full minute of requests is waited out."""
        while True:
            try:
                job = await self.job(job_id)
            except ApiError as error:
                if error.code != "rate_limited":
                    raise
                await asyncio.sleep(POLL_S * 4)
                continue
            on_progress(job)
            if job.status in ENDED:
                return job
            await asyncio.sleep(POLL_S)

    async def download(self, url: str, path: Path) -> None:
        """Save what a link leads to; `path` is there either wholly or not at all."""
        part = path.with_name(f".{path.name}.part")
        async with self._session.get(url) as response:
            if response.status != 200:
                await _read(response, Envelope)
            with await asyncio.to_thread(part.open, "wb") as file:
                async for chunk in response.content.iter_chunked(CHUNK):
                    await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(part.replace, path)


@asynccontextmanager
async def connected(base_url: str, key: str) -> AsyncIterator[Client]:
    """A client of the server at `base_url`, such as http://127.0.0.1:8080."""
    async with aiohttp.ClientSession(
        base_url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=300),
    ) as session:
        yield Client(session)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


async def _read(response: aiohttp.ClientResponse, kind: type[Answer]) -> Answer:
    body = await response.read()
    if response.status < 400:
        return msgspec.json.decode(body, type=kind)
    told = msgspec.json.decode(body, type=Envelope)
    raise ApiError(response.status, told.error, told.message, told.request_id, told.job_id)
