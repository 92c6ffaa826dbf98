"""A site with a page that has a video."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from synthetic_media import bursts, write_media

Server = Callable[[web.Application], Awaitable[TestServer]]
BEEPS = [1.0, 3.5, 5.0]  # seconds
DASH = """<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT6S">
<Period>
<AdaptationSet contentType="video" mimeType="video/mp4">
<Representation id="p" bandwidth="300000" codecs="avc1.64000d" width="320" height="180">
<SegmentList duration="6"><Initialization sourceURL="/p.head"/><SegmentURL media="/p.rest"/>
</SegmentList></Representation></AdaptationSet>
<AdaptationSet contentType="audio" mimeType="audio/mp4">
<Representation id="s" bandwidth="100000" codecs="mp4a.40.2">
<SegmentList duration="6"><Initialization sourceURL="/s.head"/><SegmentURL media="/s.rest"/>
</SegmentList></Representation></AdaptationSet>
</Period></MPD>"""
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
HLS = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="English",DEFAULT=YES,URI="/sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=90000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=160x90,AUDIO="sound"
/small.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180,AUDIO="sound"
/picture.m3u8
"""
RENDITION = """#EXTM3U
#EXT-X-TARGETDURATION:6
#EXTINF:6.0,
/{name}.ts
#EXT-X-ENDLIST
"""
PAGE = '<html><head><title>{title}</title></head><body><video src="{src}"></video></body></html>'


class Site:
    """A page with a video, and what it is made of."""

    def __init__(self) -> None:
        self.video = b"seconds 30"
        self.src = "/talk.mp4"
        self.title = "A talk"
        self.asked: list[str] = []
        self.cookies: list[str] = []
        self.files: dict[str, bytes] = {}
        self.sent_mb = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url("/watch"))

    async def page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        self.cookies.append(request.headers.get("Cookie", ""))
        answer = web.Response(
            text=PAGE.format(src=self.src, title=self.title), content_type="text/html"
        )
        answer.set_cookie("visited", "1", max_age=1000)
        return answer

    async def file(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        response = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        if request.method == "GET" and not self.hold.is_set():
            await response.prepare(request)
            await response.write(self.video[:1])
            await self.hold.wait()
            return response
        return web.Response(body=self.video, content_type="video/mp4")

    async def part(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if (body := self.files.get(request.path)) is None:
            raise web.HTTPNotFound
        return web.Response(body=body)

    def show(self, folder: Path) -> None:
        """Show a talk of six seconds whose picture, in two sizes, and sound come apart."""
        write_media(folder / "picture.ts", size=(320, 180))
        write_media(folder / "small.ts", size=(160, 90))
        write_media(folder / "sound.ts", size=None, sound=bursts(6.0, BEEPS))
        for name in ("picture", "small", "sound"):
            self.files[f"/{name}.ts"] = (folder / f"{name}.ts").read_bytes()
            self.files[f"/{name}.m3u8"] = RENDITION.format(name=name).encode()
        self.files["/all.m3u8"] = HLS.encode()
        self.src = "/all.m3u8"

    def show_fragments(self, folder: Path) -> None:
        """Show the same as fragments of MP4."""
        write_media(folder / "p.mp4", size=(320, 180), options=FRAGMENTS)
        write_media(folder / "s.mp4", size=None, sound=bursts(6.0, BEEPS), options=FRAGMENTS)
        for name in ("p", "s"):
            whole = (folder / f"{name}.mp4").read_bytes()
            at = whole.index(b"moof") - 4
            self.files[f"/{name}.head"], self.files[f"/{name}.rest"] = whole[:at], whole[at:]
        self.files["/all.mpd"] = DASH.encode()
        self.src = "/all.mpd"

    async def empty(self, request: web.Request) -> web.Response:
        return web.Response(text="<html><body>Nothing.</body></html>", content_type="text/html")

    async def endless(self, request: web.Request) -> web.StreamResponse:
        """300 MB; as /moved.m3u8, of an answer that leads elsewhere."""
        moved = request.path == "/moved.m3u8"
        headers = {"Location": "/empty"} if moved else {"Content-Type": "text/html"}
        response = web.StreamResponse(status=302 if moved else 200, headers=headers)
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(300):
                await response.write(b"<html>" + bytes(1_000_000))
                self.sent_mb += 1
        return response

    async def bomb(self, request: web.Request) -> web.Response:
        return web.Response(
            body=gzip.compress(b"<html>" + bytes(100_000_000), 1),
            headers={"Content-Type": "text/html", "Content-Encoding": "gzip"},
        )


@pytest.fixture
async def site(aiohttp_server: Server) -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_get("/watch", site.page)
    app.router.add_get("/talk.mp4", site.file)
    app.router.add_get("/empty", site.empty)
    app.router.add_get("/endless", site.endless)
    app.router.add_get("/moved.m3u8", site.endless)
    app.router.add_get("/bomb", site.bomb)
    app.router.add_get("/{name}", site.part)
    site.server = await aiohttp_server(app)
    yield site
    site.hold.set()
