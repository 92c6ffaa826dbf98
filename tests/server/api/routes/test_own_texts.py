"""A caller's own text in place of a written one, compared with the talk."""

from typing import Any

from caller import Caller
from job_texts import document, finished, listed, put
from measured_text import INVISIBLE

from klipfast_server.schema.text_requests import MAX_TEXT_CHARS


async def test_ones_own_text_replaces_the_written_one(ada: Caller) -> None:
    job_id = await finished(ada)
    answer = await put(ada, job_id, "blog_post", json={"text": "# Word0\r\n\r\nWord1.\r\n"})
    assert (answer["author"], answer["sources"], answer["warnings"]) == ("user", [], [])
    assert answer["text"] == "# Word0\n\nWord1.\n"
    assert (await listed(ada, job_id))["blog_post"] == answer
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    assert job["text_outputs"]["blog_post"] == "# Word0\n\nWord1.\n"
    assert job["text_outputs"]["linkedin_post"] == "Word0."


async def test_it_may_be_sent_as_text(ada: Caller) -> None:
    job_id = await finished(ada)
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


WRONG: list[tuple[Any, int, str | None, str]] = [
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
    for body, status, field, told in WRONG:
        answer = await put(ada, job_id, "blog_post", status, **body)
        assert answer.get("field") == field, answer
        assert told in answer["message"], answer
    assert (await listed(ada, job_id))["blog_post"]["author"] == "extractive"
