"""No file stays open behind a task that was canceled."""

import asyncio
import os
from pathlib import Path

import pytest

from klipfast_server.core.async_file import opened


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A file whose opening takes until somebody reads it."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


async def write(path: Path, text: bytes) -> None:
    async with opened(path, "wb") as file:
        await asyncio.to_thread(file.write, text)


async def test_a_task_that_is_canceled_while_it_opens_leaves_nothing_open(pipe: Path) -> None:
    task = asyncio.create_task(write(pipe, b"some"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60):  # it ends when nobody has the pipe open for writing
        assert await asyncio.to_thread(pipe.read_bytes) == b""
