"""Feedback on clips: kept by account, replaced, forgotten."""

import io
from typing import Any
from zipfile import ZipFile

from caller import Caller

from klipfast_server.store.database import Database


async def clips_of(caller: Caller, count: int) -> list[str]:
    """The clips of a job with this many."""
    job = await caller.done(10.0 * count)
    assert len(job["clips"]) == count
    return [clip["clip_id"] for clip in job["clips"]]


async def say(caller: Caller, clip_id: str, status: int = 200, **body: Any) -> Any:
    return await caller.post(f"/api/v1/clips/{clip_id}/feedback", body, status)


async def test_the_latest_verdict_counts(ada: Caller) -> None:
    [clip_id] = await clips_of(ada, 1)
    path = f"/api/v1/clips/{clip_id}/feedback"
    assert (await ada.get(path, 404))["error"] == "not_found"
    first = await say(ada, clip_id, verdict="kept")
    assert first["job_id"].startswith("job_")
    assert (first["clip_id"], first["verdict"]) == (clip_id, "kept")
    again = await say(ada, clip_id, verdict="rejected")
    assert (again["verdict"], again["created_at"]) == ("rejected", first["created_at"])
    assert again["updated_at"] >= first["updated_at"]
    assert await ada.get(path) == again
    assert (await say(ada, clip_id, verdict=None))["verdict"] is None
    assert (await ada.get(path))["verdict"] is None


async def test_it_comes_with_the_clip_and_chooses_what_is_exported(ada: Caller) -> None:
    kept, rejected, silent = await clips_of(ada, 3)
    job_id = (await say(ada, kept, verdict="kept"))["job_id"]
    await say(ada, rejected, verdict="rejected")
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    told = {clip["clip_id"]: clip["feedback"] for clip in job["clips"]}
    assert told == {kept: "kept", rejected: "rejected", silent: None}
    assert (await ada.get(f"/api/v1/clips/{kept}"))["feedback"] == "kept"
    assert [c["feedback"] for c in (await ada.get("/api/v1/clips"))["clips"]].count("kept") == 1
    for choice, ranks in (("all", "123"), ("kept", "1"), ("not_rejected", "13")):
        packed = await ada.call("GET", f"/api/v1/jobs/{job_id}/archive?clips={choice}")
        names = ZipFile(io.BytesIO(await packed.read())).namelist()
        videos = sorted(name[6] for name in names if name.endswith(".mp4"))
        assert "".join(videos) == ranks
        form = f"timeline?format=fcp7xml&clips={choice}"
        assert (await ada.text(f"/api/v1/jobs/{job_id}/{form}")).count("<sequence") == len(ranks)
    assert (await ada.get(f"/api/v1/jobs/{job_id}/archive?clips=best", 400))["field"] == "clips"


async def test_the_last_word_on_any_version_counts(ada: Caller) -> None:
    [clip_id] = await clips_of(ada, 1)
    home = (await say(ada, clip_id, verdict="kept"))["job_id"]
    path, change = f"/api/v1/clips/{clip_id}/renders", {"caption_style": "karaoke"}
    [version] = (await ada.made(path, change))["clips"]

    async def told() -> list[str | None]:
        clips = [*(await ada.get(f"/api/v1/jobs/{home}"))["clips"], version]
        return [(await ada.get(f"/api/v1/clips/{c['clip_id']}"))["feedback"] for c in clips]

    assert await told() == ["kept", "kept"]
    await say(ada, version["clip_id"], verdict="rejected")
    assert await told() == ["rejected", "rejected"]
    await say(ada, version["clip_id"], verdict=None)
    assert await told() == [None, None]


async def test_what_is_no_feedback_is_refused(ada: Caller) -> None:
    [clip_id] = await clips_of(ada, 1)
    for body, field, told in (
        ({}, "verdict", "verdict is missing; the body needs it."),
        ({"verdict": "liked"}, "verdict", "kept, rejected"),
        ({"verdict": 1}, "verdict", "verdict"),
        ({"verdict": "kept", "views": 18200}, "views", "The body has no field views. Known: verd"),
    ):
        refused = await say(ada, clip_id, 400, **body)
        assert refused["field"] == field
        assert told in refused["message"]
    await ada.get(f"/api/v1/clips/{clip_id}/feedback", 404)


async def test_feedback_outlives_clip_and_job_and_goes_with_the_account(
    ada: Caller, db: Database
) -> None:
    known, unknown = await clips_of(ada, 2)
    job_id = (await say(ada, known, verdict="kept"))["job_id"]
    await db.pool.execute("UPDATE clips SET expires_at = now()")
    await say(ada, unknown, 404, verdict="kept")
    assert (await say(ada, known, verdict="rejected"))["verdict"] == "rejected"
    await ada.send("DELETE", f"/api/v1/jobs/{job_id}", 204)
    assert (await say(ada, known, verdict="kept"))["job_id"] == job_id
    assert (await ada.get(f"/api/v1/clips/{known}/feedback"))["verdict"] == "kept"
    await db.pool.execute("DELETE FROM accounts WHERE name = 'ada'")
    assert await db.pool.fetchval("SELECT count(*) FROM feedback") == 0
