"""Videos in web pages: off unless allowed, then by yt-dlp, bounded and guarded like any source."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, make_caller
from project_paths import ROOT
from synthetic_media import onsets
from witness import FirstIsPublic

from klipfast_server.core.config import Config, Sources, load
from klipfast_server.net import page_settings, page_video
from klipfast_server.net.guarded_client import FetchError
from pipeline.core.control import Control
from pipeline.media import probing, speech_audio

from .conftest import BEEPS, Site

pytest.importorskip("yt_dlp", reason="klipfast[pages] is not installed")

COOKIES = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret-of-ada\n"
Serve = Callable[[Config], Awaitable[Client]]
Fetch = Callable[..., Awaitable[page_video.Page]]


@pytest.fixture
def sources() -> Sources:
    """Pages and private addresses allowed."""
    shipped = load(ROOT / "config.toml", {}).sources
    return msgspec.structs.replace(shipped, allow_private=True, pages=True, idle_s=5.0)


@pytest.fixture
def fetch(sources: Sources, site: Site, tmp_path: Path) -> Fetch:
    """Save what is at a path of the site as `source`, under changed settings."""

    async def call(path: str = "/watch", **changed: Any) -> page_video.Page:
        url, changes = str(site.server.make_url(path)), msgspec.structs.replace(sources, **changed)
        return await page_video.fetch(url, tmp_path / "source", sources=changes)

    return call


@pytest.fixture
async def ada(serve: Serve, config: Config, sources: Sources) -> Caller:
    """A caller of a server that reads pages."""
    return await make_caller(await serve(msgspec.structs.replace(config, sources=sources)))


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


async def test_a_job_takes_the_video_out_of_its_page(ada: Caller, site: Site) -> None:
    accepted = await ada.post("/api/v1/process", {"video_url": site.url}, status=202)
    job = await ada.until(accepted["job_id"])
    assert (job["status"], len(job["clips"])) == ("completed", 3), job
    assert job["source"]["duration_seconds"] == 30
    assert "/talk.mp4" in site.asked
    assert (job["title"], job["file_name"]) == ("A talk", "watch")
    [line] = (await ada.get("/api/v1/jobs?q=A%20talk"))["jobs"]
    assert (line["job_id"], line["title"]) == (job["job_id"], "A talk")


@pytest.mark.slow  # starts yt-dlp
async def test_a_title_of_the_request_goes_before_that_of_the_page(ada: Caller, site: Site) -> None:
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
    fetch: Fetch, site: Site, title: str, told: str
) -> None:
    site.title = title
    page = await fetch()
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
    ada: Caller, fetch: Fetch, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_video, "PACKAGE", "yt_dlp_is_not_installed")
    answer = await ada.post("/api/v1/process", {"video_url": site.url}, status=422)
    assert "klipfast[pages]" in answer["message"]
    with pytest.raises(FetchError, match=r"klipfast\[pages\]"):
        await fetch()  # as of a job that was accepted without a look


async def test_a_page_without_a_video_is_told_so(fetch: Fetch, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="No video could be found"):
        await fetch("/empty")
    assert not (tmp_path / "source").exists()


async def test_a_video_that_is_too_large_is_not_kept(
    fetch: Fetch, site: Site, tmp_path: Path
) -> None:
    site.video = b"x" * 100_000
    with pytest.raises(FetchError, match="larger than the 50,000 bytes"):
        await fetch(max_bytes=50_000)
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
    fetch: Fetch, site: Site, path: str, src: str
) -> None:
    site.src = src
    with pytest.raises(FetchError, match="larger than the 10 MB that are read of one"):
        await fetch(path)
    assert site.sent_mb < 50


async def test_a_video_may_be_larger_than_a_page(fetch: Fetch, site: Site, tmp_path: Path) -> None:
    site.video = b"x" * 11_000_000
    await fetch()
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
    fetch: Fetch, site: Site, tmp_path: Path
) -> None:
    site.show(tmp_path)
    await fetch(page_height=100)
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
    fetch: Fetch, sources: Sources, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIES)
    file.chmod(0o400)
    page_settings.check(msgspec.structs.replace(sources, cookies_file=str(file)))
    await fetch(cookies_file=str(file))
    assert site.cookies[0] == ""  # our own look at it
    assert "session=secret-of-ada" in site.cookies[-1]
    assert file.read_text() == COOKIES


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
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        await fetch()
    async with asyncio.timeout(5):
        while child_pids(left):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


@pytest.mark.slow  # waits for a deadline
async def test_the_whole_download_has_its_time(fetch: Fetch, site: Site) -> None:
    site.hold.clear()
    with pytest.raises(FetchError, match="within 2 seconds"):
        await fetch(timeout_s=2.0)
    assert child_pids(str(page_video.CHILD)) == []
