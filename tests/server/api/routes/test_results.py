"""What is left of a job: texts, transcript and captions as files, and the styles of captions."""

import dataclasses
from typing import Any

import pytest
from caller import Caller, Client
from fake_engine import FakeEngine

from pipeline.core.data import CaptionSource, Source


def path_of(client: Client, url: str) -> str:
    """What follows the server's own address in a link."""
    base = str(client.make_url("")).rstrip("/")
    assert url.startswith(base + "/")
    return url.removeprefix(base)


SRT = "1\n00:00:00,000 --> 00:00:09,500\nWord0.\n\n2\n00:00:10,000 --> 00:00:19,500\nWord1.\n"
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:09.500\nWord0.\n\n00:00:10.000 --> 00:00:19.500\nWord1.\n"


async def test_each_text_that_was_wanted_is_a_file_of_its_own(ada: Caller) -> None:
    kinds = ["newsletter", "quote_cards", "blog_post", "linkedin_post"]
    job = await ada.done(10, text_outputs=kinds)
    texts, path = job["text_outputs"], f"/api/v1/jobs/{job['job_id']}/texts"
    assert {kind for kind, text in texts.items() if text} == set(kinds)
    assert texts["twitter_thread"] == ""
    assert "show_notes" not in texts
    for name in kinds:
        is_plain = name in ("quote_cards", "linkedin_post")
        media, end = ("plain", "txt") if is_plain else ("markdown", "md")
        response = await ada.call("GET", f"{path}/{name}")
        assert response.headers["Content-Type"] == f"text/{media}; charset=utf-8"
        said = response.headers["Content-Disposition"]
        assert said == f'attachment; filename="{name}.{end}"'
        assert (await response.text()).strip() == texts[name].strip()
    for unwanted in ("show_notes", "twitter_thread"):
        await ada.get(f"{path}/{unwanted}", 404)
    told = await ada.get(f"{path}/poem", 404)
    assert "twitter_thread, linkedin_post, blog_post" in told["message"]


async def test_a_transcript_is_json_unless_asked_for_otherwise(ada: Caller) -> None:
    job_id = (await ada.done(20, language="de"))["job_id"]
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert (transcript["language"], transcript["duration_seconds"]) == ("de", 20.0)
    assert transcript["words"] == [
        {"text": "Word0.", "start_seconds": 0.0, "end_seconds": 9.5, "probability": 0.9},
        {"text": "Word1.", "start_seconds": 10.0, "end_seconds": 19.5, "probability": 0.9},
    ]
    assert [sentence["text"] for sentence in transcript["sentences"]] == ["Word0.", "Word1."]
    path = f"/api/v1/jobs/{job_id}/transcript"
    assert (await ada.file(f"{path}?format=json"))[0] == "application/json"
    for form, media, text in (
        ("txt", "text/plain", "Word0.\nWord1.\n"),
        ("srt", "application/x-subrip", SRT),
        ("vtt", "text/vtt", VTT),
    ):
        kind, _, found = await ada.file(f"{path}?format={form}")
        assert (kind, found) == (f"{media}; charset=utf-8", text)


async def test_captions_run_on_the_clock_of_their_clip(ada: Caller) -> None:
    job = await ada.done(30)
    clip_id = job["clips"][2]["clip_id"]  # 20 s to 29.5 s of the source
    where = job["clips"][2]["captions_url"]
    assert where == (await ada.get(f"/api/v1/clips/{clip_id}"))["captions_url"]
    assert path_of(ada.client, where) == f"/api/v1/clips/{clip_id}/captions?format=srt"
    kind, _, text = await ada.file(f"/api/v1/clips/{clip_id}/captions")
    assert kind == "application/x-subrip; charset=utf-8"
    assert text == "1\n00:00:00,000 --> 00:00:09,500\nWord2.\n"
    kind, _, text = await ada.file(f"/api/v1/clips/{clip_id}/captions?format=vtt")
    assert kind == "text/vtt; charset=utf-8"
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:09.500\nWord2.\n"


async def test_captions_begin_when_the_first_word_does_and_end_within_the_clip(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = engine.listen

    def wider(source: Source, **options: Any) -> Any:
        talk = listen(source, **options)
        highlight = dataclasses.replace(
            talk.highlights[0], start_s=9.0, end_s=19.25, first_sentence=1, last_sentence=1
        )
        return dataclasses.replace(talk, highlights=(highlight,))

    monkeypatch.setattr(engine, "listen", wider)
    [clip] = (await ada.done(30))["clips"]
    text = await ada.text(f"/api/v1/clips/{clip['clip_id']}/captions")
    assert text == "1\n00:00:01,000 --> 00:00:10,250\nWord1.\n"


async def test_a_clip_tells_whose_captions_it_shows(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_clip = engine.make_clip
    shown: list[CaptionSource] = ["source", "drawn", "none", "drawn"]

    def made(*arguments: Any, **named: Any) -> Any:
        return dataclasses.replace(make_clip(*arguments, **named), captions=shown.pop(0))

    monkeypatch.setattr(engine, "make_clip", made)
    clips = (await ada.done(30))["clips"]
    assert [clip["captions"] for clip in clips] == ["source", "drawn", "none"]
    burned_in = f"/api/v1/clips/{clips[0]['clip_id']}"
    # what is said is there as a file, although the picture shows the source's own captions
    assert (await ada.text(f"{burned_in}/captions")).endswith("Word0.\n")
    again = await ada.post(f"{burned_in}/renders", {"caption_style": "karaoke"}, 202)
    [other] = (await ada.until(again["job_id"]))["clips"]  # whose crop left them out, say
    assert other["captions"] == "drawn"
    assert (await ada.get(burned_in))["captions"] == "source"


async def test_an_unknown_format_is_refused_with_the_known_ones(ada: Caller) -> None:
    job = await ada.done(10)
    path, clip_id = f"/api/v1/jobs/{job['job_id']}", job["clips"][0]["clip_id"]
    for of, known in (
        (f"{path}/transcript", "json, srt, vtt, txt"),
        (f"/api/v1/clips/{clip_id}/captions", "srt, vtt"),
        (f"{path}/texts/blog_post", "markdown, html, plain"),
        (f"{path}/timeline", "fcpxml"),
        (f"{path}/chapters", "youtube"),
    ):
        for wrong in ("docx", "SRT", "", "null", "%00"):
            body = await ada.get(f"{of}?format={wrong}", 400)
            assert (body["field"], known in body["message"]) == ("format", True), (of, body)


async def test_a_filter_that_no_text_can_be_is_refused(ada: Caller) -> None:
    for query in ("jobs?batch_id", "jobs?source_job_id", "clips?job_id"):
        body = await ada.get(f"/api/v1/{query}=a%00b", 400)
        assert (body["field"], "NUL" in body["message"]) == (query.partition("?")[2], True)


async def test_the_caption_styles_are_those_that_a_request_may_name(
    ada: Caller, engine: FakeEngine
) -> None:
    listed = await ada.get("/api/v1/caption-styles")
    assert [style["name"] for style in listed["styles"]] == list(engine.caption_styles)
    assert listed["default"] == "white_bold"
    for style in listed["styles"]:
        assert (await ada.done(10, caption_style=style["name"]))["clips"]


async def test_captions_come_in_the_look_of_their_clip(ada: Caller) -> None:
    job = await ada.done(30, caption_style="karaoke")
    clip_id = job["clips"][2]["clip_id"]
    kind, _, text = await ada.file(f"/api/v1/clips/{clip_id}/captions?format=ass")
    assert kind == "text/x-ssa; charset=utf-8"
    assert "\nPlayResX: 1080\nPlayResY: 1920\n" in text
    assert "\nStyle: karaoke,Montserrat," in text
    assert text.endswith("\nDialogue: 0,0:00:00.00,0:00:09.50,karaoke,,0,0,0,,{\\k950}Word2\n")


async def test_each_caption_style_has_a_picture_that_needs_no_key(
    ada: Caller, client: Client, engine: FakeEngine
) -> None:
    styles = (await ada.get("/api/v1/caption-styles"))["styles"]
    assert [style["name"] for style in styles] == list(engine.caption_styles)
    for field, query, media, start in (
        ("preview_url", "", "png", b"\x89PNG"),
        ("preview_url", "?ground=none", "png", b"\x89PNG"),
        ("motion_url", "", "webp", b"RIFF"),
    ):
        pictures = set()
        for style in styles:
            response = await client.get(path_of(client, style[field]) + query)
            assert response.status == 200
            assert response.headers["Content-Type"] == f"image/{media}"
            assert response.headers["Cache-Control"] == "public, max-age=86400"
            pictures.add(await response.read())
        assert len(pictures) == len(styles)
        assert all(picture.startswith(start) for picture in pictures)


async def test_an_unknown_caption_style_has_no_picture(client: Client, engine: FakeEngine) -> None:
    for name in ("comic", "..", "%2e%2e%2fwhite_bold", "white_bold%00", "🔥", "NONE"):
        for file in ("preview.png", "motion.webp"):
            response = await client.get(f"/api/v1/caption-styles/{name}/{file}")
            assert (response.status, (await response.json())["error"]) == (404, "not_found")
    assert not engine.calls
