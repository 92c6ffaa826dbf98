"""klipfast mcp, called by the protocol's own client: what an assistant can do, and cannot."""

import asyncio
import base64
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from caller import Caller, make_caller
from fake_engine import FakeEngine
from operator_command import OWN
from project_paths import ROOT

from klipfast_server.core import identifiers

pytest.importorskip("mcp", reason="the package mcp (klipfast[mcp]) is not installed")

from assistant import MAIN, Assistant, by_http, by_stdio, http_server, kept

READS = {
    "wait_for_job",
    "get_job",
    "list_jobs",
    "list_clips",
    "get_clip",
    "get_transcript",
    "get_text",
    "get_usage",
}
REPLACES = {"cancel_job", "correct_words", "write_text"}


def address(caller: Caller) -> str:
    """The server that the caller calls."""
    return str(caller.client.make_url("/")).rstrip("/")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A talk of two clips."""
    path = tmp_path / "talk.mp4"
    path.write_text("seconds 20")
    return path


@pytest.fixture
async def assistant(ada: Caller) -> AsyncIterator[Assistant]:
    """Ada's, on the machine that has her files."""
    async with kept(by_stdio(address(ada), ada.key)) as assistant:
        yield assistant


@pytest.fixture
async def endpoint(ada: Caller) -> AsyncIterator[str]:
    """klipfast mcp over HTTP, with a key of its own that no caller may come to use."""
    async with http_server(address(ada), KLIPFAST_KEY=ada.key) as url:
        yield url


async def test_a_file_becomes_clips_that_can_be_fetched(
    assistant: Assistant, ada: Caller, talk: Path
) -> None:
    accepted = await assistant.call(
        "submit_talk", source=str(talk), title="A talk", caption_style="karaoke"
    )
    job = await assistant.ended(accepted["job_id"])
    assert (job["status"], job["title"], len(job["clips"])) == ("completed", "A talk", 2)
    assert assistant.progress == sorted(set(assistant.progress))
    assert assistant.progress[-1] == 1
    listed = await assistant.call("list_clips", job_id=job["job_id"], limit=1)
    assert listed["next_cursor"]
    [clip] = listed["clips"]
    told = await assistant.call("get_clip", clip_id=clip["clip_id"])
    assert (told["caption_style"], told["job_id"]) == ("karaoke", job["job_id"])
    response = await ada.client.session.get(told["download_url"])
    assert (await response.read()).startswith(b"clip of ")
    assert (await assistant.call("get_usage"))["plan"] == "business"


async def test_a_clip_is_seen_changed_and_made_of_another_span(
    assistant: Assistant, talk: Path
) -> None:
    job = await assistant.ended((await assistant.call("submit_talk", source=str(talk)))["job_id"])
    clip_id = job["clips"][0]["clip_id"]
    seen: Any = await assistant.client.call_tool(
        "edit_clip", {"clip_id": clip_id, "title": "Other", "preview_at_seconds": 3}
    )
    picture = seen.content[1]
    assert (picture.type, picture.mime_type) == ("image", "image/jpeg")
    assert b"Other at 3, 360 wide" in base64.b64decode(picture.data)
    assert len((await assistant.call("list_jobs"))["jobs"]) == 1  # nothing was rendered
    look = {"caption_style": "karaoke"}
    edited = await assistant.call("edit_clip", clip_id=clip_id, title="Other", options=look)
    again = await assistant.ended(edited["job_id"])
    assert (again["rerender_of"], again["clips"][0]["title"]) == (clip_id, "Other")
    made = await assistant.call(
        "make_clip", job_id=job["job_id"], start_seconds=2, end_seconds=8, title="Mine"
    )
    span = await assistant.ended(made["job_id"])
    assert (span["span_of"], span["clips"][0]["title"]) == (job["job_id"], "Mine")
    changed = await assistant.call("get_clip", clip_id=again["clips"][0]["clip_id"])
    assert changed["caption_style"] == "karaoke"
    derived = await assistant.call("list_jobs", source_job_id=job["job_id"], status="completed")
    assert {job["job_id"] for job in derived["jobs"]} == {again["job_id"], span["job_id"]}
    best = await assistant.call("list_clips", options={"min_virality_score": 100})
    assert best["clips"] == []


async def test_words_are_found_and_corrected_and_texts_replaced_and_rewritten(
    assistant: Assistant, engine: FakeEngine, talk: Path
) -> None:
    engine.spoken = {0: "Anna Carena left.", 1: "Nobody saw her."}
    job_id = (await assistant.call("submit_talk", source=str(talk)))["job_id"]
    await assistant.ended(job_id)
    found = await assistant.call("get_transcript", job_id=job_id, search="carena")
    assert (found["found"], found["sentences"][0]["text"]) == (1, "Anna Carena left.")
    page = await assistant.call("get_transcript", job_id=job_id, limit=1)
    rest = await assistant.call(
        "get_transcript", job_id=job_id, start_seconds=page["continue_at_seconds"]
    )
    assert rest["found"] == page["found"] - 1
    corrected = await assistant.call(
        "correct_words", job_id=job_id, heard="Anna Carena", said="Anna Karenina"
    )
    assert corrected["corrections"][0]["places"] == 1
    assert corrected["clips_to_render"]
    after = await assistant.call("get_transcript", job_id=job_id, search="karenina")
    assert after["found"] == 1
    texts = (await assistant.call("get_text", job_id=job_id))["texts"]
    assert {text["kind"] for text in texts} >= {"twitter_thread", "linkedin_post", "blog_post"}
    put = await assistant.call(
        "write_text", job_id=job_id, kind="linkedin_post", text="She had 77 horses."
    )
    assert (put["author"], len(put["warnings"])) == ("user", 1)
    own = await assistant.call("get_text", job_id=job_id, kind="linkedin_post")
    assert own["text"].strip() == "She had 77 horses."
    rewritten = await assistant.call(
        "write_text", job_id=job_id, kind="linkedin_post", options={"length": "short"}
    )
    assert (await assistant.ended(rewritten["job_id"]))["rewrite_of"] == job_id
    own = await assistant.call("get_text", job_id=job_id, kind="linkedin_post")
    assert "77" not in own["text"]


async def test_a_wait_is_bounded_and_a_job_can_be_canceled(
    assistant: Assistant, engine: FakeEngine, talk: Path
) -> None:
    engine.hold("listen")
    job_id = (await assistant.call("submit_talk", source=str(talk)))["job_id"]
    waiting = await assistant.call("wait_for_job", job_id=job_id, max_seconds=1)
    assert (waiting["ended"], waiting["status"]) == (False, "processing")
    await assistant.call("cancel_job", job_id=job_id)
    assert (await assistant.ended(job_id))["status"] == "canceled"
    engine.let_go("listen")


async def test_refusals_say_what_would_be_right(assistant: Assistant, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    silent.write_text("no audio")
    told = await assistant.refused("submit_talk", source=str(silent))
    assert "no sound" in told
    assert "422 unprocessable, no_audio, request req_" in told
    told = await assistant.refused(
        "submit_talk", source="https://example.com/a.mp4", caption_style="ugly"
    )
    assert "Known: white_bold, karaoke, none." in told
    assert "no file" in await assistant.refused("submit_talk", source=str(tmp_path / "absent.mp4"))
    assert "is no path" in await assistant.refused("submit_talk", source="a\0b.mp4")
    assert "no file" in await assistant.refused("submit_talk", source=str(tmp_path))
    assert "404 not_found" in await assistant.refused("get_job", job_id="../../healthz?")
    assert "get_usage has no argument titel" in await assistant.refused("get_usage", titel="Mine")
    assert "less than or equal to 600" in await assistant.refused(
        "wait_for_job", job_id="job_a", max_seconds=3600
    )
    assert "not both" in await assistant.refused(
        "write_text", job_id="job_a", kind="blog_post", text="Mine", options={"length": "short"}
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("submit_talk", {"titel": "Mine"}, "no argument titel. Known: source, title, clip_count,"),
        ("submit_talk", {"layout": "fit"}, 'Pass it in options: {"options": {"layout": …}}.'),
        ("submit_talk", {"options": {"title": "A"}}, "title. Pass it as an argument of its own"),
        ("submit_talk", {"options": {"layuot": "fit"}}, "no layuot. Known: mode, quality,"),
        ("submit_talk", {"options": {"video_url": "https://e.org/b"}}, "no video_url. Known:"),
        ("submit_talk", {"options": {"webhook_url": "https://e.org"}}, "no webhook_url. Known:"),
        ("submit_talk", {"options": {"layout": "fitt"}}, "Did you mean fit? Known: auto, crop"),
        ("submit_talk", {"options": "fit"}, "Input should be a valid dictionary"),
        ("submit_talk", {"clip_count": 99}, "clip_count must be 20 or less"),
        ("list_clips", {"order": "worst"}, "Known: newest, oldest, best"),
        ("list_clips", {"limit": 1000}, "limit must be 100 or less"),
        ("list_clips", {"kind": "story"}, 'Pass it in options: {"options": {"kind": …}}.'),
        ("list_clips", {"min_score": 70}, '{"options": {"min_virality_score": …}}.'),
    ],
)
async def test_a_wrong_argument_is_told_with_the_right_one(
    assistant: Assistant, tool: str, arguments: dict[str, Any], told: str
) -> None:
    source = {"source": "https://example.com/a.mp4"} if tool == "submit_talk" else {}
    assert told in await assistant.refused(tool, **source, **arguments)


async def test_only_files_below_the_named_folder_are_sent(
    ada: Caller, talk: Path, tmp_path: Path
) -> None:
    allowed = tmp_path / "talks"
    allowed.mkdir()
    (allowed / "inside.mp4").write_text("seconds 20")
    (allowed / "link.mp4").symlink_to(talk)
    async with by_stdio(address(ada), ada.key, "--files", str(allowed)) as assistant:
        for outside in (talk, allowed / "link.mp4", allowed / ".." / "talk.mp4"):
            told = await assistant.refused("submit_talk", source=str(outside))
            assert "outside" in told
        await assistant.call("submit_talk", source=str(allowed / "inside.mp4"))


@pytest.mark.slow  # starts a server
async def test_the_tools_say_what_they_change(assistant: Assistant) -> None:
    tools: Any = (await assistant.client.list_tools()).tools
    assert {tool.name for tool in tools if tool.annotations.read_only_hint} == READS
    assert {tool.name for tool in tools if tool.annotations.destructive_hint} == REPLACES
    guide = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    for tool in tools:
        assert tool.description
        assert f"| `{tool.name}` |" in guide
        assert tool.input_schema["additionalProperties"] is False
        assert len(tool.input_schema["properties"]) <= 6
        for name, argument in tool.input_schema["properties"].items():
            assert argument.get("description"), f"{tool.name}: {name}"
            for option, schema in argument.get("properties", {}).items():
                assert schema["description"], f"{tool.name}: {option}"
                assert "POST /api/v1/process" not in schema["description"]


@pytest.mark.slow  # waits for a server
async def test_a_wrong_key_and_a_server_that_is_away_are_told(
    ada: Caller, unused_tcp_port: int
) -> None:
    async with by_stdio(address(ada), "kf_live_sk_wrong") as assistant:
        told = await assistant.refused("get_usage")
        assert "401 unauthorized" in told
        assert "klipfast-server keys create" in told
    away = f"http://127.0.0.1:{unused_tcp_port}"
    async with by_stdio(away, ada.key) as assistant:
        assert f"No KlipFast server responds at {away}" in await assistant.refused("get_usage")
    async with http_server(away) as url, by_http(url, ada.key) as assistant:
        assert f"No KlipFast server responds at {away}" in await assistant.refused("get_usage")


@pytest.mark.slow  # starts a server
async def test_over_http_each_caller_has_their_own_jobs(endpoint: str, ada: Caller) -> None:
    bob = await make_caller(ada.client, account="bob", plan="business")
    upload = await ada.upload(b"seconds 20")
    async with by_http(endpoint, ada.key) as hers, by_http(endpoint, bob.key) as his:
        accepted = await hers.call("submit_talk", source=upload["video_url"])
        job = await hers.ended(accepted["job_id"])
        assert job["status"] == "completed"
        assert hers.progress[-1] == 1
        assert (await his.call("list_jobs"))["jobs"] == []
        assert "404" in await his.refused("get_job", job_id=job["job_id"])
        assert "404" in await his.refused("get_clip", clip_id=job["clips"][0]["clip_id"])
        assert len((await hers.call("list_jobs"))["jobs"]) == 1


async def answer(url: str, method: str = "POST", **headers: str) -> tuple[int, Any]:
    """Status and headers of the answer to a list of the tools."""
    accepted = {"Accept": "application/json, text/event-stream"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, json=ping, headers=accepted | headers) as response,
    ):
        return response.status, response.headers


async def test_over_http_nobody_uses_the_files_of_the_machine(
    endpoint: str, ada: Caller, talk: Path
) -> None:
    async with by_http(endpoint, ada.key) as hers:
        assert "Over HTTP only" in await hers.refused("submit_talk", source=str(talk))
        assert "video_url" in await hers.refused("submit_talk", source=f"file://{talk}")


async def test_over_http_nothing_is_told_and_no_stream_held_without_a_key(
    endpoint: str, ada: Caller
) -> None:
    unknown = identifiers.new_key()
    for sent in ("", "Bearer", "Bearer kf_live_sk_wrong", f"Basic {ada.key}", f"Bearer {unknown}"):
        status, headers = await answer(endpoint, Authorization=sent)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer"), sent
    for method in ("GET", "DELETE", "OPTIONS"):
        assert (await answer(endpoint, method))[0] == 401
        status, headers = await answer(endpoint, method, Authorization=f"Bearer {ada.key}")
        assert (status, headers["Allow"]) == (405, "POST")
    assert (await answer(endpoint.replace("/mcp", "/%6Dcp%0A")))[0] == 401


@pytest.mark.slow  # starts servers
async def test_other_hosts_and_origins_are_refused(endpoint: str, ada: Caller) -> None:
    async def status(url: str, **headers: str) -> int:
        return (await answer(url, Authorization=f"Bearer {ada.key}", **headers))[0]

    assert await status(endpoint) == 200
    assert await status(endpoint, Host="evil.example") == 421
    assert await status(endpoint, Origin="https://evil.example") == 403
    async with http_server(address(ada), "--allow-host", "mcp.example.com") as url:
        assert await status(url, Host="mcp.example.com", Origin="https://mcp.example.com") == 200
        assert await status(url, Host="evil.example") == 421


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--http", "8765"], "is not like 127.0.0.1:8765"),
        (["--http", "127.0.0.1:99999"], "is not like 127.0.0.1:8765"),
        (["--http", "127.0.0.1:0", "--files", "/"], "over HTTP no files are read"),
        (["--allow-host", "a.example"], "needs --http"),
        (["--server", "ftp://a"], "is not a server address"),
        (["--files", "/nowhere"], "there is no folder"),
        ([], "a key is needed"),
    ],
)
def test_invalid_options_are_refused_at_once(words: list[str], told: str) -> None:
    key = [] if told == "a key is needed" else ["--key", "kf_live_sk_x"]
    done = started([*key, *words])
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_without_the_package_the_error_names_it() -> None:
    missing = "import sys; sys.modules['mcp'] = None\n" + MAIN
    done = started(["--key", "kf_live_sk_x"], program=missing)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'klipfast[mcp]'" in done.stderr


async def test_only_the_protocol_is_on_stdout(ada: Caller) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MAIN, "mcp", "--server", address(ada), "--key", "wrong"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=OWN,
    )
    out, _ = await asyncio.wait_for(process.communicate(b"this is no JSON\n"), 30)
    assert process.returncode == 0  # stdin was closed
    for line in out.decode().splitlines():
        assert line.startswith('{"jsonrpc":"2.0"'), line


def started(words: list[str], program: str = MAIN) -> Any:
    """How klipfast mcp ended that does not come to serve."""
    return subprocess.run(
        [sys.executable, "-c", program, "mcp", *words],
        env=OWN,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
