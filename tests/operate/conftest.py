"""What the tests of the operator's commands share: the command, and looks at what is kept."""

import asyncio
import subprocess
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import msgspec
import operator_command
import pytest
from caller import Client, make_caller
from msgspec.structs import replace

from klipfast_server.core.config import Config, Database

Serve = Callable[[Config], Awaitable[Client]]
Operate = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]


@pytest.fixture
def operate() -> Operate:
    """Runs a command beside the server of the test."""

    async def run(config: Config, *arguments: str) -> subprocess.CompletedProcess[str]:
        # No settings of the server itself: its secret lies in the data folder.
        return await asyncio.to_thread(operator_command.command, config, *arguments)

    return run


@pytest.fixture
def not_blocked() -> None:
    """Let servers be stopped within a test: that joins threads, as nothing else may."""


@pytest.fixture
def config(config: Config) -> Config:
    """As on a box: the server has made its secret itself."""
    server = msgspec.structs.replace(config.server, secret="")
    return msgspec.structs.replace(config, server=server)


@pytest.fixture
def fresh(config: Config, tmp_path: Path) -> Config:
    """The settings of another box: an empty data folder, and Postgres embedded in it."""
    server = msgspec.structs.replace(config.server, data_dir=tmp_path / "fresh")
    database: Database = msgspec.structs.replace(config.database, url="")
    return msgspec.structs.replace(config, server=server, database=database)


@pytest.fixture
def boxes(config: Config, fresh: Config) -> tuple[Config, Config]:
    """The box with the server, and another one."""
    return config, fresh


async def until_somebody_waits(connection: asyncpg.Connection, *, within_s: float = 4.0) -> None:
    """Return once somebody waits for a lock; raise TimeoutError after `within_s`."""
    waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
    async with asyncio.timeout(within_s):
        while not await connection.fetchval(waits):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)


async def pass_days(config: Config, days: int) -> None:
    """Let time pass: everything was so much earlier."""
    connection = await asyncpg.connect(config.database.url)
    past = f"- interval '{days} days'"
    try:
        await connection.execute(f"UPDATE jobs SET finished_at = finished_at {past}")
        await connection.execute(f"UPDATE texts SET updated_at = updated_at {past}")
        await connection.execute(f"UPDATE clips SET expires_at = expires_at {past}")
        await connection.execute(
            f"UPDATE uploads SET expires_at = expires_at {past}, own_until = own_until {past}"
        )
        await connection.execute(f"UPDATE deliveries SET created_at = created_at {past}")
    finally:
        await connection.close()


async def all_rows(url: str) -> dict[str, list[str]]:
    """Every row of every table as JSON, in order; migrations have the time of their run."""
    connection = await asyncpg.connect(url)
    try:
        names = [
            row[0]
            for row in await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
        ]
        found = {}
        for name in names:
            columns = "number" if name == "migrations" else "*"
            rows = await connection.fetch(
                f"SELECT row_to_json(t)::text FROM (SELECT {columns} FROM {name}) t"
            )
            found[name] = sorted(row[0] for row in rows)
        return found
    finally:
        await connection.close()


def all_files(data: Path) -> dict[str, bytes]:
    """Every file of the data folder that is not Postgres's, by its path."""
    return {
        path.relative_to(data).as_posix(): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.relative_to(data).parts[0] != "postgres"
    }


def members(path: Path) -> dict[str, bytes]:
    """The members of an archive, in order."""
    with tarfile.open(path) as tar:
        found = {}
        for header in tar:
            content = tar.extractfile(header)
            assert content is not None
            found[header.name] = content.read()
    return found


@pytest.fixture
async def archive(serve: Serve, config: Config, operate: Operate, tmp_path: Path) -> Path:
    """A good backup of an account with a job."""
    client = await serve(config)
    ada = await make_caller(client, account="ada", plan="business")
    await ada.until(await ada.submit(seconds=20))
    await client.close()
    path = tmp_path / "good.tar"
    made = await operate(config, "backup", "--to", str(path))
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture
async def bare(postgres: str, config: Config, fresh: Config) -> AsyncIterator[Config]:
    """The settings of another box whose database is external, and has no table."""
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE bare")
    url = postgres.replace("/postgres?", "/bare?")
    yield msgspec.structs.replace(fresh, database=replace(config.database, url=url))
    await connection.execute("DROP DATABASE bare WITH (FORCE)")
    await connection.close()
