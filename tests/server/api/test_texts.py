"""The texts of a job: their sources and formats, a caller's own, and those written again."""

from html.parser import HTMLParser
from typing import Any

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from measured_text import INVISIBLE
from pulses import reached

from klipfast_server.schema import responses
from klipfast_server.schema.text_requests import MAX_TEXT_CHARS
from klipfast_server.store.database import Database
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TEXT_KINDS, TextOptions

LONG: dict[str, Any] = {
    "length": "long",
    "hook": 3,
    "tone": "dry\n and  short",
    "link": "https://e.org/a?v=1#top",
}
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://127.0.0.1/)"


async def finished(caller: Caller, seconds: float = 30, **options: Any) -> str:
    """A completed job."""
    job_id = await caller.submit(seconds, **options)
    job = await caller.until(job_id)
    assert job["status"] == "completed", job
    return job_id


async def listed(caller: Caller, job_id: str) -> dict[str, Any]:
    """The texts of a job, by kind."""
    answer = await caller.get(f"/api/v1/jobs/{job_id}/texts")
    assert answer["job_id"] == job_id
    return {text["kind"]: text for text in answer["texts"]}


async def document(caller: Caller, job_id: str, kind: str, form: str = "") -> tuple[str, str]:
    """(media type, content) of a text."""
    query = f"?format={form}" if form else ""
    response = await caller.call("GET", f"/api/v1/jobs/{job_id}/texts/{kind}{query}")
    text = await response.text()
    assert response.status == 200, text
    assert response.headers["Content-Disposition"].startswith("attachment;")
    return response.content_type, text


async def put(caller: Caller, job_id: str, kind: str, status: int = 200, **body: Any) -> Any:
    """The answer to a text of the caller's own; `body` as for aiohttp's request."""
    response = await caller.call("PUT", f"/api/v1/jobs/{job_id}/texts/{kind}", **body)
    answer = await response.json()
    assert response.status == status, answer
    return answer


async def rewritten(caller: Caller, job_id: str, kind: str, **changes: Any) -> Any:
    """The job that wrote a text again, once it has ended."""
    accepted = await caller.post(f"/api/v1/jobs/{job_id}/texts/{kind}", changes, 202)
    assert accepted["status"] == "queued"
    return await caller.until(accepted["job_id"])


# What is asked for


async def test_options_reach_the_writer_and_stay_with_the_text(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada, text_options=LONG, text_outputs=["blog_post"])
    wished = TextOptions(length="long", hook=3, tone="dry and short", link=LONG["link"])
    assert engine.wishes == [wished]
    [text] = (await listed(ada, job_id)).values()
    assert text["options"] == LONG | {"tone": "dry and short"}
    await finished(ada, 20)
    assert engine.wishes[-1] == TextOptions()


async def test_a_whole_number_may_be_written_with_a_point(ada: Caller, engine: FakeEngine) -> None:
    await finished(ada, text_options={"hook": 2.0})
    assert engine.wishes[-1].hook == 2


@pytest.mark.parametrize(
    ("options", "field", "told"),
    [
        ({"length": "huge"}, "text_options.length", "huge"),
        ({"hook": 0}, "text_options.hook", ">= 1"),
        ({"hook": 4}, "text_options.hook", "<= 3"),
        ({"tone": "a" * 201}, "text_options.tone", "200"),
        ({"tone": "a\x00"}, "text_options.tone", "NUL"),
        ({"link": "javascript:alert(1)"}, "text_options.link", "https://"),
        ({"link": "https:///a"}, "text_options.link", "https://"),
        ({"link": "https://me:secret@e.org/"}, "text_options.link", "https://"),
        ({"link": "https://e.org/" + "a" * 2048}, "text_options.link", "2048"),
        ({"lenght": "short"}, "text_options.lenght", "unknown"),
        ("short", "text_options", "object"),
    ],
)
async def test_wrong_options_are_refused_with_the_field(
    ada: Caller, options: Any, field: str, told: str
) -> None:
    body = {"video_url": "https://example.com/a.mp4", "text_options": options}
    answer = await ada.post("/api/v1/process", body, 400)
    assert told in answer["message"], answer
    assert answer["field"] in (field, field.rsplit(".", 1)[-1]), answer


# What is there


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
        assert transcript["sentences"][place]["start_s"] == source["start_seconds"]


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


def test_every_kind_has_a_place_in_a_job() -> None:
    assert responses.TextOutputs.__struct_fields__ == TEXT_KINDS


async def test_before_its_end_a_job_has_no_texts(ada: Caller, engine: FakeEngine) -> None:
    engine.hold("write")
    job_id = await ada.submit(10)
    path = f"/api/v1/jobs/{job_id}/texts"
    for method, end, body in (
        ("GET", "", None),
        ("GET", "/blog_post", None),
        ("PUT", "/blog_post", {"text": "Mine."}),
        ("POST", "/blog_post", {}),
    ):
        response = await ada.call(method, path + end, json=body)
        answer = await response.json()
        assert (response.status, answer["error"], answer["job_id"]) == (409, "conflict", job_id)
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    assert (await ada.get(path))["texts"] == []
    await put(ada, job_id, "blog_post", 409, json={"text": "Mine."})
    assert "canceled" in (await ada.post(f"{path}/blog_post", {}, 409))["message"]


async def test_what_belongs_to_another_or_is_no_text_is_not_found(
    ada: Caller, client: Client
) -> None:
    bob, job_id = await make_caller(client, account="bob"), await finished(ada)
    for caller, end in (
        (bob, f"{job_id}/texts"),
        (ada, "job_unknown/texts"),
        (bob, f"{job_id}/texts/blog_post"),
        (ada, f"{job_id}/texts/poem"),
    ):
        path = f"/api/v1/jobs/{end}"
        methods = ("GET",) if end.endswith("texts") else ("GET", "PUT", "POST")
        for method in methods:
            response = await caller.call(
                method, path, json={"text": "a"} if method == "PUT" else {}
            )
            answer = await response.json()
            assert (response.status, answer["error"]) == (404, "not_found"), (method, path)
    assert (await listed(ada, job_id))["blog_post"]["author"] == "extractive"


async def test_deletion_takes_the_texts_and_the_jobs_that_wrote_them(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    job_id = await finished(ada)
    await rewritten(ada, job_id, "blog_post")
    engine.hold("write")
    running = (await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", {}, 202))["job_id"]
    await ada.until(running, lambda job: job["status"] == "processing")
    assert (await ada.call("DELETE", f"/api/v1/jobs/{job_id}")).status == 204
    await ada.get(f"/api/v1/jobs/{running}", 404)
    assert (await ada.get("/api/v1/jobs"))["jobs"] == []
    assert await db.pool.fetchval("SELECT count(*) FROM texts") == 0
    engine.let_go("write")
    await finished(ada)  # the worker is well


# Formats


class Tags(HTMLParser):
    """The tags of a page, each with its attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def names(self) -> set[str]:
        """Names of the tags."""
        return {name for name, _ in self.tags}

    def links(self) -> list[str | None]:
        """Addresses that the page leads to."""
        return [attributes["href"] for name, attributes in self.tags if name == "a"]


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


async def test_an_unknown_format_is_refused_with_the_known_ones(ada: Caller) -> None:
    job_id = await finished(ada)
    for wrong in ("pdf", "HTML", "", "null"):
        path = f"/api/v1/jobs/{job_id}/texts/blog_post?format={wrong}"
        answer = await ada.get(path, 400)
        assert answer["field"] == "format"
        assert "markdown, html, plain" in answer["message"]


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
    assert found.links() == ["http://127.0.0.1/", "https://e.org/?a=1&b=2"]  # of no script
    assert "<script>alert(1)</script>" in found.text
    found = Tags((await document(ada, job_id, "twitter_thread", "html"))[1])
    assert found.names() == {"article", "p", "br"}
    assert HOSTILE in found.text
    plain = (await document(ada, job_id, "blog_post", "plain"))[1]
    assert plain.startswith("Mine\n\n")
    assert plain.endswith("bold good\n\n• one\n• two\n")
    assert (await document(ada, job_id, "blog_post"))[1] == own


# A caller's own


async def test_ones_own_text_replaces_the_written_one(ada: Caller) -> None:
    job_id = await finished(ada)
    answer = await put(ada, job_id, "blog_post", json={"text": "# Word0\r\n\r\nWord1.\r\n"})
    assert (answer["author"], answer["sources"], answer["warnings"]) == ("user", [], [])
    assert answer["text"] == "# Word0\n\nWord1.\n"
    assert (await listed(ada, job_id))["blog_post"] == answer
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    assert job["text_outputs"]["blog_post"] == "# Word0\n\nWord1.\n"
    assert job["text_outputs"]["linkedin_post"] == "Word0."


@pytest.mark.parametrize("media", ["text/plain", "text/markdown", "text/plain; charset=utf-8"])
async def test_it_may_be_sent_as_text(ada: Caller, media: str) -> None:
    job_id = await finished(ada)
    body = "# Wörd0\n\nWord1."
    headers = {"Content-Type": media}
    answer = await put(ada, job_id, "blog_post", data=body.encode(), headers=headers)
    assert answer["text"] == body


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


async def test_limits_are_warnings_too(ada: Caller) -> None:
    job_id = await finished(ada)
    answer = await put(ada, job_id, "twitter_thread", json={"text": "1/ " + "word " * 100})
    assert "length" in {warning["kind"] for warning in answer["warnings"]}
    assert all(warning["message"].endswith(".") for warning in answer["warnings"])


async def test_an_empty_text_is_none(ada: Caller) -> None:
    job_id = await finished(ada)
    answer = await put(ada, job_id, "blog_post", json={"text": INVISIBLE[0]})
    assert answer["author"] == "user"
    answer = await put(ada, job_id, "blog_post", json={"text": ""})
    assert [warning["kind"] for warning in answer["warnings"]] == ["empty"]
    await ada.get(f"/api/v1/jobs/{job_id}/texts/blog_post", 404)


async def test_a_kind_that_was_not_requested_can_be_added(ada: Caller) -> None:
    job_id = await finished(ada, text_outputs=[])
    await put(ada, job_id, "linkedin_post", json={"text": "Word0."})
    assert list(await listed(ada, job_id)) == ["linkedin_post"]
    assert (await document(ada, job_id, "linkedin_post"))[1] == "Word0.\n"


@pytest.mark.parametrize(
    ("body", "status", "field", "told"),
    [
        ({"json": {}}, 400, "text", "missing"),
        ({"json": {"text": 5}}, 400, "text", "str"),
        ({"json": {"text": "a", "kind": "b"}}, 400, "kind", "unknown"),
        ({"json": {"text": "a" * (MAX_TEXT_CHARS + 1)}}, 400, "text", str(MAX_TEXT_CHARS)),
        ({"json": {"text": "a\x00b"}}, 400, "text", "control character"),
        ({"json": {"text": "a\x1bb"}}, 400, "text", "control character"),
        ({"data": b"{"}, 400, None, "not a valid JSON"),
        ({"data": b"\xff", "headers": {"Content-Type": "text/plain"}}, 400, None, "UTF-8"),
        (
            {"data": b"a", "headers": {"Content-Type": "text/plain; charset=latin-1"}},
            415,
            "Content-Type",
            "UTF-8",
        ),
    ],
)
async def test_what_is_no_text_is_refused_and_changes_nothing(
    ada: Caller, body: Any, status: int, field: str | None, told: str
) -> None:
    job_id = await finished(ada)
    answer = await put(ada, job_id, "blog_post", status, **body)
    assert answer.get("field") == field, answer
    assert told in answer["message"], answer
    assert (await listed(ada, job_id))["blog_post"]["author"] == "extractive"


# Written again


async def test_a_text_is_written_again_without_hearing_or_rendering_anything(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada, text_options=LONG)
    before, calls = await listed(ada, job_id), len(engine.calls)
    used = await ada.get("/api/v1/usage")
    job = await rewritten(ada, job_id, "blog_post", length="short")
    assert (job["status"], job["rewrite_of"], job["clips"]) == ("completed", job_id, [])
    assert engine.calls[calls:] == ["write"]
    assert engine.wishes[-1] == TextOptions(
        length="short", hook=3, tone="dry and short", link="https://e.org/a?v=1#top"
    )
    after = await listed(ada, job_id)
    assert len(after["blog_post"]["text"]) < len(before["blog_post"]["text"])
    assert after["blog_post"]["options"]["length"] == "short"
    assert after["linkedin_post"] == before["linkedin_post"]
    assert job["text_outputs"] == {
        "twitter_thread": "",
        "linkedin_post": "",
        "blog_post": after["blog_post"]["text"],
    }
    assert await ada.get("/api/v1/usage") == used
    answer = await ada.get(f"/api/v1/jobs/{job['job_id']}/texts", 409)
    assert answer["job_id"] == job_id


async def test_what_is_not_asked_for_stays_as_it_was_last(ada: Caller, engine: FakeEngine) -> None:
    job_id = await finished(ada)
    await rewritten(ada, job_id, "blog_post", hook=2, link="https://e.org/")
    await rewritten(ada, job_id, "blog_post", length="long")
    assert engine.wishes[-1] == TextOptions(length="long", hook=2, link="https://e.org/")
    await rewritten(ada, job_id, "blog_post", link="", hook=1)
    assert engine.wishes[-1] == TextOptions(length="long")


async def test_ones_own_text_gives_way_to_a_written_one_again(ada: Caller) -> None:
    job_id = await finished(ada, text_options={"length": "long"})
    before = (await listed(ada, job_id))["blog_post"]
    await put(ada, job_id, "blog_post", json={"text": "In 1987."})
    assert (await rewritten(ada, job_id, "blog_post"))["status"] == "completed"
    after = (await listed(ada, job_id))["blog_post"]
    assert after | {"updated_at": ""} == before | {"updated_at": ""}


async def test_a_kind_that_was_not_requested_can_be_written(ada: Caller) -> None:
    job_id = await finished(ada, text_outputs=["blog_post"])
    await rewritten(ada, job_id, "twitter_thread")
    assert list(await listed(ada, job_id)) == ["twitter_thread", "blog_post"]
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["text_outputs"][
        "twitter_thread"
    ] == "1/ Word0."


async def test_it_is_told_of_and_its_upload_may_be_gone(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada)
    names = {"names": {"Speaker 1": "Rosa"}}
    await ada.call("PATCH", f"/api/v1/jobs/{job_id}/speakers", json=names)
    await db.pool.execute("DELETE FROM uploads")
    assert (await rewritten(ada, job_id, "blog_post"))["status"] == "completed"
    assert engine.written[-1].transcript.sentences[0].speaker == "Rosa"


async def test_it_can_be_followed_and_canceled_and_tried_again(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada)
    before = await listed(ada, job_id)
    engine.hold("write")
    path = f"/api/v1/jobs/{job_id}/texts/blog_post"
    running = (await ada.post(path, {"length": "long"}, 202))["job_id"]
    job = await ada.until(running, lambda job: job["stage"] is not None)
    assert (job["stage"], job["text_outputs"]["blog_post"]) == ("write", "")
    assert job["progress"] < 0.5
    answer = await ada.post(path, {"length": "short"}, 409)
    assert (answer["job_id"], "writes this text" in answer["message"]) == (running, True)
    other = await ada.post(f"/api/v1/jobs/{job_id}/texts/linkedin_post", {}, 202)
    await ada.post(f"/api/v1/jobs/{running}/cancel")
    engine.let_go("write")
    assert (await ada.until(running))["status"] == "canceled"
    assert (await ada.until(other["job_id"]))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"] == before["blog_post"]
    await ada.post(f"/api/v1/jobs/{running}/retry", None, 202)
    assert (await ada.until(running))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"]["options"]["length"] == "long"


async def test_ones_own_text_cancels_what_would_replace_it(ada: Caller, engine: FakeEngine) -> None:
    job_id = await finished(ada)
    engine.reached.clear()
    engine.hold("write")
    path = f"/api/v1/jobs/{job_id}/texts"
    running = (await ada.post(f"{path}/blog_post", {}, 202))["job_id"]
    await reached(engine, "write")
    other = (await ada.post(f"{path}/linkedin_post", {}, 202))["job_id"]
    await put(ada, job_id, "blog_post", json={"text": "Word1."})
    assert (await ada.get(f"/api/v1/jobs/{running}"))["status"] == "canceled"
    engine.let_go("write")
    assert (await ada.until(other))["status"] == "completed"
    assert (await listed(ada, job_id))["blog_post"]["text"] == "Word1."


async def test_a_text_that_cannot_be_written_leaves_the_present_one(
    ada: Caller, engine: FakeEngine
) -> None:
    job_id = await finished(ada)
    engine.withheld = {"blog_post": "Only greetings were said."}
    job = await rewritten(ada, job_id, "blog_post")
    assert (job["status"], job["error"]["code"]) == ("failed", "unprocessable")
    assert job["error"]["message"] == "Only greetings were said."
    assert (await listed(ada, job_id))["blog_post"]["text"] == "# Word0"


async def test_the_same_request_twice_is_one_job(ada: Caller) -> None:
    job_id = await finished(ada)
    path, headers = f"/api/v1/jobs/{job_id}/texts/blog_post", {"Idempotency-Key": "once"}
    first = await ada.call("POST", path, json={"hook": 2}, headers=headers)
    second = await ada.call("POST", path, json={"hook": 2}, headers=headers)
    assert await first.read() == await second.read()
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"length": "huge"}, "length"),
        ({"hook": 9}, "hook"),
        ({"link": "ftp://e.org"}, "link"),
        ({"text": "x"}, "text"),
    ],
)
async def test_wrong_changes_are_refused(ada: Caller, body: Any, field: str) -> None:
    job_id = await finished(ada)
    answer = await ada.post(f"/api/v1/jobs/{job_id}/texts/blog_post", body, 400)
    assert answer["field"] == field


async def test_a_full_store_does_not_keep_a_text_from_being_written(
    ada: Caller, db: Database
) -> None:
    job_id = await finished(ada)
    await db.pool.execute("UPDATE clips SET size_bytes = 1000000000000000")
    assert (await rewritten(ada, job_id, "blog_post"))["status"] == "completed"
