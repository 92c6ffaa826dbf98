"""Forms of many parts, read on the event loop, leave time to others."""

import asyncio

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from project_paths import ROOT

from klipfast_server.core.config import load
from klipfast_server.core.tasks import background
from klipfast_server.files import forms


async def test_others_have_a_turn_between_any_two_parts() -> None:
    loop = asyncio.get_running_loop()
    content = StreamReader(BaseProtocol(loop), 1 << 20, loop=loop)
    content.feed_data(b"--x\r\n\r\n\r\n" * forms.MAX_PARTS)
    content.feed_data(b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nb\r\n--x--\r\n')
    content.feed_eof()
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = make_mocked_request("POST", "/", headers=headers, payload=content)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with background(count()):
        name, chunks = await forms.first_file(
            request, sources=load(ROOT / "config.toml", {}).sources, max_skipped_bytes=100
        )
        assert (name, [chunk async for chunk in chunks]) == ("a", [b"b"])
    assert turns >= forms.MAX_PARTS
