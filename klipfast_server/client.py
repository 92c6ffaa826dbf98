"""A small typed client of the API, for programs, the demo and tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from klipfast_server import signatures, wire, wire_webhooks

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


class WebhookEvent(Struct, frozen=True, kw_only=True):
    """What a webhook told; `data` as GET /jobs/{job_id} tells it, or a clip with its job_id."""

    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> WebhookEvent:
    """The event in a message that was signed with `secret` (whsec_…) in the last five minutes.

    `body` are the bytes as they came. Raises ValueError for every other message.
    """
    signatures.check(body, headers, secret)
    try:
        return msgspec.json.decode(body, type=WebhookEvent)
    except msgspec.DecodeError as error:
        raise ValueError(f"The message is signed and not an event: {error}.") from error


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

    async def retry(self, job_id: str) -> wire.Accepted:
        """Queue a failed or canceled job again."""
        async with self._session.post(f"/api/v1/jobs/{job_id}/retry") as response:
            return await _read(response, wire.Accepted)

    async def delete(self, job_id: str) -> None:
        """Remove an ended job with all its files."""
        async with self._session.delete(f"/api/v1/jobs/{job_id}") as response:
            await _check(response)

    async def add_webhook(
        self, url: str, events: tuple[wire.Event, ...] = wire_webhooks.EVENTS
    ) -> wire_webhooks.CreatedWebhook:
        """Have `url` told of these events; the secret for `verify_webhook` is shown only now."""
        async with self._session.post(
            "/api/v1/webhooks", json={"url": url, "events": events}
        ) as response:
            return await _read(response, wire_webhooks.CreatedWebhook)

    async def webhooks(self) -> list[wire_webhooks.Webhook]:
        """Who is told."""
        async with self._session.get("/api/v1/webhooks") as response:
            return (await _read(response, wire_webhooks.WebhookList)).webhooks

    async def delete_webhook(self, webhook_id: str) -> None:
        """Tell it nothing more."""
        async with self._session.delete(f"/api/v1/webhooks/{webhook_id}") as response:
            await _check(response)

    async def deliveries(
        self, webhook_id: str, *, cursor: str | None = None
    ) -> wire_webhooks.DeliveryList:
        """A page of what a webhook was told, newest first."""
        query = {} if cursor is None else {"cursor": cursor}
        async with self._session.get(
            f"/api/v1/webhooks/{webhook_id}/deliveries", params=query
        ) as response:
            return await _read(response, wire_webhooks.DeliveryList)

    async def replay(self, webhook_id: str, delivery_id: str) -> wire_webhooks.Delivery:
        """Have it told again."""
        async with self._session.post(
            f"/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"
        ) as response:
            return await _read(response, wire_webhooks.Delivery)

    async def job_webhook_secret(self, *, rotate: bool = False) -> str:
        """What signs messages to a job's own webhook_url; the old one signs along for a day."""
        path = "/api/v1/webhook-secret"
        call = self._session.post(f"{path}/rotate") if rotate else self._session.get(path)
        async with call as response:
            return (await _read(response, wire_webhooks.WebhookSecret)).secret

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
            await _check(response)
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
    await _check(response)
    return msgspec.json.decode(await response.read(), type=kind)


async def _check(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    told = msgspec.json.decode(await response.read(), type=Envelope)
    raise ApiError(response.status, told.error, told.message, told.request_id, told.job_id)
