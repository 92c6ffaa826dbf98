"""A clip made again: other words, ends, style or shape, and nothing is heard a second time."""

from types import SimpleNamespace
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine
from measured_text import INVISIBLE

from klipfast_server.core.config import Config
from klipfast_server.files import digests
from klipfast_server.store.database import Database
from pipeline.core.data import Options, Talk


async def made(caller: Caller, **options: Any) -> dict[str, Any]:
    """The first clip of a finished job."""
    job = await caller.until(await caller.submit(30, **options))
    clip: dict[str, Any] = job["clips"][0]
    return clip


async def again(caller: Caller, clip: dict[str, Any], **changes: Any) -> tuple[Any, Any]:
    """(the answer of the re-render, its job once it has ended)."""
    answer = await caller.post(f"/api/v1/clips/{clip['clip_id']}/renders", changes, 202)
    return answer, await caller.until(answer["job_id"])


@pytest.fixture
def rendered(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Talk, Options]]:
    """What clips were made from, in order."""
    seen: list[tuple[Talk, Options]] = []
    before = engine.make_clip

    def make_clip(talk: Talk, *arguments: Any, options: Options, **named: Any) -> Any:
        seen.append((talk, options))
        return before(talk, *arguments, options=options, **named)

    monkeypatch.setattr(engine, "make_clip", make_clip)
    return seen


async def test_a_clip_is_made_again_without_hearing_anything_again(
    ada: Caller, engine: FakeEngine, rendered: list[tuple[Talk, Options]]
) -> None:
    clip = await made(ada)
    used = await ada.get("/api/v1/usage")
    answer, job = await again(ada, clip, caption_style="karaoke", aspect_ratio="1:1")
    after = await ada.get("/api/v1/usage")
    assert used["minutes_used"] == after["minutes_used"] == 0.5  # it is free
    assert used["credits_remaining"] == after["credits_remaining"]
    assert engine.calls.count("listen") == 1
    assert (job["status"], job["rerender_of"]) == ("completed", clip["clip_id"])
    [new] = job["clips"]
    assert new["clip_id"] == answer["clip_id"] != clip["clip_id"]
    assert new["transcript"] == clip["transcript"]
    detail = await ada.get(f"/api/v1/clips/{new['clip_id']}")
    assert (detail["caption_style"], detail["job_id"]) == ("karaoke", job["job_id"])
    assert (rendered[-1][1].aspect_ratio, rendered[-1][1].quality) == ("1:1", "balanced")
    assert (await ada.get(f"/api/v1/clips/{clip['clip_id']}"))["caption_style"] == "white_bold"


async def test_the_source_is_neither_probed_nor_read_again(
    ada: Caller, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await made(ada)

    def probe(*_arguments: Any, **_named: Any) -> Any:
        raise AssertionError("its talk says what it is")

    monkeypatch.setattr(engine, "probe", probe)
    monkeypatch.setattr(digests, "hashlib", SimpleNamespace(sha256=probe))
    _answer, job = await again(ada, clip, title="Once more")
    assert (job["status"], job["clip_count"]) == ("completed", 1)


async def test_what_is_made_of_a_part_of_a_source_misses_nothing_of_it(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.heard_s = 15.0  # nothing after the part is heard
    job = await ada.until(await ada.submit(30, range={"start": 0, "end": 15}))
    clip = job["clips"][0]
    _answer, rendered = await again(ada, clip, title="Once more")
    asked = {"start_seconds": 2, "end_seconds": 12}
    span = await ada.post(f"/api/v1/jobs/{job['job_id']}/clips", asked, 202)
    for each in (job, rendered, await ada.until(span["job_id"])):
        assert (each["status"], each["warnings"]) == ("completed", [])


async def test_key_words_stand_out_in_its_captions_where_they_do_in_the_picture(
    ada: Caller,
) -> None:
    clip = await made(ada, language="en")
    words = [
        {"text": text, "start_seconds": n, "end_seconds": n + 1}
        for n, text in enumerate(["She", "paid", "300", "for", "it."])
    ]
    for emphasis in (False, True):
        _, job = await again(ada, clip, words=words, emphasis=emphasis)
        path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/captions?format=ass"
        text = await (await ada.call("GET", path)).text()
        assert ("\\fscx112" in text) == emphasis


async def test_edited_words_are_what_is_shown_and_told(
    ada: Caller, rendered: list[tuple[Talk, Options]]
) -> None:
    clip = await made(ada)
    words = [
        {"text": "Obama", "start_seconds": 0.5, "end_seconds": 1.0},
        {"text": "spoke.", "start_seconds": 1.0, "end_seconds": 2.0},
        {"text": "Twice.", "start_seconds": 3.0, "end_seconds": 4.0},
    ]
    _, job = await again(ada, clip, words=words, title="Obama spoke")
    [new] = job["clips"]
    assert (new["title"], new["transcript"]) == ("Obama spoke", "Obama spoke. Twice.")
    talk = rendered[-1][0]
    [highlight] = talk.highlights
    assert (highlight.first_sentence, highlight.last_sentence) == (0, 1)
    assert [w.text for w in talk.transcript.words[:4]] == ["Obama", "spoke.", "Twice.", "Word1."]
    captions = await (await ada.call("GET", f"/api/v1/clips/{new['clip_id']}/captions")).text()
    assert "Obama spoke." in captions
    assert "Word" not in captions


SWEARING = [
    {"text": "Fucking", "start_seconds": 0.5, "end_seconds": 1.0},
    {"text": "f***", "start_seconds": 1.0, "end_seconds": 1.5},
    {"text": "great.", "start_seconds": 1.5, "end_seconds": 2.0},
]


@pytest.mark.parametrize(
    ("options", "title", "transcript", "masked"),
    [
        ({"profanity": "mask"}, "That was s***", "F****** f*** great.", [True, True, False]),
        ({}, "That was shit", "Fucking f*** great.", [False] * 3),
    ],
    ids=["masked", "as typed"],
)
async def test_what_is_typed_in_is_masked_where_its_job_is(
    ada: Caller,
    rendered: list[tuple[Talk, Options]],
    *,
    options: dict[str, Any],
    title: str,
    transcript: str,
    masked: list[bool],
) -> None:
    clip = await made(ada, **options)
    _, job = await again(ada, clip, words=SWEARING, title="That was shit")
    [new] = job["clips"]
    assert (new["title"], new["transcript"]) == (title, transcript)
    assert [w.masked for w in rendered[-1][0].transcript.words[:3]] == masked


async def test_other_ends_take_in_other_words_again_and_again(ada: Caller) -> None:
    clip = await made(ada)
    _, job = await again(ada, clip, start_seconds=10, end_seconds=29.5)
    [new] = job["clips"]
    assert (new["start_seconds"], new["end_seconds"]) == (10, 29.5)
    assert new["transcript"] == "Word1. Word2."
    _, job = await again(ada, new, start_seconds=0, end_seconds=30)
    assert job["clips"][0]["transcript"] == "Word0. Word1. Word2."


WRONG = [
    ({"start_seconds": 5, "end_seconds": 5.5}, "end_seconds", "1 to 180 s"),
    ({"end_seconds": 500}, "end_seconds", "180"),
    ({"start_seconds": 20, "end_seconds": 40}, "end_seconds", "ends at 30.0 s"),
    ({"words": []}, "words", "empty"),
    ({"words": [{"text": "a"}]}, "words.start_seconds", "missing"),
    ({"title": " \t"}, "title", "no visible characters"),
    (
        {"words": [{"text": " ", "start_seconds": 0, "end_seconds": 1}]},
        "words",
        "no visible characters",
    ),
    *(({"title": text}, "title", "title has no visible characters") for text in INVISIBLE),
    *(
        (
            {"words": [{"text": text, "start_seconds": 0, "end_seconds": 1}]},
            "words",
            "words[0] has no visible characters",
        )
        for text in INVISIBLE
    ),
    ({"words": [{"text": "a", "start_seconds": 2, "end_seconds": 1}]}, "words", "not end before"),
    ({"words": [{"text": "a", "start_seconds": 9, "end_seconds": 20}]}, "words", "after the clip"),
    ({"caption_style": "sparkly"}, "caption_style", "Known"),
    ({"layout": "round"}, "layout", "auto, crop, split, fit"),
    ({"remove_silences": True}, "remove_silences", "keep, natural, fast"),
    ({"webhook_url": "http://127.0.0.1/"}, "webhook_url", "public"),
    ({"style": "x"}, "style", "no field style"),
]


async def test_what_cannot_be_is_refused_with_the_field(ada: Caller) -> None:
    path = f"/api/v1/clips/{(await made(ada))['clip_id']}/renders"
    for changes, field, told in WRONG:
        body = await ada.post(path, changes, 400)
        assert body["field"] == field, body
        assert told in body["message"], body
    for changes in ({}, {"metadata": {"take": "2"}}):
        assert "Nothing would change" in (await ada.post(path, changes, 400))["message"]


async def test_the_same_twice_at_once_is_a_conflict(ada: Caller, engine: FakeEngine) -> None:
    clip = await made(ada)
    engine.hold("clip 0")
    path = f"/api/v1/clips/{clip['clip_id']}/renders"
    first = await ada.post(path, {"layout": "fit"}, 202)
    assert (await ada.post(path, {"layout": "fit"}, 409))["job_id"] == first["job_id"]
    other = await ada.post(path, {"layout": "crop"}, 202)
    engine.let_go("clip 0")
    for job_id in (first["job_id"], other["job_id"]):
        assert (await ada.until(job_id))["status"] == "completed"


async def test_without_its_upload_there_is_nothing_to_make_it_from(
    ada: Caller, db: Database
) -> None:
    clip = await made(ada)
    await db.pool.execute("UPDATE uploads SET expires_at = now()")
    body = await ada.post(f"/api/v1/clips/{clip['clip_id']}/renders", {}, 422)
    assert "upload" in body["message"]


async def test_another_file_at_the_same_place_is_not_mixed_in(ada: Caller, config: Config) -> None:
    clip = await made(ada)
    for source in (config.server.data_dir / "uploads").glob("*/source"):
        source.write_text("seconds 20")
    _, job = await again(ada, clip, title="Anew")
    assert (job["status"], job["error"]["code"]) == ("failed", "unprocessable")
    assert "changed" in job["error"]["message"]


async def test_the_words_of_a_clip_go_into_a_render_as_they_are(ada: Caller) -> None:
    clip = await made(ada)
    told = await ada.get(f"/api/v1/clips/{clip['clip_id']}/transcript")
    assert told["words"] == [{"text": "Word0.", "start_seconds": 0.0, "end_seconds": 9.5}]
    _, job = await again(ada, clip, words=told["words"])
    assert (job["status"], job["clips"][0]["transcript"]) == ("completed", clip["transcript"])


async def test_metadata_comes_back(ada: Caller) -> None:
    mine = {"episode": "12", "ünï": "códe"}
    clip = await made(ada, metadata=mine)
    detail = await ada.get(f"/api/v1/clips/{clip['clip_id']}")
    assert (await ada.get(f"/api/v1/jobs/{detail['job_id']}"))["metadata"] == mine
    _, job = await again(ada, clip, title="Anew", metadata={"take": "2"})
    assert job["metadata"] == {"take": "2"}
