"""An account that calls a running server, and helpers around it."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import StrOrURL

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., Awaitable[Client]]  # starts a server with these settings
Sweep = Callable[[], Awaitable[Any]]  # deletes what has expired
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}
PATIENCE_S = 180.0  # on a machine that has much else to do
ENDED = ("completed", "failed", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account that calls the API with its key."""

    client: Client
    key: str

    async def call(self, method: str, path: StrOrURL, **options: Any) -> ClientResponse:
        """Send one request with the key."""
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    @property
    def app(self) -> web.Application:
        """Return the application that it calls."""
        assert self.client.app is not None
        return self.client.app

    async def send(self, method: str, path: StrOrURL, status: int = 200, **options: Any) -> Any:
        """Return the JSON of an answer, whose status must be `status`; None if it is empty."""
        response = await self.call(method, path, **options)
        body = await response.json() if await response.read() else None
        assert response.status == status, body
        return body

    async def get(self, path: str, status: int = 200) -> Any:
        """Return the JSON of a GET, whose status must be `status`."""
        return await self.send("GET", path, status)

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Return the JSON of a POST, whose status must be `status`."""
        return await self.send("POST", path, status, json=body)

    async def text(self, path: str) -> str:
        """Return the text of a GET that succeeds."""
        return (await self.file(path))[2]

    async def file(self, path: str) -> tuple[str, str, str]:
        """Return (content type, name to save under, text) of a GET that succeeds."""
        response = await self.call("GET", path)
        text = await response.text()
        assert response.status == 200, text
        name = response.headers.get("Content-Disposition", "")
        return response.headers["Content-Type"], name, text

    async def upload(self, content: bytes, status: int = 201) -> Any:
        """Upload the content and return the JSON."""
        return await self.send("POST", "/api/v1/uploads", status, data=io.BytesIO(content))

    async def submit(self, seconds: float = 30.0, **options: Any) -> str:
        """Upload a fake talk of this length, submit it and return the job's id."""
        upload = await self.upload(f"seconds {seconds}".encode())
        body = {"video_url": upload["video_url"], **options}
        job_id: str = (await self.post("/api/v1/process", body, 202))["job_id"]
        return job_id

    async def done(self, seconds: float = 30.0, **options: Any) -> Any:
        """Submit a fake talk of this length, and return the job once it has ended."""
        return await self.until(await self.submit(seconds, **options))

    async def made(self, path: str, body: Any) -> Any:
        """POST what makes a job, and return the job once it has ended."""
        return await self.until((await self.post(path, body, 202))["job_id"])

    async def until(
        self,
        job_id: str,
        holds: Callable[[Any], bool] = lambda job: job["status"] in ENDED,
        patience_s: float = PATIENCE_S,
    ) -> Any:
        """Poll the job until `holds` is true for it (by default: until it has ended); return it."""
        began = time.monotonic()
        while True:
            answer = await self.call("GET", f"/api/v1/jobs/{job_id}")
            job, waited_s = await answer.json(), time.monotonic() - began
            assert waited_s < patience_s, job
            if answer.status == 429:  # it has taken so long that the polls are too many
                await asyncio.sleep(1.0)
                continue
            assert answer.status == 200, job
            if holds(job):
                return job
            await asyncio.sleep(min(0.5, 0.01 + waited_s / 50))


async def raw(client: Client, request: bytes, *, is_all: bool = False) -> bytes:
    """Return everything that is answered to these bytes on a new connection.

    `is_all`: the caller closes its side behind them.
    """
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        writer.write(request)
        if is_all:
            writer.write_eof()
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


def files_below(folder: Path) -> list[str]:
    """Return the names of all files below a folder, which may be missing."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def gone(folder: Path, patience_s: float = PATIENCE_S) -> None:
    """Wait until a run has deleted its work folder, its last action."""
    async with asyncio.timeout(patience_s):
        while folder.exists():  # noqa: ASYNC110 - no event signals the end of a run
            await asyncio.sleep(0.02)


async def make_caller(client: Client, *, account: str = "ada", plan: str = "pro") -> Caller:
    """Create an account on this plan, with a new key."""
    from klipfast_server.api import app_keys
    from klipfast_server.store import accounts

    assert client.app is not None
    made = await accounts.create_key(
        client.app[app_keys.DATABASE],
        account=account,
        plan_name=plan,
    )
    return Caller(client=client, key=made.key)


def clip_ids(found: dict[str, Any]) -> list[str]:
    """The clips of a job or a list."""
    return [clip["clip_id"] for clip in found["clips"]]
