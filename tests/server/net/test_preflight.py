"""The look at a URL before its job is accepted: bounded, certain or silent, leaving no trace."""

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from project_paths import SAMPLE
from synthetic_media import tone, write_media
from witness import FirstIsPublic

from klipfast_server.core.config import Config
from klipfast_server.net import preflight
from pipeline.core.data import Source
from pipeline.media.probing import probe

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]
Looking = Callable[..., Awaitable[Caller]]
PROBE_BYTES = 65_536  # the films made here are longer
SAMPLE_S = 162.4
GUESS_S = 218  # estimate for an unknown length, as shipped: ten minutes heard, nine clips


class Probing(FakeEngine):
    """Looks at real files; the rest is not the subject."""

    def probe(self, path: Path, *, max_duration_s: float | None) -> Source:
        """As the real one does."""
        return probe(path, max_duration_s=max_duration_s)


@pytest.fixture
def engine() -> FakeEngine:
    """Instead of the one that reads texts."""
    return Probing()


@pytest.fixture
def quick(config: Config) -> Config:
    """Private sources allowed, looks small."""
    sources = msgspec.structs.replace(
        config.sources, allow_private=True, probe_s=2.0, probe_bytes=PROBE_BYTES
    )
    return msgspec.structs.replace(config, sources=sources)


class Films:
    """A web server: /ranges/NAME answers ranges, /whole/NAME sends it all, others are odd."""

    def __init__(self, folder: Path, made: Path) -> None:
        self.folder = folder
        self.server: TestServer
        self._made = made  # films of other tests, by what went into them
        self.asked: list[str] = []  # Range headers
        self.silent = asyncio.Semaphore(0)  # released by a request that waits for an answer
        self.over = asyncio.Event()
        self.url = ""

    def app(self) -> web.Application:
        """What it serves."""
        app = web.Application()
        app.router.add_get("/ranges/{name}", self._ranges)
        app.router.add_get("/whole/{name}", self._whole)
        app.router.add_get("/chunked/{name}", self._chunked)
        app.router.add_get("/silent/{name}", self._silent)
        app.router.add_get("/status/{status}", self._status)
        app.router.add_get("/page", self._page)
        app.router.add_get("/loop", self._loop)
        app.router.add_get("/away", self._away)
        return app

    def film(self, name: str, **options: Any) -> str:
        """Make one, longer than a look; its name."""
        usual: dict[str, Any] = {"seconds": 20.0, "sound": tone(20.0)}
        usual |= {"video_codec": "mpeg2video", "size": (640, 360)}
        usual |= options
        parts = {k: v.tobytes() if isinstance(v, np.ndarray) else v for k, v in usual.items()}
        known = self._made / hashlib.sha256(repr(parts).encode()).hexdigest()[:16] / name
        if not known.exists():
            known.parent.mkdir(exist_ok=True)
            write_media(known, **usual)
        assert known.stat().st_size > PROBE_BYTES
        os.link(known, self.folder / name)
        return name

    def talk(self, name: str, **options: str) -> str:
        """The sample in another container, picture and sound side by side; its name."""
        with (
            av.open(str(SAMPLE)) as read,
            av.open(str(self.folder / name), "w", options=options) as out,
        ):
            tracks = {stream.index: out.add_stream_from_template(stream) for stream in read.streams}
            for packet in read.demux():
                if packet.dts is not None:
                    packet.stream = tracks[packet.stream.index]
                    out.mux(packet)
        return name

    def text(self, name: str, content: bytes) -> str:
        """Another file; its name."""
        (self.folder / name).write_bytes(content)
        return name

    async def _ranges(self, request: web.Request) -> web.StreamResponse:
        self.asked += request.headers.getall("Range", [])
        return web.FileResponse(self.folder / request.match_info["name"])

    async def _whole(self, request: web.Request) -> web.StreamResponse:
        content = (self.folder / request.match_info["name"]).read_bytes()
        return web.Response(body=content, content_type="application/octet-stream")

    async def _chunked(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write((self.folder / request.match_info["name"]).read_bytes())
        return response

    async def _silent(self, request: web.Request) -> web.StreamResponse:
        self.silent.release()
        await self.over.wait()
        return web.Response(status=503)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=int(request.match_info["status"]))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>", content_type="text/html")

    async def _loop(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/loop")

    async def _away(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"http://localhost:{request.url.port}/page")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where films are kept for the next test that wants the same."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture
async def films(tmp_path: Path, made: Path, aiohttp_server: Server) -> AsyncIterator[Films]:
    """The source of the tests."""
    folder = tmp_path / "films"
    folder.mkdir()
    films = Films(folder, made)
    films.server = await aiohttp_server(films.app())
    films.url = str(films.server.make_url("/"))
    yield films
    films.over.set()


@pytest.fixture
def looking(serve: Serve, quick: Config) -> Looking:
    """Make a caller of a server that looks with changed settings of sources and of the plan."""

    async def call(*, plan: dict[str, Any] | None = None, **changed: Any) -> Caller:
        sources = msgspec.structs.replace(quick.sources, **changed)
        pro = msgspec.structs.replace(quick.plans["pro"], **plan or {})
        plans = quick.plans | {"pro": pro}
        config = msgspec.structs.replace(quick, sources=sources, plans=plans)
        return await make_caller(await serve(config))

    return call


@pytest.fixture
async def bob(serve: Serve, quick: Config) -> AsyncIterator[Caller]:
    """A caller of a server that looks; nothing of the looks is left in the end."""
    yield await make_caller(await serve(quick), account="bob", plan="business")
    assert not list((quick.server.data_dir / "work").glob("look_*"))


async def submit(caller: Caller, url: str, status: int) -> Any:
    """Hand in a URL."""
    body = await caller.post("/api/v1/process", {"video_url": url}, status)
    if status == 422:
        assert (body["error"], body["field"]) == ("unprocessable", "video_url")
    return body


@pytest.mark.parametrize("way", ["ranges", "whole"])
async def test_the_length_is_known_at_once_from_an_index_at_the_end_or_at_the_front(
    looking: Looking, quick: Config, films: Films, way: str
) -> None:
    bob = await looking(probe_bytes=1_000_000)
    name = films.talk("talk.mp4", **({"movflags": "faststart"} if way == "whole" else {}))
    accepted = await submit(bob, f"{films.url}{way}/{name}", 202)
    assert accepted["estimated_seconds"] == pytest.approx(SAMPLE_S / 2, abs=1)  # as guessed
    job = await bob.get(f"/api/v1/jobs/{accepted['job_id']}")
    assert job["source"]["duration_seconds"] == pytest.approx(SAMPLE_S, abs=0.1)
    assert not list((quick.server.data_dir / "work").glob("look_*"))
    if way == "ranges":
        head, tail = films.asked
        assert head == "bytes=0-999999"
        first, last = map(int, tail.removeprefix("bytes=").split("-"))
        assert first > 1_000_000
        assert last - first < 750_000


@pytest.mark.parametrize(
    ("way", "name", "options"),
    [
        ("whole", "end.mp4", {}),
        ("chunked", "end.mp4", {}),
        ("chunked", "front.mp4", {"options": {"movflags": "faststart"}}),
        *(
            pytest.param("ranges", name, options, marks=pytest.mark.slow)
            for name, options in (
                ("parts.mp4", {"options": {"movflags": "frag_keyframe+empty_moov"}}),
                ("talk.mkv", {}),
                ("talk.ts", {}),
            )
        ),
    ],
)
async def test_what_a_look_cannot_tell_is_left_to_the_whole_file(
    bob: Caller, films: Films, way: str, name: str, options: dict[str, Any]
) -> None:
    films.film(name, **options)
    accepted = await submit(bob, f"{films.url}{way}/{name}", 202)
    assert accepted["estimated_seconds"] == GUESS_S
    job = await bob.until(accepted["job_id"])
    assert job["status"] == "completed", job
    assert job["source"]["duration_seconds"] == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        (("mute.mp4", {"sound": None}), "no_audio"),
        (("mute.mkv", {"sound": None}), "no_audio"),
        (
            ("short.mov", {"seconds": 3.0, "sound": tone(3.0), "sound_codec": "pcm_s16le"}),
            "too_short",
        ),
        (("long.m4a", {"size": None, "sound": tone(61.0)}), "too_long"),
    ],
)
async def test_a_film_that_cannot_be_used_is_refused_from_its_ends(
    looking: Looking, films: Films, film: tuple[str, dict[str, Any]], reason: str
) -> None:
    caller = await looking(plan={"max_source_minutes": 1})
    name, options = film
    body = await submit(caller, f"{films.url}ranges/{films.film(name, **options)}", 422)
    assert body["reason"] == reason
    assert (await caller.get("/api/v1/jobs"))["jobs"] == []


@pytest.mark.slow  # reads a film twice
async def test_a_sound_that_may_still_turn_up_is_waited_for(bob: Caller, films: Films) -> None:
    """A transport stream names its streams as it goes."""
    name = films.film("mute.ts", sound=None)
    await submit(bob, f"{films.url}ranges/{name}", 202)


@pytest.mark.parametrize(
    ("content", "reason", "told"),
    [
        (b"", "corrupt", "empty"),
        (b"<!doctype html><html>" + b" " * 99_999, "not_a_video", "HTML"),
        (b"only words " * 9_999, "not_a_video", "text"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x07" * 999, "corrupt", "cannot be opened"),
    ],
)
async def test_what_is_no_film_is_refused(
    bob: Caller, films: Films, content: bytes, reason: str, told: str
) -> None:
    name = films.text("file.mp4", content)
    for way in ("ranges", "whole", "chunked"):
        body = await submit(bob, f"{films.url}{way}/{name}", 422)
        assert body["reason"] == reason
        assert told in body["message"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("status/404", "404"),
        ("status/403", "403"),
        ("status/410", "410"),
        ("page", "web page"),
        ("loop", "redirects more than"),
    ],
)
async def test_a_source_that_will_not_give_a_film_is_refused(
    bob: Caller, films: Films, path: str, told: str
) -> None:
    assert told in (await submit(bob, films.url + path, 422))["message"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_source_in_passing_trouble_is_accepted(
    bob: Caller, films: Films, status: int
) -> None:
    await submit(bob, f"{films.url}status/{status}", 202)


async def test_a_source_larger_than_allowed_is_refused(looking: Looking, films: Films) -> None:
    caller = await looking(max_bytes=PROBE_BYTES)
    body = await submit(caller, f"{films.url}whole/{films.film('talk.mp4')}", 422)
    assert "larger" in body["message"]


async def test_a_source_that_never_answers_is_accepted_in_time(
    looking: Looking, films: Films
) -> None:
    caller = await looking(probe_s=0.5)
    await submit(caller, f"{films.url}silent/1", 202)
    assert not films.silent.locked()  # it was asked
    assert not films.over.is_set()  # and has not answered


async def test_slow_sources_hold_up_only_so_many_submissions(
    looking: Looking, films: Films
) -> None:
    bob = await looking(probe_s=60.0)
    slow = [
        asyncio.create_task(submit(bob, f"{films.url}silent/{number}", 202))
        for number in range(preflight.MAX_PREFLIGHTS)
    ]
    for _ in slow:
        await films.silent.acquire()
    await submit(bob, f"{films.url}page", 202)  # a look would have refused it
    assert not any(one.done() for one in slow)
    films.over.set()
    await asyncio.gather(*slow)
    await submit(bob, f"{films.url}page", 422)


async def test_minutes_that_are_not_left_are_seen_before_the_job(
    looking: Looking, films: Films
) -> None:
    caller = await looking(plan={"minutes_per_month": 1, "credits": 0})
    name = films.film("talk.m4a", size=None, sound=tone(70.0))
    await submit(caller, f"{films.url}ranges/{name}", 403)
    await submit(caller, f"{films.url}whole/{name}", 202)  # its length is not known yet


async def test_a_redirect_to_a_private_address_is_refused(
    serve: Serve, config: Config, films: Films, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address is let through, as if it were public; the second is not."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest: real("127.0.0.1" if host == "outside.example" else host, *rest),
    )
    guard = FirstIsPublic()
    monkeypatch.setattr(preflight, "look", partial(preflight.look, guard=guard))
    caller = await make_caller(await serve(config))
    port = films.server.port
    body = await submit(caller, f"http://outside.example:{port}/away", 422)
    assert "not a public address" in body["message"]
    assert len(guard.asked) == 2  # so it was the second


async def test_names_are_told_apart_by_where_they_lead(
    serve: Serve, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def answer(host: str, *rest: Any, **options: Any) -> Any:
        if host == "none.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if host == "later.example":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host == "rebound.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 80))]
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    caller = await make_caller(await serve(config))
    body = await submit(caller, "http://none.example/a.mp4", 422)
    assert "does not exist" in body["message"]
    body = await submit(caller, f"http://{'a' * 64}.example/a.mp4", 422)
    assert "does not exist" in body["message"]
    body = await submit(caller, "http://rebound.example/a.mp4", 422)
    assert "10.0.0.7" in body["message"]
    await submit(caller, "http://later.example/a.mp4", 202)
