"""klipfast: what it does on a server, in a process of its own, as a person calls it."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller
from fake_engine import FakeEngine
from operator_command import MAIN, OWN, Call, called, environment, on_terminal

from pipeline.core.errors import NoSpeech

NOWHERE = ("--server", "http://127.0.0.1:1")  # a call would be told as one


async def test_one_call_makes_a_file_clips_thumbnails_and_texts(
    klipfast: Call, engine: FakeEngine, talk: Path, tmp_path: Path
) -> None:
    engine.pictures = 2
    engine.withheld = {"blog_post": "Too little is said in 20 seconds for an article."}
    out = tmp_path / "clips" / "of the talk"
    done = await klipfast("submit", str(talk), "--watch", "--out", str(out))
    assert done.code == 0, done.err
    assert sorted(path.name for path in out.iterdir()) == [
        "1-The-best-moment-0.2.jpg",
        "1-The-best-moment-0.jpg",
        "1-The-best-moment-0.mp4",
        "2-The-best-moment-1.2.jpg",
        "2-The-best-moment-1.jpg",
        "2-The-best-moment-1.mp4",
        "post.txt",
        "thread.txt",
    ]
    assert (out / "1-The-best-moment-0.mp4").read_text() == "clip of 0.0 to 9.5 s"
    pictures = [out / f"1-The-best-moment-0{end}.jpg" for end in ("", ".2")]
    assert len({path.read_bytes() for path in pictures}) == 2
    assert (out / "post.txt").read_text() == "Word0.\n"
    assert done.out.endswith("\ntexts: Too little is said in 20 seconds for an article.\n")
    assert f" 80    9.5 s  {out / '1-The-best-moment-0.mp4'}\n" in done.out
    assert "The best moment 1" in done.out
    assert "uploading\n" in done.err
    assert f"{talk}, about " in done.err


async def test_json_is_json_alone(klipfast: Call, talk: Path, tmp_path: Path) -> None:
    accepted = (await klipfast("submit", str(talk), "--json")).json()
    assert accepted["status"] == "queued"
    job = (await klipfast("watch", accepted["job_id"], "--json")).json()
    assert (job["status"], len(job["clips"])) == ("completed", 2)
    assert (await klipfast("get", accepted["job_id"], "--json")).json() == job
    saved = (await klipfast("download", job["job_id"], "-o", str(tmp_path), "--json")).json()
    assert {Path(name).suffix for name in saved["files"]} == {".mp4", ".jpg", ".txt", ".md"}
    assert all(Path(name).is_file() for name in saved["files"])
    [line] = (await klipfast("list", "--json")).out.splitlines()
    assert json.loads(line)["job_id"] == job["job_id"]
    assert (await klipfast("usage", "--json")).json()["plan"] == "business"


async def test_the_lines_for_people_say_the_same(klipfast: Call, talk: Path) -> None:
    job_id = (await klipfast("submit", str(talk))).out.strip()
    assert job_id.startswith("job_")
    watched = await klipfast("watch", job_id)
    assert watched.out.startswith(f"{job_id}  completed\n 80    9.5 s  clip_")
    assert (await klipfast("get", job_id)).out == watched.out
    assert (await klipfast("list")).out.startswith(f"{job_id}  completed ")
    assert (await klipfast("list")).out.endswith("  talk\n")
    assert "minutes  0.3 of 3000\n" in (await klipfast("usage")).out


async def test_words_are_corrected(klipfast: Call, ada: Caller, engine: FakeEngine) -> None:
    engine.spoken = {0: "I read Anna Carena."}
    job_id = await ada.submit(20)
    clip_id = (await ada.until(job_id))["clips"][0]["clip_id"]
    assert (await klipfast("corrections", job_id)).out == ""
    made = await klipfast("corrections", job_id, "--word", "Anna Carena=Anna Karenina")
    assert made.out == f"Anna Carena -> Anna Karenina  1\nto render again: {clip_id}\n"
    shown = await klipfast("corrections", job_id, "--json")
    assert shown.json()["clips_to_render"] == [clip_id]
    back = await klipfast("corrections", job_id, "--word", "anna carena=")
    assert back.out == ""
    there = await klipfast("corrections", job_id, "--word", "I=We", "--at", "0")
    assert there.out.startswith("I -> We  1  at 0 s\n")
    wrong = await klipfast("corrections", job_id, "--word", "Carena")
    assert wrong.code == 2
    assert "'Carena' is not like" in wrong.err
    unknown = await klipfast("corrections", job_id, "--word", "Emma=Anna")
    assert unknown.code == 1
    assert "no 'Emma'" in unknown.err


async def test_speakers_are_shown_and_named(
    klipfast: Call, ada: Caller, engine: FakeEngine
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    engine.said = {0: "I'm Rosa."}
    job_id = await ada.submit(30)
    await ada.until(job_id)
    shown = await klipfast("speakers", job_id)
    assert shown.out == "Speaker 1  -  (somebody says 'Rosa')\nSpeaker 2  -\n"
    named = await klipfast("speakers", job_id, "--name", "Speaker 1=Rosa D.", "--json")
    assert [s["name"] for s in named.json()["speakers"]] == ["Rosa D.", None]
    back = await klipfast("speakers", job_id, "--name", "Speaker 1=")
    assert "Rosa D." not in back.out
    wrong = await klipfast("speakers", job_id, "--name", "Rosa")
    assert wrong.code == 2
    assert "'Rosa' is not like" in wrong.err
    unknown = await klipfast("speakers", job_id, "--name", "Speaker 9=Rosa")
    assert unknown.code == 1
    assert "Speaker 2" in unknown.err


async def test_an_archive_is_saved(klipfast: Call, ada: Caller, tmp_path: Path) -> None:
    job_id = await ada.submit(20)
    await ada.until(job_id)
    saved = await klipfast("archive", job_id, "-o", "out/job.zip")
    assert saved.out == "out/job.zip\n", saved.err
    with ZipFile(tmp_path / "out" / "job.zip") as found:
        assert found.testzip() is None
        assert len([name for name in found.namelist() if name.endswith(".mp4")]) == 2
    none = await klipfast("archive", "job_none", "-o", "none.zip")
    assert (none.code, "no job" in none.err) == (1, True)
    assert sorted(path.name for path in tmp_path.rglob("*zip*")) == ["job.zip"]


async def test_a_reel_is_made_and_saved(klipfast: Call, ada: Caller, tmp_path: Path) -> None:
    job_id = await ada.submit(40)
    clips = (await ada.until(job_id))["clips"]
    named = ["--clip", clips[0]["clip_id"], "--clip", clips[2]["clip_id"]]
    made = await klipfast("reel", job_id, *named, "--title", "Mine", "--download", "out", "--json")
    assert made.code == 0, made.err
    job = made.json()
    assert (job["reel_of"], [clip["title"] for clip in job["clips"]]) == (job_id, ["Mine"])
    assert job["clips"][0]["duration"] == 19
    assert len(list((tmp_path / "out").glob("*.mp4"))) == 1
    begun = await klipfast("reel", job_id, "--max-seconds", "30")
    assert begun.out.startswith("job_")
    wrong = await klipfast("reel", job_id, "--max-seconds", "300")
    assert (wrong.code, "max_seconds" in wrong.err) == (1, True)


async def test_a_clip_is_rendered_again(klipfast: Call, ada: Caller, tmp_path: Path) -> None:
    job_id = await ada.submit(20)
    clip_id = (await ada.until(job_id))["clips"][0]["clip_id"]
    words = ["--style", "karaoke", "--aspect", "1:1", "--title", "Mine", "--motion", "none"]
    words += ["--no-emphasis", "--start", "0", "--end", "5", "--out", "out", "--json"]
    job = (await klipfast("render", clip_id, *words)).json()
    assert (job["rerender_of"], job["files"][0]) == (clip_id, "out/1-Mine.mp4")
    assert (tmp_path / "out" / "1-Mine.mp4").is_file()
    versions = (await ada.get(f"/api/v1/clips/{clip_id}/versions"))["versions"]
    [new, old] = [(clip["clip_id"], clip["caption_style"]) for clip in versions]
    assert (new[1], old) == ("karaoke", (clip_id, "white_bold"))
    assert versions[0]["end_seconds"] == 5
    told = await klipfast("render", new[0], "--hook-title", "--watch")
    assert f"  completed  a new version of {new[0]}\n" in told.out, told.err
    [last, *_] = (await klipfast("list")).out.splitlines()
    assert last.endswith(f"(from {new[0]})")
    wrong = await klipfast("render", clip_id, "--start", "5", "--end", "2")
    assert (wrong.code, "from 5 to 2 s" in wrong.err) == (1, True), wrong.err


async def test_parts_are_cut_and_restored(klipfast: Call, ada: Caller) -> None:
    heard = (await ada.done(20))["clips"][0]
    words = [{"text": f"{n}", "start_seconds": n, "end_seconds": n + 0.9} for n in range(9)]
    spoken = await ada.made(f"/api/v1/clips/{heard['clip_id']}/renders", {"words": words})
    clip = spoken["clips"][0]

    async def rendered(clip_id: str, *words: str) -> Any:
        """The clip that is made with these options."""
        job = await klipfast("render", clip_id, *words, "--watch", "--json")
        assert job.code == 0, job.err
        return job.json()["clips"][0]

    async def cuts(clip_id: str) -> Any:
        return (await ada.get(f"/api/v1/clips/{clip_id}/transcript"))["cuts"]

    less = await rendered(clip["clip_id"], "--cut", "0:02-4", "--cut", "6-0:07.5")
    both = await cuts(less["clip_id"])
    assert [cut["start_seconds"] for cut in both] == [2, 6]
    assert less["duration"] < clip["duration"]
    kept = await rendered(less["clip_id"], "--title", "Mine")
    assert await cuts(kept["clip_id"]) == both  # what is not named stays
    one = await rendered(kept["clip_id"], "--cut", "2-4")
    assert await cuts(one["clip_id"]) == both[:1]
    whole = await rendered(one["clip_id"], "--no-cuts")
    assert await cuts(whole["clip_id"]) == []
    assert whole["duration"] == clip["duration"]


async def test_a_job_is_opened_in_the_browser(klipfast: Call, ada: Caller, tmp_path: Path) -> None:
    job_id = await ada.submit(10)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    page = f"{ada.client.make_url('/')}#/jobs/{job_id}\n"
    opened = await called("open", job_id, environ=environment(ada) | {"BROWSER": str(browser)})
    assert (opened.out, (tmp_path / "opened").read_text()) == (page, page), opened.err
    nowhere = environment(ada) | {"PATH": str(tmp_path)}
    assert (await called("open", job_id, environ=nowhere)).out == page
    assert (await klipfast("open", "job_x")).code == 1


async def test_the_time_runs_on_while_nothing_is_told(
    ada: Caller, engine: FakeEngine, talk: Path
) -> None:
    engine.hold("listen")
    code, screen = await asyncio.to_thread(
        on_terminal,
        ("-c", MAIN, "submit", str(talk), "--watch"),
        environment(ada),
        (r"to go.* % (\d:\d\d)\b.* % (?!\1)\d:\d\d", lambda: engine.let_go("listen")),
    )
    assert (code, "completed" in screen) == (0, True), screen


async def test_chapters_are_printed(klipfast: Call, ada: Caller) -> None:
    job_id = await ada.submit(40)
    await ada.until(job_id)
    assert (await klipfast("chapters", job_id)).out == "0:00 Topic 0\n0:10 Topic 1\n0:20 Topic 2\n"
    four = await klipfast("chapters", job_id, "--count", "4", "--format", "vtt")
    assert four.out.endswith("00:00:30.000 --> 00:00:40.000\nTopic 3\n")
    told = (await klipfast("chapters", job_id, "--json")).json()
    assert [c["title"] for c in told["chapters"]] == ["Topic 0", "Topic 1", "Topic 2"]
    two = await klipfast("chapters", job_id, "--count", "2")
    assert (two.code, "YouTube shows 3" in two.err) == (1, True)


async def test_options_reach_the_job(klipfast: Call, ada: Caller, talk: Path) -> None:
    words = ("--style", "karaoke", "--quality", "fast", "--range", "0-12", "--vocabulary", "A, B")
    job_id = (await klipfast("submit", str(talk), *words, "--watch", "--json")).json()["job_id"]
    [clip, *_] = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]
    assert (await ada.get(f"/api/v1/clips/{clip['clip_id']}"))["caption_style"] == "karaoke"
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == pytest.approx(0.2)


async def test_a_list_is_as_long_as_it_is_wanted(klipfast: Call, ada: Caller) -> None:
    jobs = [await ada.submit(10 + number) for number in range(3)]
    for job_id in jobs:
        await ada.until(job_id)
    listed = (await klipfast("list", "--limit", "2")).out.splitlines()
    assert [line.split()[0] for line in listed] == jobs[:0:-1]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("get", "job_x"), 1, "job_x"),
        (("watch", "job_x", "--download", "out"), 1, "job_x"),
        (("submit", "none.mp4"), 1, "there is no file none.mp4; a URL begins with http"),
        (("submit", "http://127.0.0.1:1/a.mp4"), 1, "127.0.0.1"),
        (("submit", __file__, "--json"), 1, "not a video"),
        (("submit", __file__, "--style", "karoke"), 2, "did you mean karaoke?"),
        (("submit", __file__, "--count", "50"), 2, "clip_count must be 20 or less"),
        (("submit", __file__, "--min", "60", "--max", "30"), 2, "above max_duration (30 s)"),
        (("submit", __file__, "--range", "0-2"), 2, "range must end at least 5 s after"),
        (("submit", __file__, "--brand", "brand_x"), 1, "brand_x"),
        (("submit", __file__, "--aspect", "9:15"), 2, "did you mean 9:16?"),
        (("submit", __file__, "--transcript", "none.srt"), 2, "as text: No such file"),
        (("download", "job_x", "-o", f"{__file__}/out"), 1, "cannot be created: Not a directory"),
        *(
            (("render", "clip_x", "--cut", cut, *NOWHERE), 2, f"{cut!r} is not START-END, the ear")
            for cut in ("5", "5-2", "5-5", "1:x-2", "now-1:00")
        ),
        (("render", "clip_x", "--cut", "5-2", *NOWHERE), 2, "such as 83.5-86 or 1:23.5-1:26"),
        (("render", "clip_x", "--cut", "2-5", "--no-cuts", *NOWHERE), 2, "not allowed with"),
        (("list", "--limit", "0"), 2, "'0' is not a whole number of at least 1"),
        (("list", "--server", "localhost"), 2, "'localhost' is not a server address"),
        (("list", "--server", "http://127.0.0.1:1"), 1, "no KlipFast server responds at"),
        (("list", "--key", ""), 2, "a key is needed: klipfast login, KLIPFAST_KEY or --key"),
        (("list", "--key", "kf_live_sk_x"), 1, "does not know this key (--key, KLIPFAST_KEY"),
        (("list", "--key", "a\nb"), 2, "characters that are never in a key"),
        (("lst",), 2, "did you mean list?"),
        (("list", "--limt", "3"), 2, "--limt 3; did you mean --limit?"),
    ],
)
async def test_an_error_is_one_line_that_says_what_is_wrong(
    klipfast: Call, words: tuple[str, ...], code: int, told: str
) -> None:
    done = await klipfast(*words)
    assert (done.code, done.out) == (code, "")
    [*usage, line] = done.err.splitlines()
    assert told in line
    assert "error: " in line
    assert usage == [] or code == 2  # argparse shows how it is called


async def test_a_job_that_fails_says_why(
    klipfast: Call, engine: FakeEngine, talk: Path, tmp_path: Path
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    done = await klipfast("submit", str(talk), "--download", str(tmp_path / "out"))
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("error: job_")
    assert done.err.endswith(": Nobody talks in this video.\n")


async def test_a_talk_that_is_at_work_already_is_named(
    klipfast: Call, ada: Caller, engine: FakeEngine, talk: Path
) -> None:
    engine.hold("listen")
    first = (await klipfast("submit", str(talk))).out.strip()
    again = await klipfast("submit", str(talk), "--watch")
    assert again.code == 1
    assert again.err.endswith(f"To follow it: klipfast watch {first}\n")
    engine.let_go("listen")
    await ada.until(first)


async def test_an_interrupted_watch_leaves_the_job_at_work(
    ada: Caller, engine: FakeEngine, talk: Path
) -> None:
    engine.hold("listen")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MAIN, "submit", str(talk), "--watch"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=OWN | environment(ada),
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b"to go" not in (line := await process.stderr.readline()):
            assert line
    job_id = line.decode().partition(":")[0]
    await ada.until(job_id, lambda job: job["status"] == "processing")
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().endswith(f"to follow it: klipfast watch {job_id}\n")
    assert b"Traceback" not in err
    engine.let_go("listen")
    assert (await ada.until(job_id))["status"] == "completed"


async def test_what_is_no_klipfast_server_is_told(
    aiohttp_server: Callable[[web.Application], Awaitable[TestServer]],
) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome!</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    server = str((await aiohttp_server(app)).make_url("/"))
    environ = {"KLIPFAST_SERVER": server, "KLIPFAST_KEY": "x"}
    done = await called("usage", environ=environ)
    assert done.code == 1
    assert done.err == f"error: {server} responds, but not like a KlipFast server\n"


async def test_the_pipelines_own_commands_are_there(klipfast: Call) -> None:
    done = await klipfast("--help")
    for name in ("submit", "usage", "clips", "transcribe", "rank", "write", "reframe"):
        assert f"\n    {name}" in done.out
    refused = await klipfast("transcribe", "none.mp4")
    assert (refused.code, refused.err) == (1, "error: there is no file none.mp4\n")


async def test_feedback_is_given_and_shown(klipfast: Call, ada: Caller) -> None:
    job = await ada.until(await ada.submit(10))
    clip_id = job["clips"][0]["clip_id"]
    assert (await klipfast("feedback", clip_id)).code == 1
    assert (await klipfast("feedback", clip_id, "rejected")).out == "rejected\n"
    assert (await klipfast("feedback", clip_id, "kept", "--json")).json()["verdict"] == "kept"
    assert (await klipfast("feedback", clip_id)).out == "kept\n"
    assert (await klipfast("feedback", clip_id, "--json")).json()["clip_id"] == clip_id
    assert (await klipfast("feedback", "clip_1", "kept")).code == 1
    assert (await klipfast("feedback", clip_id, "posted")).code == 2
    assert (await klipfast("feedback")).code == 2
