"""Chapters: the same ones in every format, as many as are asked for, and why there are none."""

import json
from typing import Any

import pytest
from caller import Caller

from klipfast_server.store.database import Database


def path_of(job_id: str, query: str = "") -> str:
    return f"/api/v1/jobs/{job_id}/chapters{query}"


async def told(caller: Caller, job_id: str, query: str = "") -> list[tuple[str, float, float]]:
    """(title, start, end) of each chapter."""
    answer = await caller.get(path_of(job_id, query))
    assert answer["job_id"] == job_id
    assert (answer["reason"] is None) == bool(answer["chapters"])
    return [(c["title"], c["start_seconds"], c["end_seconds"]) for c in answer["chapters"]]


@pytest.fixture
async def job_id(ada: Caller) -> str:
    """A job of five topics, of which three begin chapters unasked; it has no texts."""
    return str((await ada.done(50, text_outputs=[]))["job_id"])


async def alter(db: Database, change: dict[str, Any] | None) -> None:
    """Change the stored talk; None: it is as if stored before chapters were."""
    if change is None:
        await db.pool.execute("UPDATE talks SET talk = talk::jsonb - 'chapters'")
    else:
        text = json.dumps(change)
        await db.pool.execute("UPDATE talks SET talk = talk::jsonb || $1::jsonb", text)


async def test_there_are_as_many_as_are_asked_for(ada: Caller, job_id: str) -> None:
    titles: set[str] = set()
    for count in (1, 2, 4, 5, 100):
        chapters = await told(ada, job_id, f"?count={count}")
        assert len(chapters) == min(count, 5)
        assert (chapters[0][1], chapters[-1][2]) == (0.0, 50.0)
        assert [end_s for *_, end_s in chapters[:-1]] == [start_s for _, start_s, _ in chapters[1:]]
        assert titles <= {title for title, *_ in chapters}
        titles = {title for title, *_ in chapters}
    for wrong in ("0", "101", "-1", "many", "1e9", ""):
        assert (await ada.get(path_of(job_id, f"?count={wrong}"), 400))["field"] == "count"


async def test_every_format_has_the_same_chapters(ada: Caller, job_id: str) -> None:
    chapters = await told(ada, job_id)
    assert chapters == [("Topic 0", 0.0, 10.0), ("Topic 1", 10.0, 20.0), ("Topic 2", 20.0, 50.0)]
    too_few = await ada.get(path_of(job_id, "?format=youtube&count=2"), 404)  # it ignores two
    assert "2 chapters" in too_few["message"]
    kind, name, text = await ada.file(path_of(job_id, "?format=youtube"))
    assert (kind, name) == ("text/plain; charset=utf-8", 'attachment; filename="chapters.txt"')
    assert text == "0:00 Topic 0\n0:10 Topic 1\n0:20 Topic 2\n"
    kind, name, text = await ada.file(path_of(job_id, "?format=podcast"))
    assert (kind, name) == ("application/json+chapters", 'attachment; filename="chapters.json"')
    podcast = json.loads(text)
    assert podcast["version"] == "1.2.0"
    named = [(c["title"], c["startTime"], c["endTime"]) for c in podcast["chapters"]]
    assert named == chapters
    kind, name, text = await ada.file(path_of(job_id, "?format=vtt&count=2"))
    assert (kind, name) == ("text/vtt; charset=utf-8", 'attachment; filename="chapters.vtt"')
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nTopic 0\n\n"
        "00:00:10.000 --> 00:00:50.000\nTopic 1\n"
    )


async def test_markup_in_a_title_is_text(ada: Caller, job_id: str, db: Database) -> None:
    starts = [
        {"start_s": 20.0 * n, "title": f"{n} <b> & c", "sources": [], "strength": 1, "usual": True}
        for n in range(3)
    ]
    await alter(db, {"chapters": starts})
    assert (await told(ada, job_id))[0][0] == "0 <b> & c"
    _, _, youtube = await ada.file(path_of(job_id, "?format=youtube"))
    assert "0:20 1 ‹b› & c\n" in youtube
    _, _, vtt = await ada.file(path_of(job_id, "?format=vtt"))
    assert "2 &lt;b&gt; &amp; c\n" in vtt


async def test_without_chapters_it_is_said_why(ada: Caller, job_id: str, db: Database) -> None:
    await alter(db, None)
    answer = await ada.get(path_of(job_id))
    assert answer["chapters"] == []
    assert "earlier version" in answer["reason"]
    assert "earlier version" in (await ada.get(path_of(job_id, "?format=vtt"), 404))["message"]
    await alter(db, {"chapters": []})
    assert "title" in (await ada.get(path_of(job_id)))["reason"]


async def test_a_clip_rendered_again_keeps_those_of_its_talk(ada: Caller, job_id: str) -> None:
    clip_id = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"][1]["clip_id"]
    path = f"/api/v1/clips/{clip_id}/renders"
    again = (await ada.post(path, {"caption_style": "karaoke"}, 202))["job_id"]
    await ada.until(again)
    assert await told(ada, again) == await told(ada, job_id)
