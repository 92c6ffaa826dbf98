"""Highlight reels: moments of a talk that was heard, joined to one clip."""

from typing import Any

from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from pipeline.core.errors import TooLong


async def talk(caller: Caller, seconds: float = 60, **options: object) -> Any:
    """A job whose talk has a moment every ten seconds, each 9.5 s long; it has ended."""
    upload = await caller.upload(f"seconds {seconds}".encode())
    body = {"video_url": upload["video_url"], **options}
    return await caller.until((await caller.post("/api/v1/process", body, 202))["job_id"])


async def reel(caller: Caller, job_id: str, **body: object) -> Any:
    """The job of a reel, once it has ended."""
    answer = await caller.post(f"/api/v1/jobs/{job_id}/reels", body, 202)
    made = await caller.until(answer["job_id"])
    assert made["clip_count"] == 0 or made["clips"][0]["clip_id"] == answer["clip_id"]
    return made


async def test_the_best_moments_become_one_clip_for_free(ada: Caller, engine: FakeEngine) -> None:
    job = await talk(ada)
    used = (await ada.get("/api/v1/usage"))["minutes_used"]
    engine.calls.clear()
    made = await reel(ada, job["job_id"], max_seconds=30, aspect_ratio="1:1")
    assert (made["status"], made["reel_of"], made["span_of"]) == (
        "completed",
        job["job_id"],
        None,
    )
    [clip] = made["clips"]
    assert (clip["title"], clip["reason"]) == ("The best of it", "Joins 3 moments.")
    assert clip["duration"] == 28.5
    assert clip["transcript"] == "Word0. Word1. Word2."
    assert made["options"]["aspect_ratio"] == "1:1"
    assert made["options"]["max_duration"] == 30
    assert engine.calls[0] == "join"
    assert "listen" not in engine.calls
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == used


async def test_named_clips_are_joined_in_the_order_of_the_talk(ada: Caller) -> None:
    job = await talk(ada)
    named = [job["clips"][n]["clip_id"] for n in (4, 1, 4)]
    made = await reel(ada, job["job_id"], clip_ids=named, title="My reel")
    [clip] = made["clips"]
    assert (clip["title"], clip["transcript"]) == ("My reel", "Word1. Word4.")
    assert (clip["start_seconds"], clip["end_seconds"], clip["duration"]) == (10, 49.5, 19)
    captions = await ada.call("GET", f"/api/v1/clips/{clip['clip_id']}/captions?format=srt")
    text = await captions.text()
    assert "00:00:09,500 --> " in text
    assert "Word2" not in text


async def test_spans_become_whole_sentences(ada: Caller) -> None:
    job = await talk(ada)
    spans = [
        {"start_seconds": 31, "end_seconds": 48},
        {"start_seconds": 1, "end_seconds": 12},
    ]
    made = await reel(ada, job["job_id"], spans=spans)
    assert made["clips"][0]["transcript"] == "Word0. Word3. Word4."


async def test_a_reel_is_rendered_again_and_joined_again(ada: Caller, engine: FakeEngine) -> None:
    job = await talk(ada, 400)
    made = await reel(
        ada,
        job["job_id"],
        spans=[
            {"start_seconds": 0, "end_seconds": 9},
            {"start_seconds": 380, "end_seconds": 389},
        ],
    )
    clip_id = made["clips"][0]["clip_id"]
    engine.calls.clear()
    answer = await ada.post(f"/api/v1/clips/{clip_id}/renders", {"caption_style": "karaoke"}, 202)
    again = await ada.until(answer["job_id"])
    assert (again["clips"][0]["duration"], again["rerender_of"]) == (19, clip_id)
    assert "join" not in engine.calls
    shorter = {"end_seconds": 385}
    answer = await ada.post(f"/api/v1/clips/{clip_id}/renders", shorter, 202)
    assert (await ada.until(answer["job_id"]))["clips"][0]["duration"] == 14.5
    of_reel = await reel(ada, made["job_id"], max_seconds=10)
    assert of_reel["clips"][0]["transcript"] == "Word0."


async def test_a_reel_that_nothing_fits_says_so(ada: Caller, engine: FakeEngine) -> None:
    job = await talk(ada)
    engine.errors["join"] = TooLong("No whole sentence of these moments fits into 5 s.")
    made = await reel(ada, job["job_id"], max_seconds=5)
    assert made["status"] == "failed"
    assert made["error"]["reason"] == "too_long"
    del engine.errors["join"]
    await ada.post(f"/api/v1/jobs/{made['job_id']}/retry", {}, 202)
    assert (await ada.until(made["job_id"]))["error"]["reason"] == "too_long"


SPAN = {"start_seconds": 1, "end_seconds": 8}


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"max_seconds": 4}, "max_seconds", "5"),
    ({"max_seconds": 181}, "max_seconds", "180"),
    ({"clip_ids": ["clip_nobody"]}, "clip_ids", "clip_ids[0]"),
    ({"spans": [SPAN, {"start_seconds": 2, "end_seconds": 19}]}, "spans", "spans[1] overlaps"),
    ({"spans": [{"start_seconds": 8, "end_seconds": 1}]}, "spans", "must end after"),
    ({"spans": [{"start_seconds": 900, "end_seconds": 950}]}, "spans", "holds no sentence"),
    ({"spans": [SPAN] * 41}, "spans", "40"),
    ({"spans": [SPAN], "clip_ids": ["clip_1"]}, "spans", "not both"),
    ({"title": " \u200b"}, "title", "visible"),
    ({"words": []}, "words", "words"),
]


async def test_what_cannot_be_joined_is_refused(ada: Caller) -> None:
    path = f"/api/v1/jobs/{(await talk(ada))['job_id']}/reels"
    for body, field, said in WRONG:
        refused = await ada.post(path, body, 400)
        assert refused["field"] == field
        assert said in refused["message"]


async def test_a_reel_needs_a_talk_and_a_source_of_ones_own(
    ada: Caller, client: Client, engine: FakeEngine
) -> None:
    job = await talk(ada)
    path = f"/api/v1/jobs/{job['job_id']}/reels"
    bob = await make_caller(client, account="bob")
    await bob.post(path, {}, 404)
    others = await talk(bob)
    await ada.post(path, {"clip_ids": [others["clips"][0]["clip_id"]]}, 400)
    engine.hold("listen")
    early = await ada.submit(50)
    await ada.post(f"/api/v1/jobs/{early}/reels", {}, 409)
    engine.let_go("listen")
    await ada.until(early)
    await ada.call("DELETE", f"/api/v1/uploads/{job['upload_id']}")
    assert (await ada.post(path, {}, 422))["reason"] == "source_gone"
