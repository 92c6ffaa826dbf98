"""A misheard word is corrected once, and is right in all that is read or made of the talk."""

import asyncio
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine
from job_texts import rewritten

from klipfast_server.store.database import Database

KARENINA = {"corrections": [{"heard": "Anna Carena", "text": "Anna Karenina"}]}


@pytest.fixture(autouse=True)
def talk(engine: FakeEngine) -> None:
    """Three sentences; two of them name a book that was misheard."""
    engine.spoken = {
        0: "I read Anna Carena, twice.",
        1: "Was it good?",
        2: "Carena's sister is in Anna Carena.",
    }


@pytest.fixture
async def job(ada: Caller) -> dict[str, Any]:
    """A completed job with three clips."""
    done: dict[str, Any] = await ada.done(30)
    return done


async def corrected(caller: Caller, job_id: str, body: Any, status: int = 200) -> Any:
    """The answer of the call, whose status must be `status`."""
    path = f"/api/v1/jobs/{job_id}/corrections"
    return await caller.send("PATCH", path, status, json=body)


async def said(caller: Caller, job_id: str) -> list[str]:
    """The sentences of the transcript."""
    transcript = await caller.get(f"/api/v1/jobs/{job_id}/transcript")
    return [sentence["text"] for sentence in transcript["sentences"]]


async def test_a_correction_is_seen_wherever_the_talk_is_read(
    ada: Caller, job: dict[str, Any]
) -> None:
    job_id, clip_id = job["job_id"], job["clips"][0]["clip_id"]
    answer = await corrected(ada, job_id, KARENINA)
    assert answer["corrections"] == [
        {"heard": "Anna Carena", "text": "Anna Karenina", "start_seconds": None, "places": 2}
    ]
    assert await said(ada, job_id) == [
        "I read Anna Karenina, twice.",
        "Was it good?",
        "Carena's sister is in Anna Karenina.",
    ]
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert [w["text"] for w in transcript["words"][:5]] == [
        "I", "read", "Anna", "Karenina,", "twice.",
    ]  # fmt: skip
    assert [w.get("heard") for w in transcript["words"][:5]] == [None, None, None, "Carena", None]
    for path in (
        f"/api/v1/jobs/{job_id}/transcript?format=srt",
        f"/api/v1/jobs/{job_id}/transcript?format=vtt",
        f"/api/v1/jobs/{job_id}/transcript?format=txt",
        f"/api/v1/jobs/{job_id}/overview",
        f"/api/v1/clips/{clip_id}/transcript",
        f"/api/v1/clips/{clip_id}/captions?format=srt",
        f"/api/v1/clips/{clip_id}/captions?format=ass",
        f"/api/v1/jobs/{job_id}",
        f"/api/v1/clips/{clip_id}",
        "/api/v1/clips",
    ):
        told = (await ada.text(path)).casefold()
        assert "karenina" in told, path
        assert "anna carena" not in told, path
    assert await ada.get(f"/api/v1/jobs/{job_id}/corrections") == answer


async def test_taking_a_correction_back_leaves_no_trace(
    ada: Caller, job: dict[str, Any], db: Database
) -> None:
    path = f"/api/v1/jobs/{job['job_id']}/transcript"
    before, stored = await ada.text(path), await db.pool.fetchval("SELECT talk::text FROM talks")
    answer = await corrected(ada, job["job_id"], KARENINA)
    unknown = {"corrections": [{"heard": "twice", "text": None}]}
    assert await corrected(ada, job["job_id"], unknown) == answer
    assert await ada.text(path) != before
    back = await corrected(
        ada, job["job_id"], {"corrections": [{"heard": "ANNA carena!", "text": None}]}
    )
    assert (back["corrections"], back["clips_to_render"]) == ([], [])
    assert await ada.text(path) == before
    assert await db.pool.fetchval("SELECT talk::text FROM talks") == stored


async def test_one_place_alone_is_corrected(ada: Caller, job: dict[str, Any]) -> None:
    transcript = await ada.get(f"/api/v1/jobs/{job['job_id']}/transcript")
    last = next(w for w in reversed(transcript["words"]) if w["text"] == "Anna")
    change = KARENINA["corrections"][0] | {"start_seconds": last["start_seconds"]}
    answer = await corrected(ada, job["job_id"], {"corrections": [change]})
    assert answer["corrections"] == [change | {"places": 1}]
    assert await said(ada, job["job_id"]) == [
        "I read Anna Carena, twice.",
        "Was it good?",
        "Carena's sister is in Anna Karenina.",
    ]
    assert answer["clips_to_render"] == [job["clips"][2]["clip_id"]]
    detail = await ada.get(f"/api/v1/jobs/{job['job_id']}")
    assert detail["clips"][2]["transcript"] == "Carena's sister is in Anna Karenina."
    assert detail["clips"][0]["transcript"] == "I read Anna Carena, twice."


async def test_another_number_of_words_shares_the_time(ada: Caller, job: dict[str, Any]) -> None:
    job_id = job["job_id"]
    before = (await ada.get(f"/api/v1/jobs/{job_id}/transcript"))["words"]
    await corrected(
        ada,
        job_id,
        {
            "corrections": [
                {"heard": "Anna Carena", "text": "the novel Anna Karenina"},
                {"heard": "Was it", "text": "Wasn't"},
            ]
        },
    )
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    words = transcript["words"]
    assert [w["text"] for w in words[:10]] == [
        "I", "read", "the", "novel", "Anna", "Karenina,", "twice.", "Wasn't", "good?", "Carena's",
    ]  # fmt: skip
    assert words[2]["start_seconds"] == before[2]["start_seconds"]
    assert words[5]["end_seconds"] == before[3]["end_seconds"]
    assert (words[0], words[6]) == (before[0], before[4])
    assert words[7]["start_seconds"] == before[5]["start_seconds"]
    assert words[7]["end_seconds"] == before[6]["end_seconds"]
    assert all(w["start_seconds"] < w["end_seconds"] for w in words)
    assert [w["heard"] for w in words if "heard" in w] == ["Anna Carena"] * 4 + ["Was it"] + [
        "Anna Carena"
    ] * 4


async def test_a_correction_of_a_corrected_word_finds_it(ada: Caller, job: dict[str, Any]) -> None:
    await corrected(ada, job["job_id"], KARENINA)
    answer = await corrected(
        ada, job["job_id"], {"corrections": [{"heard": "Karenina", "text": "Karenin"}]}
    )
    assert [c["places"] for c in answer["corrections"]] == [2, 2]
    assert (await said(ada, job["job_id"]))[0] == "I read Anna Karenin, twice."
    same = await corrected(
        ada, job["job_id"], {"corrections": [{"heard": "anna carena", "text": "Emma"}]}
    )
    assert [(c["text"], c["places"]) for c in same["corrections"]] == [("Emma", 2), ("Karenin", 0)]


async def test_clips_that_show_the_old_word_are_named_until_they_are_rendered_again(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    job_id, clips = job["job_id"], [clip["clip_id"] for clip in job["clips"]]
    assert (await corrected(ada, job_id, KARENINA))["clips_to_render"] == [clips[0], clips[2]]
    await ada.post(f"/api/v1/clips/{clips[1]}/renders", {}, 400)  # its words are the same
    again = await ada.post(f"/api/v1/clips/{clips[0]}/renders", {}, 202)
    made = await ada.until(again["job_id"])
    assert made["clips"][0]["transcript"] == "I read Anna Karenina, twice."
    assert "Karenina," in [w.text for w in engine.rendered[-1].transcript.words]
    path = f"/api/v1/jobs/{job_id}/corrections"
    assert (await ada.get(path))["clips_to_render"] == [clips[2]]
    of_talk = (await ada.get(path))["corrections"]
    assert (await ada.get(f"/api/v1/jobs/{again['job_id']}/corrections"))["corrections"] == of_talk
    # a correction that does not concern it leaves it done, and one that does asks for it again
    more = {"corrections": [{"heard": "good", "text": "food"}]}
    assert (await corrected(ada, job_id, more))["clips_to_render"] == clips[1:]
    more = {"corrections": [{"heard": "twice", "text": "thrice"}]}
    newest = [made["clips"][0]["clip_id"], *clips[1:]]
    assert (await corrected(ada, job_id, more))["clips_to_render"] == newest
    await ada.call("DELETE", f"/api/v1/jobs/{again['job_id']}")
    back = {"corrections": [{"heard": word, "text": None} for word in ("good", "twice")]}
    assert (await corrected(ada, job_id, back))["clips_to_render"] == [clips[0], clips[2]]


async def test_the_words_of_a_clip_go_before_a_correction(ada: Caller, job: dict[str, Any]) -> None:
    clip_id = job["clips"][0]["clip_id"]
    await corrected(ada, job["job_id"], KARENINA)
    words = (await ada.get(f"/api/v1/clips/{clip_id}/transcript"))["words"]
    words[3]["text"] = "Carena,"
    made = await ada.made(f"/api/v1/clips/{clip_id}/renders", {"words": words})
    assert made["clips"][0]["transcript"] == "I read Anna Carena, twice."


async def test_clips_and_texts_that_are_made_later_have_it(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    job_id = job["job_id"]
    await corrected(ada, job_id, KARENINA)
    span = {"start_seconds": 0, "end_seconds": 9.5}
    made = await ada.made(f"/api/v1/jobs/{job_id}/clips", span)
    assert made["clips"][0]["transcript"] == "I read Anna Karenina, twice."
    await ada.made(f"/api/v1/jobs/{job_id}/reels", {})
    assert "Karenina," in [w.text for w in engine.rendered[-1].transcript.words]
    await rewritten(ada, job_id, "blog_post")
    assert engine.written[-1].transcript.sentences[0].text == "I read Anna Karenina, twice."


async def test_titles_have_it(ada: Caller, engine: FakeEngine) -> None:
    engine.titles = {0: "Why Anna Carena, again", 1: "Carena by Anna", 2: "Carena’s sister"}
    job = await ada.done(30)
    job_id = job["job_id"]
    await corrected(ada, job_id, {"corrections": [{"heard": "carena", "text": "Karenina"}]})
    right = ["Why Anna Karenina, again", "Karenina by Anna", "Karenina’s sister"]
    detail = await ada.get(f"/api/v1/jobs/{job_id}")
    assert [clip["title"] for clip in detail["clips"]] == right
    assert [clip["title_variants"][0]["title"] for clip in detail["clips"]] == right
    assert "Why-Anna-Karenina-again.mp4" in detail["clips"][0]["download_url"]
    chapters = (await ada.get(f"/api/v1/jobs/{job_id}/chapters"))["chapters"]
    assert [chapter["title"] for chapter in chapters] == right
    candidates = (await ada.get(f"/api/v1/jobs/{job_id}/candidates"))["candidates"]
    assert [candidate["title"] for candidate in candidates] == right
    assert "Why Anna Karenina" in await ada.text(f"/api/v1/jobs/{job_id}/timeline?format=otio")
    clip_id = job["clips"][0]["clip_id"]
    again = await ada.post(f"/api/v1/clips/{clip_id}/renders", {}, 202)
    assert (await ada.until(again["job_id"]))["clips"][0]["title"] == right[0]


async def test_a_word_that_is_right_already_is_not_made_longer(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.spoken = {0: "Karenina is Anna Karenina."}
    job = await ada.done(20)
    whole = {"corrections": [{"heard": "Karenina", "text": "Anna Karenina"}]}
    assert (await corrected(ada, job["job_id"], whole))["corrections"][0]["places"] == 1
    assert (await said(ada, job["job_id"]))[0] == "Anna Karenina is Anna Karenina."


async def test_corrections_at_the_same_time_lose_nothing(ada: Caller, job: dict[str, Any]) -> None:
    words = ["I", "read", "twice", "was", "it", "good", "sister", "is", "in", "carena"]
    answers = await asyncio.gather(
        *(
            corrected(ada, job["job_id"], {"corrections": [{"heard": w, "text": f"{w}x"}]})
            for w in words
        )
    )
    assert max(len(answer["corrections"]) for answer in answers) == len(words)
    kept = (await ada.get(f"/api/v1/jobs/{job['job_id']}/corrections"))["corrections"]
    assert sorted(c["heard"] for c in kept) == sorted(words)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"heard": "Emma", "text": "x"}, "has no 'Emma'"),
    ({"heard": "Caren", "text": "Karen"}, "has no 'Caren'"),
    ({"heard": "twice Was", "text": "x"}, "in one sentence"),
    ({"heard": "good", "text": "good"}, "or has 'good' there"),
    ({"heard": "Anna", "text": "x", "start_seconds": 0.7}, "no 'Anna' starts at 0.7 s"),
    ({"heard": "Anna", "text": "a\u0000b"}, "control characters"),
    ({"heard": "An\nna", "text": "x"}, "control characters"),
    ({"heard": "Anna", "text": "a\u202eb"}, "control characters"),
    ({"heard": "Anna", "text": "\u200b"}, "null takes a correction back"),
    ({"heard": "Anna", "text": "…"}, "null takes a correction back"),
    ({"heard": "Anna", "text": ""}, "text must not be empty"),
    ({"heard": "", "text": "x"}, "heard must not be empty"),
    ({"heard": "--", "text": "x"}, "neither letters nor digits"),
    ({"heard": "Anna", "text": "x" * 101}, "100 characters or fewer"),
    ({"heard": "Anna", "text": "x " * 11}, "11 words; 10 are the most"),
    ({"heard": "Anna", "text": "x", "start_seconds": -1}, "must be 0 or more"),
    ({"heard": "Anna"}, "text"),
    ({"heard": "Anna", "text": "x", "place": 1}, "place"),
]


async def test_what_cannot_be_corrected_is_told(ada: Caller, job: dict[str, Any]) -> None:
    before = await said(ada, job["job_id"])
    for change, told in WRONG:
        body = {"corrections": [*KARENINA["corrections"], change]}
        assert told in (await corrected(ada, job["job_id"], body, 400))["message"]
    assert await said(ada, job["job_id"]) == before  # all or none


async def test_a_job_has_so_many_corrections(ada: Caller, engine: FakeEngine) -> None:
    engine.spoken = {0: " ".join(f"w{n}" for n in range(201))}
    job_id = (await ada.done(20))["job_id"]
    changes = [{"heard": f"w{n}", "text": f"v{n}"} for n in range(201)]
    await corrected(ada, job_id, {"corrections": changes[:100]})
    await corrected(ada, job_id, {"corrections": changes[100:200]})
    full = await corrected(ada, job_id, {"corrections": changes[200:]}, 400)
    assert "at most 200 corrections; these would be 201" in full["message"]
    await corrected(ada, job_id, {"corrections": changes[:101]}, 400)
    twice = await corrected(ada, job_id, {"corrections": [changes[0], changes[0]]})
    assert len(twice["corrections"]) == 200


async def test_profanity_is_masked_in_corrections_too(ada: Caller, engine: FakeEngine) -> None:
    job = await ada.done(30, profanity="mask")
    await corrected(ada, job["job_id"], {"corrections": [{"heard": "Carena", "text": "fuck"}]})
    assert (await said(ada, job["job_id"]))[0] == "I read Anna f***, twice."
    clip_id = job["clips"][0]["clip_id"]
    await ada.made(f"/api/v1/clips/{clip_id}/renders", {})
    assert next(w.text for w in engine.rendered[-1].transcript.words if w.masked) == "f***,"


async def test_a_retry_writes_with_corrections_and_names_unless_the_talk_is_heard_anew(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    for sha256, right, who in (
        (None, "I read Anna Karenina, twice.", "Rosa"),
        ("\\x00", "I read Anna Carena, twice.", "Speaker 1"),
    ):
        engine.errors["write"] = RuntimeError("once")
        job_id = (await ada.done(30))["job_id"]
        await corrected(ada, job_id, KARENINA)
        names = {"names": {"Speaker 1": "Rosa"}}
        await ada.send("PATCH", f"/api/v1/jobs/{job_id}/speakers", json=names)
        del engine.errors["write"]
        if sha256 is not None:  # it is another file now
            await db.pool.execute(f"UPDATE talks SET source_sha256 = '{sha256}'")
        await ada.post(f"/api/v1/jobs/{job_id}/retry", None, 202)
        assert (await ada.until(job_id))["status"] == "completed"
        first = engine.written[-1].transcript.sentences[0]
        assert (first.text, first.speaker) == (right, who)
        kept = (await ada.get(f"/api/v1/jobs/{job_id}/corrections"))["corrections"]
        assert bool(kept) == (sha256 is None)
        told = (await ada.get(f"/api/v1/jobs/{job_id}/transcript"))["sentences"][0]
        assert (told["text"], told["speaker"]) == (right, who)


async def test_describing_a_span_again_does_not_correct_twice(
    ada: Caller, engine: FakeEngine, job: dict[str, Any]
) -> None:
    engine.errors["describe"] = RuntimeError("once")
    span = {"start_seconds": 10.2, "end_seconds": 19.5}
    own = (await ada.post(f"/api/v1/jobs/{job['job_id']}/clips", span, 202))["job_id"]
    assert (await ada.until(own))["status"] == "failed"
    await corrected(ada, own, {"corrections": [{"heard": "good", "text": "very good, very"}]})
    del engine.errors["describe"]
    await ada.post(f"/api/v1/jobs/{own}/retry", None, 202)
    made = await ada.until(own)
    assert made["clips"][0]["transcript"] == "Was it very good, very?"
    assert (await said(ada, own))[1] == "Was it very good, very?"


async def test_corrections_cannot_multiply_a_talk(ada: Caller, engine: FakeEngine) -> None:
    engine.spoken = {0: "a b c"}
    job_id = (await ada.done(20))["job_id"]
    chain = [
        {"heard": f"{word}", "text": " ".join([following] * 10)}
        for word, following in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    told = await corrected(ada, job_id, {"corrections": chain}, 400)
    assert "more than twice as long" in told["message"]
    assert (await said(ada, job_id))[0] == "a b c"


async def test_corrections_have_so_many_places(ada: Caller, engine: FakeEngine) -> None:
    engine.spoken = {0: "the " * 10_001 + "end"}
    job_id = (await ada.done(20))["job_id"]
    change = {"corrections": [{"heard": "the", "text": "that"}]}
    told = await corrected(ada, job_id, change, 400)
    assert "would change 10,001 places; 10,000 are the most" in told["message"]


async def test_clips_are_found_by_what_they_say_now(ada: Caller, job: dict[str, Any]) -> None:
    assert (await ada.get("/api/v1/clips?q=karenina"))["clips"] == []
    await corrected(ada, job["job_id"], KARENINA)
    found = (await ada.get("/api/v1/clips?q=karenina&order=oldest"))["clips"]
    assert {clip["clip_id"] for clip in found} == {
        job["clips"][0]["clip_id"],
        job["clips"][2]["clip_id"],
    }
