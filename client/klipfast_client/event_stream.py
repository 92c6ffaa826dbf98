"""Reads server-sent events as far as this API uses them."""

from collections.abc import AsyncIterator

import aiohttp

from klipfast_client.http_calls import CONNECT_S

SILENCE_S = 60.0  # without a byte of a stream, whose server is heard every 15
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
LONGEST_EVENT = 1 << 23  # bytes


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, str]]:
    """Yield the fields of each event; comments are skipped, they only keep the connection alive.

    Raises ClientPayloadError for an event that has no end.
    """
    text = b""
    async for chunk in response.content.iter_any():
        text += chunk
        while b"\n\n" in text:
            block, text = text.split(b"\n\n", 1)
            fields = (line.partition(":") for line in block.decode().split("\n"))
            yield {name: value.removeprefix(" ") for name, _, value in fields if name}
        if len(text) > LONGEST_EVENT:
            raise aiohttp.ClientPayloadError("An event is longer than any could be.")
