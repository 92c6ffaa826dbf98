"""Videos in web pages: off unless allowed, then by yt-dlp, bounded and guarded like any source."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Client, make_caller
from project_paths import ROOT
from structlog.testing import capture_logs
from synthetic_media import bursts, onsets, write_media
from witness import FirstIsPublic

from klipfast_server.core.config import Config, Sources, load
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.net import page_settings, page_video
from klipfast_server.net.guarded_client import FetchError
from pipeline.core.control import Control
from pipeline.media import probing, speech_audio

pytest.importorskip("yt_dlp", reason="klipfast[pages] is not installed")

BEEPS = [1.0, 3.5, 5.0]  # seconds
COOKIES = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret-of-ada\n"
Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]
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


@pytest.fixture
def sources() -> Sources:
    """Pages and private addresses allowed."""
    shipped = load(ROOT / "config.toml", {}).sources
    return msgspec.structs.replace(shipped, allow_private=True, pages=True, idle_s=5.0)


async def test_pages_are_not_read_unless_the_settings_allow_it(
    serve: Serve, config: Config, site: Site
) -> None:
    assert not config.sources.pages
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    answer = await ada.post("/api/v1/process", {"video_url": site.url}, status=422)
    assert "leads to a web page" in answer["message"]
    assert "the file's own address" in answer["message"]
    assert site.asked == ["/watch"]


async def test_a_job_takes_the_video_out_of_its_page(
    serve: Serve, config: Config, sources: Sources, site: Site
) -> None:
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    accepted = await ada.post("/api/v1/process", {"video_url": site.url}, status=202)
    job = await ada.until(accepted["job_id"])
    assert (job["status"], len(job["clips"])) == ("completed", 3), job
    assert job["source"]["duration_seconds"] == 30
    assert "/talk.mp4" in site.asked
    assert (job["title"], job["file_name"]) == ("A talk", "watch")
    [line] = (await ada.get("/api/v1/jobs?q=A%20talk"))["jobs"]
    assert (line["job_id"], line["title"]) == (job["job_id"], "A talk")


@pytest.mark.slow  # starts yt-dlp
async def test_a_title_of_the_request_goes_before_that_of_the_page(
    serve: Serve, config: Config, sources: Sources, site: Site
) -> None:
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    named = {"video_url": site.url, "title": "My talk"}
    accepted = await ada.post("/api/v1/process", named, status=202)
    job = await ada.until(accepted["job_id"])
    assert (job["status"], job["title"]) == ("completed", "My talk")


@pytest.mark.parametrize(
    ("title", "told"),
    [
        pytest.param(title, told, id=name, marks=() if name == "control" else pytest.mark.slow)
        for name, title, told in (
            ("control", "\u0001A\u0085 talk\u2028 of\x1b[31m\n ovens", "A talk of [31m ovens"),
            ("direction", "A \u202eklat\u202c &#8238;&#xD800;&#0;&#7;ovens", "A klat ovens"),
            ("markup", "Ovens &amp; &lt;script&gt;", "Ovens & <script>"),
            ("length", "パン " * 100_000, ("パン " * 100)[:200].strip()),
            ("invisible", "\u200b\u2060&#8203;", ""),
        )
    ],
)
async def test_a_title_of_a_page_is_one_short_line_whatever_the_page_says(
    sources: Sources, site: Site, tmp_path: Path, title: str, told: str
) -> None:
    site.title = title
    page = await page_video.fetch(site.url, tmp_path / "source", sources=sources)
    assert page == page_video.Page(title=told)


async def test_what_people_replay_on_a_page_is_told_beside_its_title(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the real library, with a site that knows such a curve; none of a test's own does."""
    import yt_dlp

    from klipfast_server.net import page_video_child as child

    class Heated(yt_dlp.extractor.common.InfoExtractor):  # type: ignore[misc]  # it is not typed
        _VALID_URL = r"https?://.*/watch"
        IE_NAME = "heated"

        def _real_extract(self, url: str) -> dict[str, object]:
            curve = [
                {"start_time": 2.0 * n, "end_time": 2.0 * n + 2, "value": n / 15} for n in range(15)
            ]
            file = url.replace("/watch", "/talk.mp4")
            return {"id": "1", "title": "A talk", "url": file, "ext": "mp4", "heatmap": curve}

    class Library:
        utils = yt_dlp.utils

        def YoutubeDL(self, options: dict[str, object]) -> object:
            found = yt_dlp.YoutubeDL(options, auto_init=False)
            found.add_info_extractor(Heated())
            return found

    path = tmp_path / "source"
    task = {"url": site.url, "path": str(path), "height": 720, "max_bytes": 1 << 30, "idle_s": 5}
    task |= {"min_free_bytes": 1, "js_runtime": "", "cookies": ""}
    assert await asyncio.to_thread(child.fetch, Library(), task, child.Heard(), []) is None
    assert path.stat().st_size > 0
    lines = [
        msgspec.json.decode(text, type=page_video.Line)
        for text in capsys.readouterr().out.splitlines()
    ]
    [told] = [line for line in lines if line.title]
    assert told.title == "A talk"
    assert [(part.start_s, part.end_s) for part in told.replayed[:2]] == [(0, 2), (2, 4)]
    assert len(told.replayed) == 15


async def test_without_yt_dlp_a_page_is_refused_at_once_and_the_message_says_what_to_do(
    serve: Serve, config: Config, sources: Sources, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_video, "PACKAGE", "yt_dlp_is_not_installed")
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))
    answer = await ada.post("/api/v1/process", {"video_url": site.url}, status=422)
    assert "klipfast[pages]" in answer["message"]


async def test_without_yt_dlp_a_page_that_comes_later_is_refused_too(
    sources: Sources, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_video, "PACKAGE", "yt_dlp_is_not_installed")
    with pytest.raises(FetchError, match=r"klipfast\[pages\]"):
        await page_video.fetch(site.url, tmp_path / "source", sources=sources)


async def test_a_page_without_a_video_is_told_so(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    url = str(site.server.make_url("/empty"))
    with pytest.raises(FetchError, match="No video could be found"):
        await page_video.fetch(url, tmp_path / "source", sources=sources)
    assert not (tmp_path / "source").exists()


async def test_a_video_that_is_too_large_is_not_kept(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.video = b"x" * 100_000
    small = msgspec.structs.replace(sources, max_bytes=50_000)
    with pytest.raises(FetchError, match="larger than the 50,000 bytes"):
        await page_video.fetch(site.url, tmp_path / "source", sources=small)
    assert not (tmp_path / "source").exists()


@pytest.mark.parametrize(
    ("path", "src"),
    [
        ("/endless", ""),
        ("/bomb", ""),
        pytest.param("/watch", "/moved.m3u8", marks=pytest.mark.slow),  # starts yt-dlp
    ],
)
async def test_a_page_that_is_too_large_is_cut_off(
    sources: Sources, site: Site, tmp_path: Path, path: str, src: str
) -> None:
    site.src = src
    with pytest.raises(FetchError, match="larger than the 10 MB that are read of one"):
        await page_video.fetch(
            str(site.server.make_url(path)), tmp_path / "source", sources=sources
        )
    assert site.sent_mb < 50


async def test_a_video_may_be_larger_than_a_page(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.video = b"x" * 11_000_000
    await page_video.fetch(site.url, tmp_path / "source", sources=sources)
    assert (tmp_path / "source").stat().st_size == 11_000_000


@pytest.mark.parametrize(
    "src", ["http://127.0.0.1:{port}/talk.mp4", "http://localhost:{port}/a.mp4"]
)
async def test_what_a_page_leads_to_is_guarded_like_the_page_itself(
    sources: Sources, site: Site, tmp_path: Path, src: str
) -> None:
    """The child sees every socket; only what came before it is let through in this test."""
    site.src = src.format(port=site.server.port)
    guarded = msgspec.structs.replace(sources, allow_private=False)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1, which is not a public address"):
        await page_video.fetch(
            site.url, tmp_path / "source", sources=guarded, guard=FirstIsPublic()
        )
    assert site.asked == ["/watch"]  # our own look, and none of yt-dlp


@pytest.mark.slow  # starts yt-dlp
@pytest.mark.parametrize("show", [Site.show, Site.show_fragments])
async def test_the_best_picture_and_the_best_sound_are_joined(
    sources: Sources, site: Site, tmp_path: Path, show: Callable[[Site, Path], None]
) -> None:
    show(site, tmp_path)
    shares: list[float] = []
    folder = tmp_path / "work"
    folder.mkdir()
    await page_video.fetch(site.url, folder / "source", sources=sources, progress=shares.append)
    source = probing.probe(folder / "source")
    assert source.video is not None
    assert (source.video.width, source.video.height) == (320, 180)
    assert source.duration_s == pytest.approx(6.0, abs=0.2)
    heard = speech_audio.load_audio(source, tmp_path, Control())
    assert onsets(heard.samples) == pytest.approx(BEEPS, abs=0.05)
    assert [path.name for path in folder.iterdir()] == ["source"]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.slow  # starts yt-dlp
async def test_of_several_sizes_the_largest_within_the_height_is_taken(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.show(tmp_path)
    low = msgspec.structs.replace(sources, page_height=100)
    await page_video.fetch(site.url, tmp_path / "source", sources=low)
    assert "/small.ts" in site.asked
    assert "/picture.ts" not in site.asked


@pytest.mark.slow  # starts yt-dlp
async def test_picture_and_sound_together_keep_to_the_limit(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    """Each alone would fit."""
    site.show(tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    picture, sound = len(site.files["/picture.ts"]), len(site.files["/sound.ts"])
    small = msgspec.structs.replace(sources, max_bytes=max(picture, sound) + 1000)
    with pytest.raises(FetchError, match="larger than the"):
        await page_video.fetch(site.url, folder / "source", sources=small)
    assert "/sound.ts" in site.asked
    assert list(folder.iterdir()) == []


@pytest.mark.slow  # starts yt-dlp
async def test_a_half_that_is_no_medium_is_told_and_leaves_nothing(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.show(tmp_path)
    site.files["/sound.ts"] = b"no sound at all" * 100
    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(FetchError, match="cannot be joined"):
        await page_video.fetch(site.url, folder / "source", sources=sources)
    assert list(folder.iterdir()) == []


@pytest.mark.slow  # starts yt-dlp
async def test_cookies_of_the_settings_reach_the_site_and_their_file_stays_as_it_is(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIES)
    file.chmod(0o400)
    known = msgspec.structs.replace(sources, cookies_file=str(file))
    page_settings.check(known)
    await page_video.fetch(site.url, tmp_path / "source", sources=known)
    assert site.cookies[0] == ""  # our own look at it
    assert "session=secret-of-ada" in site.cookies[-1]
    assert file.read_text() == COOKIES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"domain": "127.0.0.1"}]', "Netscape"),
        (COOKIES + "127.0.0.1 FALSE / FALSE 0 session secret-of-ada", "line 3 .* 7 fields"),
        ("# Netscape HTTP Cookie File\n" + "x" * 1_000_001, "larger"),
        (None, "cannot be read"),
    ],
)
def test_a_cookies_file_that_is_none_is_told_at_the_start_without_its_secrets(
    sources: Sources, tmp_path: Path, text: str | None, told: str
) -> None:
    file = tmp_path / "cookies.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=told) as raised:
        page_settings.check(msgspec.structs.replace(sources, cookies_file=str(file)))
    assert "sources.cookies_file" in str(raised.value)
    assert "secret-of-ada" not in str(raised.value)


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_cookies_that_others_can_read_are_warned_about(
    sources: Sources, tmp_path: Path, mode: int, warned: bool
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIES)
    file.chmod(mode)
    with capture_logs() as logged:
        page_settings.check(msgspec.structs.replace(sources, cookies_file=str(file)))
    assert bool(logged) is warned
    assert "secret-of-ada" not in str(logged)


async def test_what_yt_dlp_says_to_its_own_users_is_said_for_those_of_the_server() -> None:
    import yt_dlp

    from klipfast_server.net import page_video_child as child

    def said(message: str, *warnings: str) -> str:
        heard = child.Heard()
        heard.texts.extend(warnings)
        cause = yt_dlp.utils.ExtractorError(message, expected=True)
        error = yt_dlp.utils.DownloadError(message, (type(cause), cause, None))
        return child._sentence(yt_dlp, error, heard)

    bot = "Sign in to confirm you're not a bot. Use --cookies-from-browser or --cookies"
    assert "sources.cookies_file" in said(bot)
    assert "--cookies" not in said(bot)
    missing = "No supported JavaScript runtime could be found. Only deno is enabled by default"
    formats = said("Requested format is not available", missing)
    assert "Requested format is not available; perhaps the site needs" in formats
    assert "sources.js_runtime" in formats
    assert said("This video is private").endswith("This video is private.")


@pytest.mark.parametrize("path", ["deno", "/usr/bin/true", "/nowhere/deno"])
def test_a_runtime_that_cannot_be_it_is_told_at_the_start(sources: Sources, path: str) -> None:
    with pytest.raises(ConfigError, match=r"sources\.js_runtime"):
        page_settings.check(msgspec.structs.replace(sources, js_runtime=path))


def child_pids(needle: str) -> list[int]:
    """Running processes that were given this argument."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if needle.encode() in _read(path)
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_canceling_kills_the_child(sources: Sources, site: Site, tmp_path: Path) -> None:
    site.hold.clear()
    site.video = b"x" * 1000
    task = asyncio.create_task(page_video.fetch(site.url, tmp_path / "source", sources=sources))
    async with asyncio.timeout(60):
        while site.asked.count("/talk.mp4") < 1:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
    assert child_pids(str(page_video.CHILD))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child_pids(str(page_video.CHILD)) == []


async def test_what_a_child_has_started_is_killed_where_it_ends_itself(
    sources: Sources, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child, left = tmp_path / "child.py", str(tmp_path / "left")
    child.write_text(f"""
import os, subprocess, sys
wait = [sys.executable, "-c", "import time; time.sleep(60)", {left!r}]
subprocess.Popen(wait, stdout=subprocess.DEVNULL)
os.kill(os.getpid(), 9)
""")
    monkeypatch.setattr(page_video, "CHILD", child)
    with pytest.raises(FetchError, match="had not enough memory"):
        await page_video.fetch(site.url, tmp_path / "source", sources=sources)
    async with asyncio.timeout(5):
        while child_pids(left):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


@pytest.mark.slow  # waits for a deadline
async def test_the_whole_download_has_its_time(
    sources: Sources, site: Site, tmp_path: Path
) -> None:
    site.hold.clear()
    short = msgspec.structs.replace(sources, timeout_s=2.0)
    with pytest.raises(FetchError, match="within 2 seconds"):
        await page_video.fetch(site.url, tmp_path / "source", sources=short)
    assert child_pids(str(page_video.CHILD)) == []


def test_a_page_that_takes_too_much_memory_is_told() -> None:
    """In a process of its own, which is limited for good."""
    import subprocess
    import sys

    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from klipfast_server.net import page_video_child as child
class Library:
    def YoutubeDL(self, options):
        bytearray(child.MEMORY_BYTES)
child.limit(max_bytes=1)
task = dict(path="", max_bytes=1, height=1, idle_s=1, cookies="", js_runtime="")
print(child.fetch(Library(), task, child.Heard(), []))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "The web page takes more memory than it may have.\n", done.stderr


def test_the_guard_lets_nothing_private_through_and_starts_nothing() -> None:
    """In a process of its own: an audit hook stays for good."""
    import subprocess
    import sys

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = f"""
import socket, subprocess, sys, os, urllib.request
sys.path.insert(0, {str(ROOT)!r})
from klipfast_server.net.page_guard import Refused, guard
guard(allow_private=False, refused=[])
def tries():
    yield lambda: socket.create_connection(("127.0.0.1", {port}), 1)
    yield lambda: socket.create_connection(("localhost", {port}), 1)
    yield lambda: socket.socket().connect_ex(("127.0.0.1", {port}))
    yield lambda: socket.socket(socket.AF_INET6).connect(("::1", {port}))
    yield lambda: socket.socket(socket.AF_UNIX).connect("/run/anything")
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 53))
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("10.0.0.1", 53))
    yield lambda: urllib.request.urlopen("http://127.0.0.1:{port}/", timeout=1)
    yield lambda: subprocess.run(["true"])
    yield lambda: os.system("true")
    yield lambda: os.posix_spawn("/bin/true", ["true"], {{}})
    yield lambda: os.execv("/bin/true", ["true"])
    yield lambda: os.fork()
for number, attempt in enumerate(tries()):
    try:
        attempt()
    except OSError as error:
        cause = error if isinstance(error, Refused) else error.reason
        assert isinstance(cause, Refused), (number, error)
    else:
        sys.exit(f"attempt {{number}} went through")
print("all refused")
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
        )
    assert done.stdout == "all refused\n", done.stderr


def test_only_the_runtime_of_the_settings_is_started_and_only_by_its_path(tmp_path: Path) -> None:
    """yt-dlp asks it for its version; everything else of that name is refused."""
    import os
    import subprocess
    import sys

    for folder in ("right", "wrong"):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "deno"
        program.write_text(f"#!/bin/sh\necho started >> {tmp_path}/{folder}.log\necho deno 2.5.0\n")
        program.chmod(0o755)
    right, wrong = str(tmp_path / "right" / "deno"), str(tmp_path / "wrong" / "deno")
    page_settings.check(
        msgspec.structs.replace(load(ROOT / "config.toml", {}).sources, js_runtime=right)
    )
    script = f"""
import os, subprocess, sys
sys.path.insert(0, {str(ROOT)!r})
import yt_dlp
from klipfast_server.net import page_guard, page_video_child as child
task = dict(max_bytes=1, height=1, idle_s=1, cookies="", js_runtime={right!r})
page = yt_dlp.YoutubeDL(child._options(task, child.Heard()))
page_guard.guard(allow_private=True, refused=[], program={right!r})
info = page._js_runtimes["deno"].info
assert (info.path, info.version, info.supported) == ({right!r}, "2.5.0", True), info
def tries():
    yield lambda: subprocess.run(["deno", "--version"])
    yield lambda: subprocess.run([{wrong!r}])
    yield lambda: subprocess.run([{right!r}], executable={wrong!r})
    yield lambda: subprocess.run({right!r}, shell=True)
    yield lambda: subprocess.run(["/bin/sh", "-c", {right!r}])
    yield lambda: os.system({right!r})
    yield lambda: os.posix_spawn({wrong!r}, ["deno"], {{}})
    yield lambda: os.execv({right!r}, ["deno"])
for number, attempt in enumerate(tries()):
    try:
        attempt()
    except page_guard.Refused:
        pass
    else:
        sys.exit(f"attempt {{number}} went through")
print("only the one")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": f"{tmp_path}/wrong:{os.environ['PATH']}"},
    )
    assert done.stdout == "only the one\n", done.stderr
    assert (tmp_path / "right.log").read_text() == "started\n"
    assert not (tmp_path / "wrong.log").exists()
