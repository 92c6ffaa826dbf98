"""Download links: good for everybody who has them, for one file, for a while."""

import asyncio
import os
import socket
from contextlib import suppress

import pytest
from caller import Caller, Serve, make_caller
from pulses import is_open, opened_and_closed
from server_settings import changed
from yarl import URL

from klipfast_server.core.config import Config

SIZE = 64_000_000  # bytes: more than the kernel buffers


async def a_link(ada: Caller, kind: str = "download_url") -> URL:
    """A link of a fresh clip, to be called without a key."""
    job = await ada.done(10)
    return URL(job["clips"][0][kind]).relative()


async def test_a_link_needs_no_key_and_saves_under_the_title(ada: Caller) -> None:
    response = await ada.client.get(await a_link(ada))
    assert response.status == 200
    assert await response.text() == "clip of 0.0 to 9.5 s"
    assert response.content_type == "video/mp4"
    disposition = response.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="The-best-moment-0.mp4"'
    picture = await ada.client.get(await a_link(ada, "thumbnail_url"))
    assert picture.content_type == "image/jpeg"
    assert picture.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("what", ["file", "archive"])
async def test_a_reader_that_takes_nothing_is_disconnected(
    serve: Serve, config: Config, what: str
) -> None:
    ada = await make_caller(await serve(changed(config, "server", unread_s=0.5)), plan="business")
    job = await ada.done(10)
    url = URL(job["clips"][0]["download_url"]).relative()
    path = url.raw_path_qs if what == "file" else f"/api/v1/jobs/{job['job_id']}/archive"
    file = config.server.data_dir / "storage" / url.path.removeprefix("/files/")
    os.truncate(file, SIZE)
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(reader, (ada.client.host, ada.client.port))
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ada.key}\r\n\r\n"
        await loop.sock_sendall(reader, head.encode())
        await opened_and_closed(file)  # by now the kernel has given up
        taken = 0
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                while chunk := await loop.sock_recv(reader, 1 << 20):
                    taken += len(chunk)
    assert 0 < taken < SIZE
    assert not is_open(file)


async def test_a_link_to_a_deleted_file_says_so(ada: Caller, config: Config) -> None:
    url = await a_link(ada)
    for path in (config.server.data_dir / "storage").rglob("*.mp4"):
        path.unlink()
    response = await ada.client.get(url)
    assert (response.status, (await response.json())["error"]) == (404, "not_found")


async def test_ranges_let_a_player_seek_and_those_that_are_none_are_passed_over(
    ada: Caller,
) -> None:
    url = await a_link(ada)
    part = await ada.client.get(url, headers={"Range": "bytes=8-10"})
    assert (part.status, await part.text()) == (206, "0.0")
    assert part.headers["Content-Range"] == "bytes 8-10/20"
    last = await ada.client.get(url, headers={"Range": "bytes=-3"})
    assert await last.text() == "5 s"
    for asked in ("bytes=9-1", "bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=x-y", "nonsense"):
        response = await ada.client.get(url, headers={"Range": asked})
        assert (response.status, len(await response.read())) == (200, 20), asked
        assert "Content-Range" not in response.headers


async def test_a_range_beyond_the_end_is_told_where_the_end_is(ada: Caller) -> None:
    url = await a_link(ada)
    for asked in ("bytes=20-", "bytes=100-200", "bytes=-0"):
        response = await ada.client.get(url, headers={"Range": asked})
        body = await response.json()
        assert (response.status, body["error"], body["field"]) == (416, "bad_request", "Range")
        assert response.headers["Content-Range"] == "bytes */20"
        assert "20 bytes" in body["message"]


async def test_a_part_is_of_the_file_that_the_caller_knows(ada: Caller) -> None:
    url = await a_link(ada)
    whole = await ada.client.get(url)
    known, since = whole.headers["ETag"], whole.headers["Last-Modified"]
    for told, status in (
        (known, 206),
        (since, 206),
        ('"other"', 200),
        (f"W/{known}", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("nonsense", 200),
    ):
        part = await ada.client.get(url, headers={"Range": "bytes=0-3", "If-Range": told})
        assert part.status == status, told
    again = await ada.client.get(url, headers={"If-None-Match": known})
    assert again.status == 304


async def test_a_file_that_has_changed_is_refused_where_the_caller_says_so(ada: Caller) -> None:
    url = await a_link(ada)
    known = (await ada.client.get(url)).headers["ETag"]
    assert (await ada.client.get(url, headers={"If-Match": f'"a", {known}'})).status == 200
    for name, value in (
        ("If-Match", '"other"'),
        ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:01 GMT"),
    ):
        response = await ada.client.get(url, headers={name: value})
        body = await response.json()
        assert (response.status, body["error"], body["field"]) == (412, "bad_request", name)
