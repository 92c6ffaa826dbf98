"""Downloads over connections that break: taken up where that is safe, begun again where not."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from project_paths import ROOT

from klipfast_server.core.config import Sources, load
from klipfast_server.net import download as module
from klipfast_server.net.download import download
from klipfast_server.net.guarded_client import FetchError

Server = Callable[[web.Application], Awaitable[TestServer]]
PIECE = 100_000  # bytes before a connection is cut
WHOLE = b"".join(b"%07d\n" % number for number in range(50_000))  # 400,000 bytes, none twice


async def cut(request: web.Request) -> None:
    """Break the connection, once what was written has been read."""
    await asyncio.sleep(0.05)
    assert request.transport is not None
    request.transport.abort()


class Breaking:
    """A file on a server that cuts every connection after some bytes."""

    def __init__(self, content: bytes = WHOLE) -> None:
        self.content = content
        self.tags = ['"one"']  # ETags of the next answers; the last stays
        self.ranges = True
        self.cuts = 100  # connections that are cut
        self.piece = PIECE
        self.statuses: list[int] = []  # statuses of the next answers, then the right ones
        self.changed_at: str | None = None
        self.asked: list[tuple[str | None, str | None]] = []  # Range, If-Range
        self.silent_s = 0.0  # before a connection is cut
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        asked, condition = request.headers.get("Range"), request.headers.get("If-Range")
        self.asked.append((asked, condition))
        tag = self.tags.pop(0) if len(self.tags) > 1 else self.tags[0]
        if len(self.asked) > 1 and self.statuses:
            return web.Response(status=self.statuses.pop(0))
        start = 0
        version = tag or self.changed_at
        if self.ranges and asked is not None and condition == version:
            found = re.fullmatch(r"bytes=(\d+)-", asked)
            assert found is not None
            start = int(found[1])
        response = web.StreamResponse(status=206 if start else 200)
        response.content_length = len(self.content) - start
        if tag:
            response.headers["ETag"] = tag
        if self.changed_at:
            response.headers["Last-Modified"] = self.changed_at
        if start:
            last, length = len(self.content) - 1, len(self.content)
            response.headers["Content-Range"] = f"bytes {start}-{last}/{length}"
        await response.prepare(request)
        self.cuts -= 1
        if self.cuts < 0:
            await response.write(self.content[start:])
            return response
        await response.write(self.content[start : start + self.piece])
        await asyncio.sleep(self.silent_s)
        await cut(request)
        return response


@pytest.fixture
async def breaking(aiohttp_server: Server) -> Breaking:
    breaking = Breaking()
    app = web.Application()
    app.router.add_get("/talk.mp4", breaking.serve)
    breaking.url = str((await aiohttp_server(app)).make_url("/talk.mp4"))
    return breaking


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Sources:
    """Private addresses allowed; pauses that a test has time for."""
    monkeypatch.setattr(module, "RETRY_PAUSES_S", (0.01,) * len(module.RETRY_PAUSES_S))
    shipped = load(ROOT / "config.toml", {}).sources
    return msgspec.structs.replace(shipped, allow_private=True, idle_s=1.0, timeout_s=20.0)


async def test_a_broken_download_is_taken_up_where_it_broke(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    path, told = tmp_path / "source", list[float]()
    await download(breaking.url, path, sources=sources, progress=told.append)
    assert path.read_bytes() == WHOLE
    starts = [0 if asked is None else int(asked[6:-1]) for asked, _ in breaking.asked]
    assert starts == sorted(set(starts))
    assert len(starts) > 3  # more than the tries that bring nothing may be, for these bring some
    assert {condition for _, condition in breaking.asked[1:]} == {'"one"'}
    assert told == sorted(told)
    assert told[-1] == 1.0


async def test_a_connection_that_falls_silent_is_left_for_another(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    breaking.silent_s, breaking.cuts = 0.6, 1
    quick = msgspec.structs.replace(sources, idle_s=0.2)
    await download(breaking.url, tmp_path / "source", sources=quick)
    assert (tmp_path / "source").read_bytes() == WHOLE
    assert [condition for _, condition in breaking.asked] == [None, '"one"']


async def test_breaks_without_end_are_survived_while_each_try_brings_something(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    breaking.content = WHOLE * 4
    path = tmp_path / "source"
    await download(breaking.url, path, sources=sources)
    assert path.read_bytes() == WHOLE * 4
    assert len(breaking.asked) > 2 * len(module.RETRY_PAUSES_S)


async def test_a_time_of_change_serves_where_there_is_no_tag(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    breaking.tags, breaking.changed_at = [""], "Wed, 01 Jan 2025 00:00:00 GMT"
    await download(breaking.url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").read_bytes() == WHOLE
    assert breaking.asked[1][1] == breaking.changed_at


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
async def test_a_file_of_no_certain_version_is_begun_again_twice_at_most(
    breaking: Breaking, sources: Sources, tmp_path: Path, tag: str
) -> None:
    breaking.tags, breaking.cuts = [tag], 2
    await download(breaking.url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").read_bytes() == WHOLE
    assert breaking.asked == [(None, None)] * 3

    breaking.asked, breaking.cuts = [], 3
    with pytest.raises(FetchError, match="connection closed"):
        await download(breaking.url, tmp_path / "source", sources=sources)
    assert breaking.asked == [(None, None)] * 3
    assert not (tmp_path / "source").exists()


async def test_a_server_that_gives_the_whole_file_again_is_taken_at_its_word(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    breaking.ranges, breaking.cuts = False, 2
    await download(breaking.url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").read_bytes() == WHOLE
    assert [asked is None for asked, _ in breaking.asked] == [True, False, False]

    breaking.asked, breaking.cuts = [], 100
    with pytest.raises(FetchError, match="several times in a row"):
        await download(breaking.url, tmp_path / "source", sources=sources)
    assert len(breaking.asked) == 4


async def test_two_versions_of_a_file_are_never_mixed(
    breaking: Breaking, sources: Sources, tmp_path: Path, aiohttp_server: Server
) -> None:
    async def changing(request: web.Request) -> web.StreamResponse:
        if breaking.asked:
            breaking.content, breaking.tags = WHOLE[::-1], ['"two"']
        return await breaking.serve(request)

    app = web.Application()
    app.router.add_get("/talk.mp4", changing)
    url = str((await aiohttp_server(app)).make_url("/talk.mp4"))
    await download(url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").read_bytes() == WHOLE[::-1]
    assert breaking.asked[0] == (None, None)
    assert breaking.asked[1][1] == '"one"'
    assert breaking.asked[2][1] == '"two"'


async def test_the_rest_of_another_version_is_not_taken_though_it_is_offered(
    sources: Sources, tmp_path: Path, aiohttp_server: Server
) -> None:
    """A server that forgets If-Range, and one that says the file ends before where we are."""
    for refusal in ("other tag", "other length", "other start", "416"):
        asked: list[str | None] = []

        async def serve(
            request: web.Request, asked: list[str | None] = asked, refusal: str = refusal
        ) -> web.StreamResponse:
            asked.append(request.headers.get("Range"))
            if asked[-1] is None and len(asked) > 1:
                return web.Response(body=WHOLE, headers={"ETag": '"two"'})
            if asked[-1] is None:
                response = web.StreamResponse(headers={"ETag": '"one"'})
                response.content_length = len(WHOLE)
                await response.prepare(request)
                await response.write(WHOLE[:PIECE])
                await cut(request)
                return response
            if refusal == "416":
                return web.Response(status=416)
            start = int(asked[-1][6:-1]) + (refusal == "other start")
            length = len(WHOLE) + (refusal == "other length")
            tag = '"two"' if refusal == "other tag" else '"one"'
            return web.Response(
                status=206,
                body=b"?" * (len(WHOLE) - start),
                headers={
                    "ETag": tag,
                    "Content-Range": f"bytes {start}-{length - 1}/{length}",
                },
            )

        app = web.Application()
        app.router.add_get("/talk.mp4", serve)
        url = str((await aiohttp_server(app)).make_url("/talk.mp4"))
        await download(url, tmp_path / "source", sources=sources)
        assert (tmp_path / "source").read_bytes() == WHOLE, refusal
        assert [one is None for one in asked] == [True, False, True], refusal


async def test_a_server_that_is_busy_for_a_moment_is_asked_again_and_one_that_stays_so_is_told(
    breaking: Breaking, sources: Sources, tmp_path: Path
) -> None:
    breaking.statuses = [503, 502, 429]
    await download(breaking.url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").read_bytes() == WHOLE

    breaking.asked, breaking.statuses, breaking.cuts = [], [503] * 100, 100
    with pytest.raises(FetchError, match="503"):
        await download(breaking.url, tmp_path / "source", sources=sources)
    assert len(breaking.asked) == 1 + len(module.RETRY_PAUSES_S)

    breaking.asked, breaking.statuses = [], [403]
    with pytest.raises(FetchError, match="403"):
        await download(breaking.url, tmp_path / "source", sources=sources)
    assert len(breaking.asked) == 2


async def test_tries_end_with_the_time_of_the_whole_download(
    breaking: Breaking, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_PAUSES_S", (5.0,) * 5)
    short = msgspec.structs.replace(sources, timeout_s=0.5)
    with pytest.raises(FetchError, match=r"within 0\.5 seconds"):
        await download(breaking.url, tmp_path / "source", sources=short)
    assert len(breaking.asked) == 1
    assert not (tmp_path / "source").exists()
