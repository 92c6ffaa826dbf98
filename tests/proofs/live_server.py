"""A real server that a proof can stop, kill and start again."""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from caller import TUS
from serving import SAMPLE, Process, environment, new_key, serving
from small_disk import small_disk

PATIENCE_S = 240.0  # for a job to end, or an answer to come, once the server is left alone
UNLIMITED = "1000000"
RESUMABLE = "/api/v1/resumable-uploads"
QUICK = {  # a real job of one clip, of some seconds
    "range": {"start": 0, "end": 20},
    "clip_count": 1,
    "min_duration": 5,
    "max_duration": 20,
    "quality": "fast",
    "language": "en",
}


class Answer(Exception):
    """The server refused, or was not there; `status` is 0 then."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def is_passing(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self.status in {0, 429} or self.status >= 500


@dataclass
class LiveServer:
    """A server that can be killed and started again on the same data."""

    environ: dict[str, str]
    key: str = ""
    base: str = ""
    process: Process | None = None
    supervised: bool = False
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def running(self) -> Process:
        """Return its process, which was started."""
        assert self.process is not None
        return self.process

    @property
    def data(self) -> Path:
        """Return the folder of its data."""
        return Path(self.environ["KLIPFAST_DATA_DIR"])

    @property
    def log(self) -> str:
        """Return what it has logged since it was started."""
        return (self.data / "server.log").read_text(errors="replace")

    @property
    def postgres(self) -> int:
        """Return the process id of its embedded Postgres. Raises OSError where there is none."""
        return int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        manager = serving(self.environ, supervised=self.supervised)
        self.base, self.process = await asyncio.to_thread(manager.__enter__)
        self._running = AsyncExitStack()
        self._running.push_async_callback(asyncio.to_thread, manager.__exit__, None, None, None)

    async def stop(self) -> None:
        """Stop it in an orderly way, or collect it if it was killed."""
        await self._running.aclose()

    async def start_again(self) -> None:
        """Collect it, if it has not ended stop it, and start it."""
        await self.stop()
        await self.start()

    async def restart(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal that ends it, and start it again."""
        self.running.send_signal(number)
        await asyncio.to_thread(self.running.wait, 60)
        await self.start_again()

    def session(self, **options: Any) -> aiohttp.ClientSession:
        """A client with its key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return aiohttp.ClientSession(headers=headers, **options)

    async def call(self, method: str, path: str, **kw: Any) -> Any:
        """Return the JSON of an answer. Raises Answer."""
        try:
            async with (
                self.session() as session,
                session.request(method, self.base + path, **kw) as response,
            ):
                body = await response.read()
                if response.status >= 400:
                    raise Answer(f"{response.status} {body[:200]!r}", response.status)
                return json.loads(body) if body else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Answer(repr(error)) from error

    async def insist(self, method: str, path: str, **kw: Any) -> Any:
        """Call until the server answers, as a client would. Raises Answer after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self.call(method, path, **kw)
            except Answer as answer:
                if not answer.is_passing or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def upload(self, path: Path = SAMPLE) -> str:
        """Upload a file and return its address."""
        address = f"/api/v1/uploads?filename={path.name}"
        content = await asyncio.to_thread(path.read_bytes)
        url: str = (await self.insist("POST", address, data=content))["video_url"]
        return url

    async def begin_upload(self, size: int) -> str:
        """Begin a resumable upload of so many bytes, and return its id."""
        headers, url = TUS | {"Upload-Length": str(size)}, self.base + RESUMABLE
        async with self.session() as session, session.post(url, headers=headers) as response:
            return response.headers["Location"].rsplit("/", 1)[1]

    async def submit(self, video_url: str, **body: Any) -> str:
        """Submit a job and return its id."""
        accepted = await self.insist(
            "POST", "/api/v1/process", json={"video_url": video_url} | body
        )
        job_id: str = accepted["job_id"]
        return job_id

    async def ended(self, job_id: str, patience_s: float = PATIENCE_S) -> Any:
        """Return the job once it has ended. Raises Answer if it does not."""
        deadline = time.monotonic() + patience_s
        while (job := await self.insist("GET", f"/api/v1/jobs/{job_id}"))["finished_at"] is None:
            if time.monotonic() > deadline:
                raise Answer(f"{job_id} is {job['status']} at {job['stage']}")
            await asyncio.sleep(0.2)
        return job

    async def at_stage(self, job_id: str, stages: Iterable[str], patience_s: float = 60) -> str:
        """Wait until the job is at one of these stages; return it, or "" if the job ended first."""
        deadline, wanted = time.monotonic() + patience_s, set(stages)
        while time.monotonic() < deadline:
            job = await self.insist("GET", f"/api/v1/jobs/{job_id}")
            if job["finished_at"] is not None:
                return ""
            if job["stage"] in wanted:
                return str(job["stage"])
            await asyncio.sleep(0.02)
        raise Answer(f"{job_id} did not come to {sorted(wanted)}")


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    """Return how many files and connections a process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@asynccontextmanager
async def live_server(
    settings: Mapping[str, str] | None = None,
    *,
    supervised: bool = False,
    disk_mb: int | None = None,
) -> AsyncIterator[LiveServer]:
    """Run a server on a folder of its own, with a key of a business account.

    `disk_mb`: the size of the disk that its data have for themselves, if they have one.
    """
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="kf-", dir="/tmp")  # short: a socket's path
        folder = stack.enter_context(made)
        if disk_mb is not None:
            stack.enter_context(small_disk(Path(folder), megabytes=disk_mb))
        server = LiveServer(
            environment(
                folder,
                KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE=UNLIMITED,
                KLIPFAST__PLANS__BUSINESS__MINUTES_PER_MONTH=UNLIMITED,
                **(settings or {}),
            ),
            supervised=supervised,
        )
        await server.start()
        try:
            server.key = await asyncio.to_thread(new_key, server.environ)
            yield server
        finally:
            await server.stop()


@asynccontextmanager
async def connected(server: LiveServer) -> AsyncIterator[asyncpg.Connection]:
    """A connection to its Postgres: the embedded one, if the settings name none."""
    embedded = f"postgresql://postgres@/postgres?host={server.data / 'postgres'}"
    connection = await asyncpg.connect(server.environ.get("KLIPFAST_DATABASE_URL", embedded))
    try:
        yield connection
    finally:
        await connection.close()
