"""Fetches a feed, unless it has not changed, under the guard and limits of every download."""

import asyncio

import aiohttp
from msgspec import Struct

from klipfast_server.core import config as settings
from klipfast_server.net import feed_document
from klipfast_server.net.feed_document import Feed
from klipfast_server.net.guarded_client import (
    GUARD,
    FetchError,
    Guard,
    client,
    describe_error,
    follow_redirects,
    whole,
)

MAX_BYTES = 10_000_000  # largest feed; 3,000 episodes with notes take about this much
TOTAL_S = 60.0  # time limit for the whole fetch
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"


class Version(Struct, frozen=True, kw_only=True):
    """What tells one version of a feed from another (RFC 9110, 8.8); "" where it is not told."""

    etag: str = ""
    last_modified: str = ""


async def fetch(
    url: str, known: Version, *, sources: settings.Sources, guard: Guard = GUARD
) -> tuple[Feed, Version] | None:
    """Return the feed at `url` and its version; None if it is the known one. Raises FetchError."""
    headers = {"Accept": ACCEPT}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        async with (
            asyncio.timeout(TOTAL_S),
            client(sources, total_s=TOTAL_S, guard=guard) as session,
            follow_redirects(session, url, sources, headers, guard) as response,
        ):
            if response.status == 304:
                return None
            document = await whole(response, MAX_BYTES, "The feed")
            final_url, version = str(response.url), _version(response)
    except TimeoutError as error:
        raise FetchError(f"The feed could not be fetched within {TOTAL_S:g} seconds.") from error
    except (aiohttp.ClientError, OSError, UnicodeError) as error:
        raise FetchError(describe_error(error, sources)) from error
    return await asyncio.to_thread(feed_document.read, document, final_url), version


def _version(response: aiohttp.ClientResponse) -> Version:
    return Version(
        etag=response.headers.get("ETag", "")[:500],
        last_modified=response.headers.get("Last-Modified", "")[:100],
    )
