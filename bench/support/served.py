"""Starts the server as a process of its own on embedded Postgres, with an unlimited account."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from klipfast_server.core import config
from klipfast_server.store import accounts, database


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server."""

    base_url: str
    key: str  # of the API
    db: database.Database
    pid: int


@asynccontextmanager
async def served(folder: Path, port: int) -> AsyncIterator[Served]:
    """Run the server on 127.0.0.1 with its data in `folder`."""
    environ = {
        **os.environ,
        "KLIPFAST_DATA_DIR": str(folder),
        "KLIPFAST_HOST": "127.0.0.1",
        "KLIPFAST_PORT": str(port),
        "KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE": "1000000",
        "KLIPFAST_LOG_LEVEL": "error",
    }
    base_url = f"http://127.0.0.1:{port}"
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "klipfast_server", "serve", "--no-supervisor", env=environ
    )
    try:
        async with database.opened(config.load(environ=environ)) as db:
            made = await accounts.create_key(db, account="bench", plan_name="business")
            await until_ready(base_url)
            yield Served(base_url=base_url, key=made.key, db=db, pid=server.pid)
    finally:
        server.terminate()
        await server.wait()


async def until_ready(base_url: str) -> None:
    """Wait until the server answers /readyz. Raises TimeoutError after two minutes."""
    async with aiohttp.ClientSession() as session:
        for _ in range(240):
            try:
                async with session.get(f"{base_url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.5)
    raise TimeoutError("the server did not become ready within two minutes")
