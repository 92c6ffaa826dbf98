"""Edits of one clip at the same moment, and of a talk whose job is deleted meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from caller import Caller, clip_ids, files_below, gone
from fake_engine import FakeEngine
from pulses import reached

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database

ACCOUNT = "SELECT FROM accounts FOR UPDATE"  # as whoever deletes or completes a job locks it
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
KINDS = ("jobs", "talks", "clips", "clip_shots", "texts", "uploads", "trash")


async def current(caller: Caller, clip_id: str) -> list[str]:
    """The versions of a clip, as each of them tells: the current one first."""
    known = await caller.get(f"/api/v1/clips/{clip_id}/versions")
    found = [version["clip_id"] for version in known["versions"]]
    for each in found:
        told = await caller.get(f"/api/v1/clips/{each}")
        assert told["current_clip_id"] == known["current_clip_id"] == found[0]
    return found


async def both_at_once(
    db: Database, first: Callable[[], Awaitable[Any]], second: Callable[[], Awaitable[Any]]
) -> None:
    """Begin two that need the account's row, which they get in this order."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(ACCOUNT)
        begun = []
        for wanted, begin in enumerate((first, second), 1):
            begun.append(asyncio.ensure_future(begin()))
            async with asyncio.timeout(10):
                while await connection.fetchval(WAITING) < wanted:  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.01)
    await asyncio.gather(*begun)


async def test_of_two_edits_at_once_the_later_request_is_the_newest(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    """The later one is there first, and the earlier does not take its place."""
    first = clip_ids(job)[0]
    path = f"/api/v1/clips/{first}/renders"
    engine.hold("clip 1")
    earlier = await ada.post(path, {"start_seconds": 10, "end_seconds": 19.5}, 202)
    later = await ada.post(path, {"title": "Later"}, 202)
    assert (await ada.get(f"/api/v1/jobs/{job['job_id']}/corrections"))["clips_to_render"] == []
    await ada.until(later["job_id"])
    assert await current(ada, first) == [later["clip_id"], first]
    engine.let_go("clip 1")
    await ada.until(earlier["job_id"])
    assert await current(ada, first) == [later["clip_id"], earlier["clip_id"], first]
    assert clip_ids(await ada.get(f"/api/v1/jobs/{job['job_id']}"))[0] == later["clip_id"]


async def test_of_edits_asked_for_at_the_same_moment_none_is_lost(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    first = clip_ids(job)[0]
    path = f"/api/v1/clips/{first}/renders"
    engine.hold("clip 0")
    titles = ("A", "B", "C", "C")
    answers = await asyncio.gather(*(ada.call("POST", path, json={"title": t}) for t in titles))
    asked = [await answer.json() for answer in answers]
    assert sorted(answer.status for answer in answers) == [202, 202, 202, 409]  # C, once
    edits = [told for told in asked if "clip_id" in told]
    [twice] = [told for told in asked if "clip_id" not in told]
    assert twice["job_id"] in {edit["job_id"] for edit in edits}
    engine.let_go("clip 0")
    made = {edit["job_id"]: await ada.until(edit["job_id"]) for edit in edits}
    listed = (await ada.get(f"/api/v1/jobs?source_job_id={job['job_id']}"))["jobs"]
    wanted = [clip_id for line in listed for clip_id in clip_ids(made[line["job_id"]])]
    assert await current(ada, first) == [*wanted, first]
    assert {edit["clips"][0]["title"] for edit in made.values()} == set(titles)


async def test_an_edit_of_a_talk_that_is_deleted_meanwhile_says_so(
    ada: Caller, job: dict[str, Any]
) -> None:
    path = f"/api/v1/clips/{clip_ids(job)[0]}/renders"
    deleting = ada.call("DELETE", f"/api/v1/jobs/{job['job_id']}")
    asked = ada.call("POST", path, json={"title": "Now or never"})
    gone, edit = await asyncio.gather(deleting, asked)
    assert gone.status == 204
    assert edit.status in (202, 404, 422), await edit.text()
    if edit.status == 202:
        ended = await ada.until((await edit.json())["job_id"])
        assert ended["status"] == "completed" or ended["error"]["reason"] == "source_gone"
    assert (await ada.post(path, {"title": "Too late"}, 404))["error"] == "not_found"


@pytest.mark.parametrize("moment", ["rendered", "canceled", "just before", "just after"])
async def test_an_edit_outlasts_the_deletion_of_its_talks_job_and_leaves_nothing(
    ada: Caller,
    job: dict[str, Any],
    engine: FakeEngine,
    db: Database,
    config: Config,
    *,
    moment: str,
) -> None:
    """The job is deleted while the edit is rendered, or just before or after it completes."""

    async def delete() -> None:
        await ada.send("DELETE", f"/api/v1/jobs/{job['job_id']}", 204)

    async def go_on() -> None:
        engine.let_go("clip 0")

    engine.reached.clear()
    engine.hold("clip 0")
    asked = await ada.post(f"/api/v1/clips/{clip_ids(job)[0]}/renders", {"title": "Mine"}, 202)
    path = f"/api/v1/jobs/{asked['job_id']}"
    await reached(engine, "clip 0")
    if moment.startswith("just"):
        await both_at_once(db, *((delete, go_on) if moment == "just before" else (go_on, delete)))
    else:
        await delete()
        await ada.send("DELETE", path, 409)
        if moment == "canceled":
            await ada.post(f"{path}/cancel")
        await go_on()
    edit = await ada.until(asked["job_id"])
    status, made = ("canceled", []) if moment == "canceled" else ("completed", [asked["clip_id"]])
    assert (edit["status"], clip_ids(edit), clip_ids(await ada.get("/api/v1/clips"))) == (
        status,
        made,
        made,
    )
    for clip_id in made:
        assert await current(ada, clip_id) == made
        assert "Word0" in await ada.text(f"/api/v1/clips/{clip_id}/captions")
    await gone(config.server.data_dir / "work" / asked["job_id"])
    await ada.send("DELETE", path, 204)
    for kind in KINDS:
        assert await db.pool.fetchval(f"SELECT count(*) FROM {kind}") == 0, kind
    for folder in ("storage", "uploads"):
        assert files_below(config.server.data_dir / folder) == []
