"""Markup that callers store is text wherever it comes out: no page, caption or timeline runs it."""

import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from belongings import Belongings, belongings, owned
from caller import Caller, Client
from fake_engine import FakeEngine
from html_tags import Tags
from opentimelineio import adapters
from yarl import URL

pytestmark = pytest.mark.usefixtures("unlimited")


MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'\"><script>alert(1)</script>",
    "<a href=javascript:alert(1)>a</a>",
    "<!--<script>alert(1)//-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "]]><script>alert(1)</script>",
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    "&b;&lt;script&gt;",
    "{{7*7}}{%for a in b%}",
    "{\\an8\\fs200}{\\p1}m 0 0 l 1 1",
    "{\\fnArial\\N\\nDialogue: 0,0:00:00.00,9:59:59.99,Default,,0,0,0,,forged",
    "00:00:00,000 --> 09:59:59,999",
    "-->",
    "WEBVTT STYLE ::cue { background: url(http://127.0.0.1/) }",
    "<v.a.b Ann><c.red><00:00:01.000>",
    "[a](javascript:alert(1)) ![b](http://127.0.0.1/)",
    "# <script>",
    "=cmd|' /C calc'!A0",
    "a\u202e\u2066\u200b",
)


@pytest.fixture
async def things(ada: Caller) -> Belongings:
    """What Ada has."""
    return await belongings(ada, "xylograph")


async def rendered(ada: Caller, clip_id: str, text: str) -> Any:
    """A job whose clip has this title and says this."""
    words = [
        {"text": text[:100], "start_seconds": 1, "end_seconds": 2},
        {"text": "and so on.", "start_seconds": 3, "end_seconds": 4},
    ]
    body = {"title": text, "words": words, "metadata": {text[:64]: text}}
    made = await ada.post(f"/api/v1/clips/{clip_id}/renders", body, 202)
    return await ada.until(made["job_id"])


async def test_a_title_and_words_are_text_everywhere(ada: Caller, things: Belongings) -> None:
    for text in MARKUP:
        job = await rendered(ada, things.ids["clip_id"], text)
        assert job["status"] == "completed", job
        [clip] = job["clips"]
        assert (clip["title"], job["metadata"]) == (text, {text[:64]: text})
        transcript = await ada.get(f"/api/v1/jobs/{job['job_id']}/transcript")
        assert transcript["words"][0]["text"] == text[:100].strip()
        captions = f"/api/v1/clips/{clip['clip_id']}/captions?format="
        check_cues((await _of(ada, f"{captions}srt")).rstrip("\n").split("\n\n"))
        said = await _of(ada, f"{captions}vtt")
        check_cues(said.rstrip("\n").split("\n\n")[1:])
        assert "<script" not in said
        assert "<img" not in said
        check_events(await _of(ada, f"{captions}ass"))
        await check_timelines(ada, job["job_id"])


async def test_the_name_of_a_speaker_is_text_everywhere_or_refused(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job = await ada.done(20)
    path = f"/api/v1/jobs/{job['job_id']}"
    captions = f"/api/v1/clips/{job['clips'][0]['clip_id']}/captions?format="
    for text in MARKUP:
        name = text[:80]
        status = 400 if set(name) & set("<>\u202e\u2066") else 200
        names = {"names": {"Speaker 1": name}}
        await ada.send("PATCH", f"{path}/speakers", status, json=names)
        if status == 200:
            transcript = await ada.get(f"{path}/transcript")
            assert transcript["sentences"][0]["speaker"] == name.strip()
        for said in (
            await _of(ada, f"{path}/transcript?format=vtt"),
            await _of(ada, f"{captions}vtt"),
        ):
            check_cues(said.rstrip("\n").split("\n\n")[1:])
            assert said.count("<") == said.count("<v ")
        check_events(await _of(ada, f"{captions}ass"))


async def test_ones_own_text_is_text_in_html(ada: Caller, things: Belongings) -> None:
    path = f"/api/v1/jobs/{things.ids['job_id']}/texts"
    for text in MARKUP:
        for kind in ("twitter_thread", "blog_post"):
            await ada.send("PUT", f"{path}/{kind}", json={"text": text})
            response = await ada.call("GET", f"{path}/{kind}?format=html")
            assert response.headers["Content-Disposition"].startswith("attachment;")
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            page = await response.text()
            found = Tags(page)
            assert found.names() <= {"article", "h1", "p", "a", "br", "em"}, page
            values = [value for _, attributes in found.tags for value in attributes.values()]
            assert not any((value or "").startswith("javascript:") for value in values)


def check_cues(blocks: list[str]) -> None:
    """Each block of SRT or WebVTT has its times once, before its text."""
    for block in blocks:
        numbered = block.partition("\n")[0].isdigit()
        times = [n for n, line in enumerate(block.splitlines()) if "-->" in line]
        assert times == [int(numbered)], block


def check_events(content: str) -> None:
    """Each event of ASS has the times of the clip, and no tag that was not meant."""
    events = [line for line in content.splitlines() if line.startswith("Dialogue:")]
    assert events
    for event in events:
        _, start, end, *_ = event.split(",", 9)
        assert start < end < "0:00:10"
        assert "\\fs200" not in event.replace("\\\\", "")
        assert "\\p1" not in event
    assert content.count("Dialogue:") - len(events) <= content.count("forged")


async def check_timelines(ada: Caller, job_id: str) -> None:
    """Each is well formed, is saved and not shown, and has no entities."""
    for form in ("otio", "fcpxml", "fcp7xml", "edl"):
        response = await ada.call("GET", f"/api/v1/jobs/{job_id}/timeline?format={form}")
        assert response.headers["Content-Disposition"].startswith("attachment;")
        content = await response.text()
        if form == "otio":
            assert adapters.read_from_string(content, "otio_json") is not None
        if form in ("fcpxml", "fcp7xml"):
            ET.fromstring(content)
            assert "<!ENTITY" not in content
            assert "<script" not in content


async def _of(ada: Caller, path: str) -> str:
    response = await ada.call("GET", path)
    assert response.status == 200, await response.text()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "html" not in response.headers["Content-Type"]
    return await response.text()


@pytest.mark.slow  # a tour of all routes
async def test_the_name_of_a_file_is_text_everywhere(ada: Caller) -> None:
    for number, name in enumerate(MARKUP):
        path = URL(f"/api/v1/uploads?filename={quote(name, safe='')}", encoded=True)
        upload = await ada.send("POST", path, 201, data=f"seconds {20 + number}".encode())
        body = {"video_url": upload["video_url"]}
        job_id = (await ada.post("/api/v1/process", body, 202))["job_id"]
        await ada.until(job_id)
        await check_timelines(ada, job_id)


PAGES = ("/docs", "/")


async def test_only_the_documentation_and_the_studio_are_pages(
    ada: Caller, things: Belongings, client: Client
) -> None:
    assert client.app is not None
    evil = quote("<script>alert(1)</script>", safe="")
    paths = [
        *owned(client.app, things),
        *(str(route.resource.canonical) for route in client.app.router.routes() if route.resource),
        f"/{evil}",
        f"/docs/{evil}",
        f"/api/v1/jobs/{evil}",
        f"/api/v1/jobs?{evil}={evil}",
        f"/api/v1/caption-styles/{evil}/preview.png",
        f"/api/v1/caption-styles/{evil}/motion.webp",
        f"/files/{evil}?name={evil}.html&expires=1&signature=a",
    ]
    for path in paths:
        response = await ada.call("GET", URL(path.replace("{", "").replace("}", ""), encoded=True))
        kind = response.headers.get("Content-Type", "")
        assert response.headers["X-Content-Type-Options"] == "nosniff", path
        assert ("html" in kind) == (path in PAGES), (path, kind)
        assert "svg" not in kind
        assert "javascript" not in kind
        if path not in PAGES:
            assert b"<script" not in await response.read() or "json" in kind


async def test_a_link_named_like_a_page_is_saved_and_not_shown(
    things: Belongings, client: Client
) -> None:
    """Only pictures are shown; whatever else is behind a link, its name decides nothing more."""
    response = await client.get(URL(things.link).relative())
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "video/mp4"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


HOSTS = (
    '"><script>alert(1)</script>',
    "a'b",
    "a<b>",
    "a&b",
    "a;b",
    "a/b",
    "a#b",
    "javascript:alert(1)",
    "[::1]<",
    "é.example",
)


async def test_the_page_of_documentation_has_no_text_of_its_reader(client: Client) -> None:
    for host in HOSTS:
        response = await client.get("/docs", headers={"Host": host})
        assert (response.status, (await response.json())["field"]) == (400, "Host"), host


INLINE = re.compile(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=")


async def test_pages_run_only_files_of_the_server(client: Client) -> None:
    for path in ("/docs", "/docs/jobs", "/docs/types", "/"):
        response = await client.get(path, headers={"Host": "a.example"})
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "<script" in page
        assert not INLINE.search(page), path
    assert "javascript:" not in page
