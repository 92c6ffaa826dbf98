"""The texts of a job: how they are asked for, and what is told of them."""

from typing import Any

from caller import Caller
from fake_engine import FakeEngine
from job_texts import LONG, finished, listed, rewritten

from klipfast_server.store.database import Database
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TextOptions


async def test_options_reach_the_writer_and_stay_with_the_text(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada, text_options=LONG, text_outputs=["blog_post"])
    wished = TextOptions(length="long", hook=3, tone="dry and short", link=LONG["link"])
    assert engine.wishes == [wished]
    [text] = (await listed(ada, job_id)).values()
    assert text["options"] == LONG | {"tone": "dry and short"}
    await finished(ada, 20, text_options={"hook": 2.0})  # a whole number
    assert engine.wishes[-1] == TextOptions(hook=2)


WRONG: list[tuple[Any, str, str]] = [
    ({"length": "huge"}, "text_options.length", "huge"),
    ({"hook": 0}, "text_options.hook", "1 or more"),
    ({"hook": 4}, "text_options.hook", "3 or less"),
    ({"tone": "a" * 201}, "text_options.tone", "200"),
    ({"tone": "a\x00"}, "text_options.tone", "NUL"),
    ({"link": "javascript:alert(1)"}, "text_options.link", "https://"),
    ({"link": "https:///a"}, "text_options.link", "https://"),
    ({"link": "https://me:secret@e.org/"}, "text_options.link", "https://"),
    ({"link": "https://e.org/" + "a" * 2048}, "text_options.link", "2048"),
    ({"lenght": "short"}, "text_options.lenght", "Did you mean length?"),
    ("short", "text_options", "object"),
]


async def test_wrong_options_are_refused_with_the_field(ada: Caller) -> None:
    for options, field, told in WRONG:
        body = {"video_url": "https://example.com/a.mp4", "text_options": options}
        answer = await ada.post("/api/v1/process", body, 400)
        assert told in answer["message"], answer
        assert answer["field"] in (field, field.rsplit(".", 1)[-1]), answer


async def test_each_text_tells_who_wrote_it_and_what_it_rests_on(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada, text_options={"length": "long"})
    texts = await listed(ada, job_id)
    assert list(texts) == list(DEFAULT_TEXT_KINDS)
    article = texts["blog_post"]
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    assert article["text"] == job["text_outputs"]["blog_post"]
    assert (article["author"], article["reason"], article["warnings"]) == ("extractive", "", [])
    assert (article["format"], texts["linkedin_post"]["format"]) == ("markdown", "plain")
    assert article["sources"][0]["text"] == "Word0"
    assert article["sources"][2] == {
        "text": "Word1.",
        "sentences": [1],
        "start_seconds": 10.0,
        "end_seconds": 19.5,
        "speaker": "Speaker 2",
    }
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    for source in article["sources"]:
        [place] = source["sentences"]
        assert transcript["sentences"][place]["start_seconds"] == source["start_seconds"]


async def test_names_given_to_speakers_are_in_the_sources(ada: Caller, engine: FakeEngine) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada)
    names = {"names": {"Speaker 1": "Rosa"}}
    await ada.call("PATCH", f"/api/v1/jobs/{job_id}/speakers", json=names)
    [source] = (await listed(ada, job_id))["blog_post"]["sources"]
    assert source["speaker"] == "Rosa"


async def test_a_withheld_text_is_listed_with_its_reason(ada: Caller, engine: FakeEngine) -> None:
    engine.withheld = {"blog_post": "Only greetings were said."}
    job_id = await finished(ada)
    texts = await listed(ada, job_id)
    assert texts["blog_post"]["text"] == ""
    assert texts["blog_post"]["reason"] == "Only greetings were said."
    assert texts["linkedin_post"]["text"] == "Word0."
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["text_outputs"]["blog_post"] == ""
    answer = await ada.get(f"/api/v1/jobs/{job_id}/texts/blog_post", 404)
    assert "Only greetings were said." in answer["message"]


async def test_a_job_shows_the_three_texts_and_those_that_were_requested(ada: Caller) -> None:
    job_id = await finished(ada, text_outputs=["linkedin_post"])
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["text_outputs"] == {
        "twitter_thread": "",
        "linkedin_post": "Word0.",
        "blog_post": "",
    }
    assert list(await listed(ada, job_id)) == ["linkedin_post"]


async def test_deletion_takes_the_texts_and_the_jobs_that_wrote_them(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    job_id = await finished(ada)
    await rewritten(ada, job_id, "blog_post")
    engine.hold("write")
    running = (await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", {}, 202))["job_id"]
    await ada.until(running, lambda job: job["status"] == "processing")
    await ada.send("DELETE", f"/api/v1/jobs/{job_id}", 204)
    await ada.get(f"/api/v1/jobs/{running}", 404)
    assert (await ada.get("/api/v1/jobs"))["jobs"] == []
    assert await db.pool.fetchval("SELECT count(*) FROM texts") == 0
    engine.let_go("write")
    await finished(ada)  # the worker is well
