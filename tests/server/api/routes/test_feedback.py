"""Feedback on clips: kept by account, replaced, forgotten; and what new jobs learn from it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

Serve = Callable[[Config], Awaitable[Client]]
NEEDED = 20  # clips, as config.toml has it


async def clips_of(caller: Caller, count: int) -> list[str]:
    """The clips of a job with this many; every other one is a story, beginning with the second."""
    job = await caller.until(await caller.submit(10.0 * count))
    assert len(job["clips"]) == count
    return [clip["clip_id"] for clip in job["clips"]]


async def say(caller: Caller, clip_id: str, status: int = 200, **body: Any) -> Any:
    return await caller.post(f"/api/v1/clips/{clip_id}/feedback", body, status)


async def likes_stories(caller: Caller, count: int = 30) -> list[str]:
    """Feedback of somebody who keeps stories and rejects all else."""
    clips = await clips_of(caller, count)
    for place, clip_id in enumerate(clips):
        await say(caller, clip_id, verdict="kept" if place % 2 else "rejected")
    return clips


async def test_the_latest_of_each_field_counts(ada: Caller) -> None:
    [clip_id] = await clips_of(ada, 1)
    path = f"/api/v1/clips/{clip_id}/feedback"
    assert (await ada.get(path, 404))["error"] == "not_found"
    first = await say(ada, clip_id, verdict="kept", note="for Monday")
    assert first["job_id"].startswith("job_")
    assert (first["verdict"], first["views"], first["note"]) == ("kept", None, "for Monday")
    assert first["learned_from"] is True
    again = await say(ada, clip_id, verdict="posted", views=0, likes=10**12)
    assert (again["verdict"], again["views"], again["likes"]) == ("posted", 0, 10**12)
    assert (again["note"], again["created_at"]) == ("for Monday", first["created_at"])
    assert await ada.get(path) == again
    assert (await say(ada, clip_id, verdict=None))["verdict"] is None
    summary = await ada.get("/api/v1/feedback")
    assert (summary["clips"], summary["posted"], summary["with_audience"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "liked"}, "verdict"),
        ({"views": -1}, "views"),
        ({"views": 10**12 + 1}, "views"),
        ({"views": 1.5}, "views"),
        ({"likes": "many"}, "likes"),
        ({"note": "n" * 1001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"rating": 5}, "rating"),
    ],
)
async def test_what_is_no_feedback_is_refused(
    ada: Caller, body: dict[str, Any], field: str
) -> None:
    [clip_id] = await clips_of(ada, 1)
    refused = await say(ada, clip_id, 400, **body)
    assert refused["field"] == field
    assert (await ada.get("/api/v1/feedback"))["clips"] == 0


async def test_other_accounts_have_nothing_to_say(client: Client, ada: Caller) -> None:
    [clip_id] = await clips_of(ada, 1)
    await say(ada, clip_id, verdict="kept", note="secret")
    eve = await make_caller(client, account="eve", plan="business")
    for stranger in (clip_id, "clip_0000000000000000", "clip_", "%00"):
        await say(eve, stranger, 404, verdict="rejected")
    assert "secret" not in str(await eve.get(f"/api/v1/clips/{clip_id}/feedback", 404))
    assert (await eve.get("/api/v1/feedback"))["clips"] == 0
    assert (await eve.call("DELETE", "/api/v1/feedback")).status == 204
    assert (await ada.get(f"/api/v1/clips/{clip_id}/feedback"))["verdict"] == "kept"


async def test_feedback_outlives_clip_and_job_and_goes_with_the_account(
    ada: Caller, db: Database
) -> None:
    known, unknown = await clips_of(ada, 2)
    job_id = (await say(ada, known, verdict="kept"))["job_id"]
    await db.pool.execute("UPDATE clips SET expires_at = now()")
    await say(ada, unknown, 404, verdict="kept")
    assert (await say(ada, known, views=900))["verdict"] == "kept"
    assert (await ada.call("DELETE", f"/api/v1/jobs/{job_id}")).status == 204
    assert (await say(ada, known, verdict="posted"))["views"] == 900
    assert (await ada.get("/api/v1/feedback"))["counted"] == 1
    await db.pool.execute("DELETE FROM accounts WHERE name = 'ada'")
    assert await db.pool.fetchval("SELECT count(*) FROM feedback") == 0


async def test_new_jobs_prefer_what_was_kept_until_that_is_forgotten(
    ada: Caller, engine: FakeEngine, db: Database
) -> None:
    clips = await likes_stories(ada)
    summary = await ada.get("/api/v1/feedback")
    assert (summary["learning"], summary["needed"]) == ("on", 0)
    assert (summary["preferences"][0]["trait"], summary["preferences"][0]["text"]) == (
        "story",
        "stories",
    )
    assert "stories" in summary["explanation"]
    await clips_of(ada, 1)
    before, taste = engine.tastes
    assert before is None
    assert taste is not None
    assert taste.weights.story > 0.5
    assert taste.examples == len(clips)
    snapshot = "SELECT (talk #>> '{taste,weights,story}')::float FROM talks WHERE talk ? 'taste'"
    assert taste.weights.story in [row[0] for row in await db.pool.fetch(snapshot)]
    assert (await ada.call("DELETE", "/api/v1/feedback")).status == 204
    forgotten = await ada.get("/api/v1/feedback")
    assert (forgotten["clips"], forgotten["needed"], forgotten["preferences"]) == (0, NEEDED, [])
    await clips_of(ada, 1)
    assert engine.tastes[-1] is None


async def test_too_little_and_one_sided_feedback_changes_nothing(
    ada: Caller, engine: FakeEngine
) -> None:
    clips = await clips_of(ada, 24)
    for clip_id in clips[: NEEDED - 1]:
        await say(ada, clip_id, verdict="rejected")
    few = await ada.get("/api/v1/feedback")
    assert (few["learning"], few["needed"]) == ("too_few", 1)
    assert "1 more clip" in few["explanation"]
    for clip_id in clips:
        await say(ada, clip_id, verdict="rejected")
    rejected = await ada.get("/api/v1/feedback")
    assert (rejected["learning"], rejected["preferences"]) == ("no_pattern", [])
    assert "Keep some" in rejected["explanation"]
    await clips_of(ada, 1)
    assert engine.tastes[-1] is None


async def test_clips_of_earlier_versions_are_kept_and_not_learned_from(
    ada: Caller, db: Database
) -> None:
    [clip_id] = await clips_of(ada, 1)
    await db.pool.execute("UPDATE talks SET talk = talk #- '{highlights,0,traits}'")
    assert (await say(ada, clip_id, verdict="kept"))["learned_from"] is False
    summary = await ada.get("/api/v1/feedback")
    assert (summary["kept"], summary["counted"]) == (1, 0)


async def test_a_server_that_does_not_learn_keeps_feedback(
    serve: Serve, config: Config, engine: FakeEngine
) -> None:
    off = msgspec.structs.replace(config.learning, enabled=False)
    client = await serve(msgspec.structs.replace(config, learning=off))
    ada = await make_caller(client, account="ada", plan="business")
    await likes_stories(ada)
    summary = await ada.get("/api/v1/feedback")
    assert (summary["learning"], summary["kept"], summary["preferences"]) == ("off", 15, [])
    await clips_of(ada, 1)
    assert engine.tastes[-1] is None
