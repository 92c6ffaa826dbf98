"""The texts of a job: how they are asked for, told, converted and replaced by one's own."""

from typing import Any

from caller import Caller
from fake_engine import FakeEngine
from html_tags import Tags
from job_texts import LONG, document, finished, listed, put, rewritten
from measured_text import INVISIBLE

from klipfast_server.schema.writing.text_requests import MAX_TEXT_CHARS
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
    names = {"names": {"Speaker 2": "Rosa"}}
    await ada.send("PATCH", f"/api/v1/jobs/{job_id}/speakers", json=names)
    assert (await listed(ada, job_id))["blog_post"]["sources"][2]["speaker"] == "Rosa"


async def test_a_withheld_text_is_listed_with_its_reason(ada: Caller, engine: FakeEngine) -> None:
    engine.withheld = {"blog_post": "Only greetings were said."}
    job_id = await finished(ada)
    texts = await listed(ada, job_id)
    assert texts["blog_post"]["text"] == ""
    assert texts["blog_post"]["reason"] == "Only greetings were said."
    assert texts["linkedin_post"]["text"] == "Word0."
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    warning = {"code": "texts", "message": "Only greetings were said.", "seconds": 0.0}
    assert (job["text_outputs"]["blog_post"], job["warnings"]) == ("", [warning])
    answer = await ada.get(f"/api/v1/jobs/{job_id}/texts/blog_post", 404)
    assert "Only greetings were said." in answer["message"]
    await ada.send("PUT", f"/api/v1/jobs/{job_id}/texts/blog_post", json={"text": "Word0."})
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["warnings"] == []


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


HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://127.0.0.1/)"


async def test_a_text_comes_in_every_format(ada: Caller, engine: FakeEngine) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada, text_options=LONG)
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    published = await document(ada, job_id, "blog_post")
    assert published == ("text/markdown", job["text_outputs"]["blog_post"])
    assert await document(ada, job_id, "blog_post", "published") == published
    assert await document(ada, job_id, "blog_post", "markdown") == published
    media, plain = await document(ada, job_id, "blog_post", "plain")
    assert (media, plain.splitlines()[0]) == ("text/plain", "Word0")
    media, page = await document(ada, job_id, "blog_post", "html")
    assert media == "text/html"
    found = Tags(page)
    assert found.tags[0] == ("article", {"lang": "en", "dir": "auto"})
    assert {"h1", "blockquote", "cite", "time"} <= found.names()
    assert ("time", {"datetime": "PT10S"}) in found.tags
    assert "https://e.org/a?v=1&t=10#top" in found.links()
    _, thread = await document(ada, job_id, "twitter_thread", "html")
    assert Tags(thread).names() == {"article", "ol", "li", "p"}


async def test_markup_in_the_talk_is_text(ada: Caller, engine: FakeEngine) -> None:
    engine.said = {1: HOSTILE}
    engine.speakers = ("Ann <b>", "Speaker 2")
    job_id = await finished(ada, text_options={"length": "long"})
    found = Tags((await document(ada, job_id, "blog_post", "html"))[1])
    assert HOSTILE in found.text
    assert "Ann <b>" in found.text
    assert not {"script", "img", "a", "b"} & found.names()
    markdown = (await document(ada, job_id, "blog_post", "markdown"))[1]
    assert "<script" not in markdown
    assert "](" not in markdown


async def test_markup_in_ones_own_text_is_text(ada: Caller) -> None:
    job_id = await finished(ada)
    own = f"# Mine\n\n{HOSTILE} **bold** [good](https://e.org/?a=1&b=2)\n\n- one\n- two\n"
    await put(ada, job_id, "blog_post", json={"text": own})
    await put(ada, job_id, "twitter_thread", json={"text": f"1/ {HOSTILE}\nline"})
    found = Tags((await document(ada, job_id, "blog_post", "html"))[1])
    assert found.names() == {"article", "h1", "p", "strong", "a", "ul", "li"}
    assert found.links() == ["http://127.0.0.1/", "https://e.org/?a=1&b=2"]  # no script
    assert "<script>alert(1)</script>" in found.text
    found = Tags((await document(ada, job_id, "twitter_thread", "html"))[1])
    assert found.names() == {"article", "p", "br"}
    assert HOSTILE in found.text
    plain = (await document(ada, job_id, "blog_post", "plain"))[1]
    assert plain.startswith("Mine\n\n")
    assert plain.endswith("bold good\n\n• one\n• two\n")
    assert (await document(ada, job_id, "blog_post"))[1] == own


async def test_ones_own_text_replaces_the_written_one_and_may_be_sent_as_text(ada: Caller) -> None:
    job_id = await finished(ada, text_outputs=["blog_post"])
    answer = await put(ada, job_id, "blog_post", json={"text": "# Word0\r\n\r\nWord1.\r\n"})
    assert (answer["author"], answer["sources"], answer["warnings"]) == ("user", [], [])
    assert answer["text"] == "# Word0\n\nWord1.\n"
    assert (await listed(ada, job_id))["blog_post"] == answer
    await put(ada, job_id, "linkedin_post", json={"text": "Word0."})  # was not requested
    assert list(await listed(ada, job_id)) == ["linkedin_post", "blog_post"]
    assert (await document(ada, job_id, "linkedin_post"))[1] == "Word0.\n"
    outputs = (await ada.get(f"/api/v1/jobs/{job_id}"))["text_outputs"]
    assert (outputs["blog_post"], outputs["linkedin_post"]) == (answer["text"], "Word0.")
    for n, media in enumerate(("text/plain", "text/markdown", "text/plain; charset=utf-8")):
        own, headers = f"# Wörd0\n\nWord{n}.", {"Content-Type": media}
        answer = await put(ada, job_id, "blog_post", data=own.encode(), headers=headers)
        assert answer["text"] == own


async def test_what_nobody_said_is_a_warning_and_is_stored(ada: Caller) -> None:
    job_id = await finished(ada)
    own = "# Word0\n\nIn 1987 Professor Quint said: “Nobody ever uttered such a thing.”"
    answer = await put(ada, job_id, "blog_post", json={"text": own})
    told = {warning["kind"]: warning["message"] for warning in answer["warnings"]}
    assert "1987" in told["number"]
    assert "Quint" in " ".join(w["message"] for w in answer["warnings"])
    assert "Nobody ever uttered such a thing" in told["quotation"]
    assert (await listed(ada, job_id))["blog_post"]["warnings"] == answer["warnings"]
    assert (await document(ada, job_id, "blog_post"))[1] == f"{own}\n"
    mended = await put(ada, job_id, "blog_post", json={"text": "# Word0\n\nWord1."})
    assert mended["warnings"] == []
    long = await put(ada, job_id, "twitter_thread", json={"text": "1/ " + "word " * 100})
    assert "length" in {warning["kind"] for warning in long["warnings"]}
    assert all(warning["message"].endswith(".") for warning in long["warnings"])
    invisible = await put(ada, job_id, "blog_post", json={"text": INVISIBLE[0]})
    assert invisible["author"] == "user"
    empty = await put(ada, job_id, "blog_post", json={"text": ""})
    assert [warning["kind"] for warning in empty["warnings"]] == ["empty"]
    await ada.get(f"/api/v1/jobs/{job_id}/texts/blog_post", 404)


NO_TEXTS: list[tuple[Any, int, str | None, str]] = [
    ({"json": {}}, 400, "text", "missing"),
    ({"json": {"text": 5}}, 400, "text", "a text, not a whole number"),
    ({"json": {"text": "a", "kind": "b"}}, 400, "kind", "no field kind"),
    ({"json": {"text": "a" * (MAX_TEXT_CHARS + 1)}}, 400, "text", str(MAX_TEXT_CHARS)),
    ({"json": {"text": "a\x00b"}}, 400, "text", "control character"),
    ({"json": {"text": "a\x1bb"}}, 400, "text", "control character"),
    ({"data": b"{"}, 400, None, "not valid JSON"),
    ({"data": b"\xff", "headers": {"Content-Type": "text/plain"}}, 400, None, "UTF-8"),
    (
        {"data": b"a", "headers": {"Content-Type": "text/plain; charset=latin-1"}},
        415,
        "Content-Type",
        "UTF-8",
    ),
]


async def test_what_is_no_text_is_refused_and_changes_nothing(ada: Caller) -> None:
    job_id = await finished(ada)
    for body, status, field, told in NO_TEXTS:
        answer = await put(ada, job_id, "blog_post", status, **body)
        assert answer.get("field") == field, answer
        assert told in answer["message"], answer
    assert (await listed(ada, job_id))["blog_post"]["author"] == "extractive"
