"""A stop of the server does not wait for uploads; of one in pieces it keeps what came."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from caller import PIECE, TUS, Caller, files_below

from klipfast_server.core.config import Config


async def without_end(content: bytes) -> AsyncIterator[bytes]:
    """The bytes, and then nothing for as long as anybody waits."""
    yield content
    await asyncio.sleep(600)


async def stopped(ada: Caller, config: Config, sending: "asyncio.Task[object]", size: int) -> None:
    """Stop the server once the bytes have come, and expect the connection to end."""
    folder = config.server.data_dir / "uploads"
    async with asyncio.timeout(60):
        while not any(  # noqa: ASYNC110 - a file tells nobody
            p.stat().st_size == size for p in folder.rglob("*") if p.is_file()
        ):
            await asyncio.sleep(0.02)
    await ada.app.shutdown()
    async with asyncio.timeout(60):
        with pytest.raises(aiohttp.ClientError):
            await sending


@pytest.mark.own_server  # is stopped
async def test_an_upload_ends_and_leaves_nothing(ada: Caller, config: Config) -> None:
    content = bytes(1 << 20)  # more than a buffer holds
    body = without_end(content)
    sending = asyncio.create_task(ada.call("POST", "/api/v1/uploads", data=body))
    await stopped(ada, config, sending, len(content))
    assert files_below(config.server.data_dir / "uploads") == []


@pytest.mark.own_server  # is stopped
async def test_an_upload_in_pieces_ends_and_keeps_what_came(ada: Caller, config: Config) -> None:
    path = "/api/v1/resumable-uploads"
    begun = await ada.call("POST", path, headers=TUS | {"Upload-Length": "5000000"})
    path = begun.headers["Location"]
    content = bytes(1 << 20)
    headers = PIECE | {"Upload-Offset": "0"}
    sending = asyncio.create_task(
        ada.call("PATCH", path, headers=headers, data=without_end(content))
    )
    await stopped(ada, config, sending, len(content))
    answer = await ada.call("HEAD", path, headers=TUS)
    assert int(answer.headers["Upload-Offset"]) == len(content)
