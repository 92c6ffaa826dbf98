"""Errors of requests name what is wrong and what would be right, never the parser's own words."""

from typing import Any

from caller import Caller

GOOD = {"video_url": "https://example.com/a.mp4"}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"qualty": "best"}, "qualty", "The body has no field qualty. Did you mean quality?"),
    ({"zz": 1}, "zz", "The body has no field zz. Known: video_url, "),
    (
        {"captions_layer": True},
        "captions_layer",
        "captions_layer was removed; use clean_video",
    ),
    ({"video_url": None}, "video_url", "video_url must be a text, not null."),
    ({"video_url": ""}, "video_url", "video_url must not be empty."),
    ({"clip_count": "3"}, "clip_count", "clip_count must be a whole number or null, not a "),
    ({"clip_count": 0}, "clip_count", "clip_count must be 1 or more."),
    ({"clip_count": 21}, "clip_count", "clip_count must be 20 or less."),
    ({"min_duration": 1}, "min_duration", "min_duration must be 5 or more."),
    ({"quality": "balance"}, "quality", "quality is 'balance', which is not known. Did you "),
    ({"quality": "x"}, "quality", "quality is 'x', which is not known. Known: fast, balanced"),
    ({"quality": 3}, "quality", "not a whole number. Known: fast, balanced, best."),
    ({"keywords": ["a", ""]}, "keywords", "keywords[1] must not be empty."),
    ({"keywords": "a"}, "keywords", "keywords must be a list, not a text."),
    ({"keywords": ["a"] * 21}, "keywords", "keywords must have 20 items or fewer."),
    ({"metadata": {"": "a"}}, "metadata", "A name in metadata must not be empty."),
    ({"metadata": {"a": 1}}, "metadata", "A value in metadata must be a text, not a whole"),
    ({"hook_title": "yes"}, "hook_title", "hook_title must be true or false, not a text."),
    ({"range": {"start": 1}}, "range.end", "range.end is missing; the body needs it."),
    ({"range": {"start": 1, "end": 9, "x": 1}}, "range.x", "range has no field x. Known: sta"),
    ({"text_options": {"hook": 9}}, "text_options.hook", "text_options.hook must be 3 or less"),
    ({"text_outputs": ["blog"]}, "text_outputs", "text_outputs[0] is 'blog', which is not kn"),
    ({"prompt": "a\0b"}, "prompt", "prompt must not contain a NUL character."),
    ({"video_url": "upload_abc"}, "video_url", "upload://upload_abc"),
    ({"webhook_url": "http://localhost/x"}, "webhook_url", "sources.allow_private"),
]
UNREADABLE = [
    (b"", "The body is empty; send a JSON object."),
    (b"{", "The body is not valid JSON, which breaks off"),
    (b'{"video_url": "x",}', "The body is not valid JSON at byte "),
    (b"[]", "The body must be an object, not a list."),
    (b"\xff", "The body is not valid JSON at byte 0"),
    (b"[" * 100_000, "The body "),
]


async def test_a_wrong_field_is_explained(ada: Caller) -> None:
    for change, field, sentence in WRONG:
        body = await ada.post("/api/v1/process", GOOD | change, 400)
        assert (body["field"], sentence in body["message"]) == (field, True), body
        assert "`" not in body["message"]


async def test_a_body_that_is_no_object_is_explained(ada: Caller) -> None:
    for content, sentence in UNREADABLE:
        body = await ada.send("POST", "/api/v1/process", 400, data=content)
        assert sentence in body["message"]


async def test_a_wrong_query_is_explained(ada: Caller) -> None:
    body = await ada.get("/api/v1/jobs?limits=3", 400)
    assert body["message"] == "The query has no field limits. Did you mean limit?"
    body = await ada.get("/api/v1/jobs?limit=ten", 400)
    assert body["message"] == "limit must be a whole number, not a text."
    body = await ada.get("/api/v1/jobs?created_after=today", 400)
    assert body["message"] == "created_after must be a time such as 2026-04-15T10:00:00Z."
    body = await ada.get("/api/v1/jobs?created_after=2026-04-15T10:00:00", 400)
    assert "time zone" in body["message"]
