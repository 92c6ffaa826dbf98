"""What is left of a job: transcript and captions as files; another try; nothing, once deleted."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.api import app_keys
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from klipfast_server.work import retention
from pipeline.core.data import CaptionSource
from pipeline.core.errors import NoSpeech


async def document(caller: Caller, path: str) -> tuple[str, str]:
    """(content type, text) of a GET that succeeds."""
    response = await caller.call("GET", path)
    text = await response.text()
    assert response.status == 200, text
    return response.headers["Content-Type"], text


async def refusal(caller: Caller, status: int, method: str, path: str) -> dict[str, Any]:
    """The envelope of a call that is refused with `status`."""
    response = await caller.call(method, path)
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def delete(caller: Caller, job_id: str) -> None:
    """A DELETE that succeeds."""
    response = await caller.call("DELETE", f"/api/v1/jobs/{job_id}")
    assert (response.status, await response.read()) == (204, b"")


def files(config: Config, name: str) -> list[str]:
    """Names of all files below a folder of the data."""
    return [path.name for path in (config.server.data_dir / name).rglob("*") if path.is_file()]


def path_of(client: Client, url: str) -> str:
    """What follows the server's own address in a link."""
    base = str(client.make_url("")).rstrip("/")
    assert url.startswith(base + "/")
    return url.removeprefix(base)


async def test_each_text_is_a_file_of_its_own(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("listen")
    job_id = await ada.submit(10)
    early = await refusal(ada, 409, "GET", f"/api/v1/jobs/{job_id}/texts/blog_post")
    assert early["job_id"] == job_id
    engine.let_go("listen")
    job = await ada.until(job_id)
    for name, media, end in (
        ("twitter_thread", "text/plain", "txt"),
        ("linkedin_post", "text/plain", "txt"),
        ("blog_post", "text/markdown", "md"),
    ):
        response = await ada.call("GET", f"/api/v1/jobs/{job_id}/texts/{name}")
        assert response.status == 200
        assert response.headers["Content-Type"] == f"{media}; charset=utf-8"
        said = response.headers["Content-Disposition"]
        assert said == f'attachment; filename="{name}.{end}"'
        assert (await response.text()).rstrip("\n") == job["text_outputs"][name].rstrip("\n")
    told = await refusal(ada, 404, "GET", f"/api/v1/jobs/{job_id}/texts/poem")
    assert "twitter_thread, linkedin_post, blog_post" in told["message"]


async def test_a_further_kind_is_there_if_it_was_wanted(ada: Caller) -> None:
    job_id = await ada.submit(10, text_outputs=["newsletter", "quote_cards", "blog_post"])
    job = await ada.until(job_id)
    texts = job["text_outputs"]
    assert {kind for kind, text in texts.items() if text} == {
        "newsletter",
        "quote_cards",
        "blog_post",
    }
    assert texts["twitter_thread"] == texts["linkedin_post"] == ""
    assert "show_notes" not in texts
    for name, media in (("newsletter", "text/markdown"), ("quote_cards", "text/plain")):
        response = await ada.call("GET", f"/api/v1/jobs/{job_id}/texts/{name}")
        assert response.headers["Content-Type"] == f"{media}; charset=utf-8"
        assert (await response.text()).strip() == texts[name].strip()
    await refusal(ada, 404, "GET", f"/api/v1/jobs/{job_id}/texts/show_notes")


async def test_a_text_that_was_not_wanted_and_anothers_are_not_there(
    ada: Caller, client: Client
) -> None:
    bob = await make_caller(client, account="bob")
    job_id = await ada.submit(10, text_outputs=["blog_post"])
    await ada.until(job_id)
    await document(ada, f"/api/v1/jobs/{job_id}/texts/blog_post")
    await refusal(ada, 404, "GET", f"/api/v1/jobs/{job_id}/texts/linkedin_post")
    await refusal(bob, 404, "GET", f"/api/v1/jobs/{job_id}/texts/blog_post")


async def test_a_transcript_is_json_unless_asked_for_otherwise(ada: Caller) -> None:
    job_id = await ada.submit(20, language="de")
    await ada.until(job_id)
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert (transcript["language"], transcript["duration_seconds"]) == ("de", 20.0)
    assert transcript["words"] == [
        {"text": "Word0.", "start_seconds": 0.0, "end_seconds": 9.5, "probability": 0.9},
        {"text": "Word1.", "start_seconds": 10.0, "end_seconds": 19.5, "probability": 0.9},
    ]
    assert [sentence["text"] for sentence in transcript["sentences"]] == ["Word0.", "Word1."]
    kind, _ = await document(ada, f"/api/v1/jobs/{job_id}/transcript?format=json")
    assert kind == "application/json"


@pytest.mark.parametrize(
    ("form", "kind", "text"),
    [
        ("txt", "text/plain; charset=utf-8", "Word0.\nWord1.\n"),
        (
            "srt",
            "application/x-subrip; charset=utf-8",
            "1\n00:00:00,000 --> 00:00:09,500\nWord0.\n\n"
            "2\n00:00:10,000 --> 00:00:19,500\nWord1.\n",
        ),
        (
            "vtt",
            "text/vtt; charset=utf-8",
            "WEBVTT\n\n00:00:00.000 --> 00:00:09.500\nWord0.\n\n"
            "00:00:10.000 --> 00:00:19.500\nWord1.\n",
        ),
    ],
)
async def test_a_transcript_comes_in_every_format(
    ada: Caller, form: str, kind: str, text: str
) -> None:
    job_id = await ada.submit(20)
    await ada.until(job_id)
    found = await document(ada, f"/api/v1/jobs/{job_id}/transcript?format={form}")
    assert found == (kind, text)


async def test_a_transcript_is_there_as_soon_as_listening_has_ended(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    engine.hold("clip 0")
    job_id = await ada.submit(10)
    body = await refusal(ada, 409, "GET", f"/api/v1/jobs/{job_id}/transcript")
    assert (body["error"], body["job_id"]) == ("conflict", job_id)
    engine.let_go("listen")
    await ada.until(job_id, lambda job: job["language"] is not None)
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "processing"
    assert (await document(ada, f"/api/v1/jobs/{job_id}/transcript?format=txt"))[1] == "Word0.\n"
    engine.let_go("clip 0")


async def test_a_job_that_failed_before_it_was_heard_has_no_transcript(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    job_id = await ada.submit(10)
    await ada.until(job_id)
    body = await refusal(ada, 409, "GET", f"/api/v1/jobs/{job_id}/transcript")
    assert "failed" in body["message"]


async def test_captions_run_on_the_clock_of_their_clip(ada: Caller) -> None:
    job = await ada.until(await ada.submit(30))
    clip_id = job["clips"][2]["clip_id"]  # 20 s to 29.5 s of the source
    kind, text = await document(ada, f"/api/v1/clips/{clip_id}/captions")
    assert kind == "application/x-subrip; charset=utf-8"
    assert text == "1\n00:00:00,000 --> 00:00:09,500\nWord2.\n"
    kind, text = await document(ada, f"/api/v1/clips/{clip_id}/captions?format=vtt")
    assert kind == "text/vtt; charset=utf-8"
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:09.500\nWord2.\n"


async def test_captions_begin_when_the_first_word_does_and_end_within_the_clip(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = engine.listen

    def wider(path: Path, **options: Any) -> Any:
        talk = listen(path, **options)
        highlight = dataclasses.replace(
            talk.highlights[0], start_s=9.0, end_s=19.25, first_sentence=1, last_sentence=1
        )
        return dataclasses.replace(talk, highlights=(highlight,))

    monkeypatch.setattr(engine, "listen", wider)
    [clip] = (await ada.until(await ada.submit(30)))["clips"]
    _, text = await document(ada, f"/api/v1/clips/{clip['clip_id']}/captions")
    assert text == "1\n00:00:01,000 --> 00:00:10,250\nWord1.\n"


async def test_a_clip_tells_whose_captions_it_shows(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip = engine.make_clip
    shown: list[CaptionSource] = ["source", "drawn", "none", "drawn"]

    def made(*arguments: Any, **named: Any) -> Any:
        return dataclasses.replace(make_clip(*arguments, **named), captions=shown.pop(0))

    monkeypatch.setattr(engine, "make_clip", made)
    clips = (await ada.until(await ada.submit(30)))["clips"]
    assert [clip["captions"] for clip in clips] == ["source", "drawn", "none"]
    burned_in = f"/api/v1/clips/{clips[0]['clip_id']}"
    # what is said is there as a file, although the picture shows the source's own captions
    assert (await document(ada, f"{burned_in}/captions"))[1].endswith("Word0.\n")
    again = await ada.post(f"{burned_in}/renders", {"caption_style": "karaoke"}, 202)
    [other] = (await ada.until(again["job_id"]))["clips"]  # whose crop left them out, say
    assert other["captions"] == "drawn"
    assert (await ada.get(burned_in))["captions"] == "source"


async def test_every_clip_names_where_its_captions_are(ada: Caller) -> None:
    [clip] = (await ada.until(await ada.submit(10)))["clips"]
    path = path_of(ada.client, clip["captions_url"])
    assert path == f"/api/v1/clips/{clip['clip_id']}/captions?format=srt"
    assert (await document(ada, path))[1].endswith("Word0.\n")
    detail = await ada.get(f"/api/v1/clips/{clip['clip_id']}")
    assert detail["captions_url"] == clip["captions_url"]


async def test_an_unknown_format_is_refused_with_the_known_ones(ada: Caller) -> None:
    job = await ada.until(await ada.submit(10))
    for path, known in (
        (f"/api/v1/jobs/{job['job_id']}/transcript", "json, srt, vtt, txt"),
        (f"/api/v1/clips/{job['clips'][0]['clip_id']}/captions", "srt, vtt"),
    ):
        for wrong in ("docx", "SRT", "", "%00"):
            body = await refusal(ada, 400, "GET", f"{path}?format={wrong}")
            assert body["field"] == "format"
            assert known in body["message"]


@pytest.mark.parametrize("query", ["jobs?batch_id", "jobs?source_job_id", "clips?job_id"])
async def test_a_filter_that_no_text_can_be_is_refused(ada: Caller, query: str) -> None:
    body = await refusal(ada, 400, "GET", f"/api/v1/{query}=a%00b")
    assert body["field"] == query.partition("?")[2]
    assert "NUL" in body["message"]


async def test_what_belongs_to_another_is_not_found(ada: Caller, client: Client) -> None:
    job = await ada.until(await ada.submit(10))
    job_id, clip_id = job["job_id"], job["clips"][0]["clip_id"]
    bob = await make_caller(client, account="bob")
    for caller, job_name, clip_name in (
        (bob, job_id, clip_id),
        (ada, "job_unknown", "clip_unknown"),
        (ada, clip_id, job_id),
        (ada, "job_%00", "clip_%00"),
    ):
        for method, path in (
            ("GET", f"/api/v1/jobs/{job_name}/transcript"),
            ("GET", f"/api/v1/clips/{clip_name}/captions"),
            ("POST", f"/api/v1/jobs/{job_name}/retry"),
            ("DELETE", f"/api/v1/jobs/{job_name}"),
        ):
            body = await refusal(caller, 404, method, path)
            assert body["error"] == "not_found"
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "completed"


async def test_a_deleted_job_leaves_no_byte_but_its_minutes(
    ada: Caller, client: Client, config: Config, db: Database
) -> None:
    job = await ada.until(await ada.submit(30))
    before = await ada.get("/api/v1/usage")
    assert before["storage_used_mb"] > 0
    await delete(ada, job["job_id"])
    after = await ada.get("/api/v1/usage")
    assert after == before | {"storage_used_mb": 0}
    assert after["minutes_used"] == 0.5
    assert (files(config, "storage"), files(config, "uploads")) == ([], [])
    for table in ("jobs", "talks", "clips", "uploads", "trash"):
        assert await db.pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    await refusal(ada, 404, "GET", f"/api/v1/jobs/{job['job_id']}")
    await refusal(ada, 404, "GET", f"/api/v1/clips/{job['clips'][0]['clip_id']}")
    await refusal(ada, 404, "DELETE", f"/api/v1/jobs/{job['job_id']}")
    link = await client.get(path_of(client, job["clips"][0]["download_url"]))
    assert link.status == 404


async def test_an_upload_stays_until_the_last_job_made_from_it_is_deleted(
    ada: Caller, config: Config
) -> None:
    upload = await ada.upload(b"seconds 10")
    made = []
    for count in (1, 2):
        request = {"video_url": upload["video_url"], "clip_count": count}
        made.append((await ada.post("/api/v1/process", request, 202))["job_id"])
        await ada.until(made[-1])
    await delete(ada, made[0])
    assert files(config, "uploads") == ["source"]
    assert len(files(config, "storage")) == 2
    await delete(ada, made[1])
    assert files(config, "uploads") == []


async def test_a_job_that_is_not_over_is_not_deleted(
    client: Client, engine: FakeEngine, config: Config
) -> None:
    bob = await make_caller(client, account="bob", plan="starter")  # one job at once
    engine.hold("listen")
    running, queued = await bob.submit(10), await bob.submit(20)
    await bob.until(running, lambda job: job["status"] == "processing")
    for job_id in (running, queued):
        body = await refusal(bob, 409, "DELETE", f"/api/v1/jobs/{job_id}")
        assert (body["error"], body["job_id"]) == ("conflict", job_id)
    for job_id in (queued, running):
        await bob.post(f"/api/v1/jobs/{job_id}/cancel")
        await delete(bob, job_id)
    assert (await bob.get("/api/v1/jobs"))["jobs"] == []
    assert files(config, "uploads") == []


async def test_files_that_cannot_be_removed_with_their_job_are_swept_later(
    ada: Caller, client: Client, config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await ada.submit(10)
    await ada.until(job_id)
    assert client.app is not None

    async def broken(_prefix: str) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(client.app[app_keys.STORAGE], "delete", broken)
        await delete(ada, job_id)
        await refusal(ada, 404, "GET", f"/api/v1/jobs/{job_id}")
        await retention.sweep(db, client.app[app_keys.STORAGE], config)
        assert len(files(config, "storage")) == 2
    await retention.sweep(db, client.app[app_keys.STORAGE], config)
    assert (files(config, "storage"), files(config, "uploads")) == ([], [])
    assert await db.pool.fetchval("SELECT count(*) FROM trash") == 0


async def test_a_job_is_not_held_up_while_its_account_deletes_another(
    ada: Caller, engine: FakeEngine, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storage may be slow, so nothing is locked meanwhile."""
    old = await ada.submit(10)
    await ada.until(old)
    engine.hold("clip 0")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: job["language"] is not None)
    assert client.app is not None
    storage = client.app[app_keys.STORAGE]
    begun, end, remove = asyncio.Event(), asyncio.Event(), storage.delete

    async def slow(prefix: str) -> None:
        begun.set()
        await end.wait()
        await remove(prefix)

    monkeypatch.setattr(storage, "delete", slow)
    deletion = asyncio.create_task(delete(ada, old))
    await begun.wait()
    try:
        engine.let_go("clip 0")
        assert (await ada.until(job_id))["status"] == "completed"
    finally:
        end.set()
        await deletion


async def test_a_failed_job_tried_again_goes_on_from_what_was_heard(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.errors["write"] = RuntimeError("out of ink")
    job_id = await ada.submit(20)
    failed = await ada.until(job_id)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    del engine.errors["write"]
    again = await ada.post(f"/api/v1/jobs/{job_id}/retry", status=202)
    assert list(again) == ["job_id", "status", "created_at", "estimated_seconds"]
    assert (again["job_id"], again["status"]) == (job_id, "queued")
    assert again["created_at"] == failed["created_at"]
    job = await ada.until(job_id)
    assert (job["status"], job["error"], len(job["clips"])) == ("completed", None, 2)
    assert sorted(engine.calls) == ["clip 0", "clip 1", "listen", "write", "write"]
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == round(20 / 60, 2)
    assert await db.pool.fetchval("SELECT attempts FROM jobs WHERE job_id = $1", job_id) == 1


async def test_a_canceled_job_can_be_tried_again(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("clip 1")
    job_id = await ada.submit(20)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    engine.let_go("clip 1")
    await ada.post(f"/api/v1/jobs/{job_id}/retry", status=202)
    job = await ada.until(job_id)
    assert (job["status"], len(job["clips"])) == ("completed", 2)
    assert engine.calls.count("listen") == 1
    for clip in job["clips"]:
        response = await ada.client.get(path_of(ada.client, clip["download_url"]))
        assert response.status == 200


async def test_only_a_failed_or_canceled_job_is_tried_again(
    ada: Caller, engine: FakeEngine
) -> None:
    done = await ada.submit(10)
    await ada.until(done)
    engine.hold("listen")
    running = await ada.submit(20)
    for job_id in (done, running):
        body = await refusal(ada, 409, "POST", f"/api/v1/jobs/{job_id}/retry")
        assert (body["error"], body["job_id"]) == ("conflict", job_id)


async def test_a_job_is_not_tried_again_beside_another_of_the_same_work(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    first = await ada.submit(10)
    await ada.post(f"/api/v1/jobs/{first}/cancel")
    second = await ada.submit(10)
    body = await refusal(ada, 409, "POST", f"/api/v1/jobs/{first}/retry")
    assert body["job_id"] == second


async def test_a_job_whose_upload_is_gone_cannot_be_tried_again(
    ada: Caller, engine: FakeEngine, client: Client, db: Database, config: Config
) -> None:
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    job_id = await ada.submit(10)
    await ada.until(job_id)
    await db.pool.execute("UPDATE uploads SET expires_at = now()")
    assert client.app is not None
    for _ in ("expired", "swept"):
        body = await refusal(ada, 422, "POST", f"/api/v1/jobs/{job_id}/retry")
        assert "submit the file again" in body["message"]
        await retention.sweep(db, client.app[app_keys.STORAGE], config)
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "failed"


async def test_another_try_needs_minutes_too(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    plan = msgspec.structs.replace(config.plans["starter"], minutes_per_month=1)
    client = await serve(msgspec.structs.replace(config, plans=config.plans | {"starter": plan}))
    bob = await make_caller(client, account="bob", plan="starter")
    engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
    failed = await bob.submit(30)
    await bob.until(failed)
    engine.errors.clear()
    await bob.until(await bob.submit(45))
    body = await refusal(bob, 403, "POST", f"/api/v1/jobs/{failed}/retry")
    assert "reset_at" in body
    assert (await bob.get(f"/api/v1/jobs/{failed}"))["status"] == "failed"


async def test_the_caption_styles_are_those_that_a_request_may_name(
    ada: Caller, engine: FakeEngine
) -> None:
    listed = await ada.get("/api/v1/caption-styles")
    assert [style["name"] for style in listed["styles"]] == list(engine.caption_styles)
    assert listed["default"] == "white_bold"
    for style in listed["styles"]:
        job_id = await ada.submit(10, caption_style=style["name"])
        assert (await ada.until(job_id))["clips"]


async def test_captions_come_in_the_look_of_their_clip(ada: Caller) -> None:
    job = await ada.until(await ada.submit(30, caption_style="karaoke"))
    clip_id = job["clips"][2]["clip_id"]
    kind, text = await document(ada, f"/api/v1/clips/{clip_id}/captions?format=ass")
    assert kind == "text/x-ssa; charset=utf-8"
    assert "\nPlayResX: 1080\nPlayResY: 1920\n" in text
    assert "\nStyle: karaoke,Montserrat," in text
    assert text.endswith("\nDialogue: 0,0:00:00.00,0:00:09.50,karaoke,,0,0,0,,{\\k950}Word2\n")


async def test_each_caption_style_has_a_picture_that_needs_no_key(
    ada: Caller, client: Client, engine: FakeEngine
) -> None:
    pictures = {}
    for style in (await ada.get("/api/v1/caption-styles"))["styles"]:
        response = await client.get(path_of(client, style["preview_url"]))
        assert response.status == 200
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Cache-Control"] == "public, max-age=86400"
        pictures[style["name"]] = await response.read()
    assert set(pictures) == set(engine.caption_styles)
    assert len(set(pictures.values())) == len(pictures)
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())


@pytest.mark.parametrize(
    "name", ["comic", "..", "%2e%2e%2fwhite_bold", "white_bold%00", "🔥", "NONE"]
)
async def test_an_unknown_caption_style_has_no_picture(
    client: Client, engine: FakeEngine, name: str
) -> None:
    response = await client.get(f"/api/v1/caption-styles/{name}/preview.png")
    assert (response.status, (await response.json())["error"]) == (404, "not_found")
    assert not engine.calls
