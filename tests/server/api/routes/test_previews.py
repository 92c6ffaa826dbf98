"""A clip before it is rendered: a picture of it, who is seen in it, and whom somebody chose."""

from typing import Any

import msgspec
import pytest
from caller import Caller, Client
from fake_engine import FakeEngine
from yarl import URL

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from pipeline.core.data import Options
from pipeline.core.framing_choice import FramingChoice, Point


@pytest.fixture
async def clip(ada: Caller) -> dict[str, Any]:
    """The first clip of a finished job, from 0 to 9.5 s."""
    job = await ada.done(30)
    found: dict[str, Any] = job["clips"][0] | {"job_id": job["job_id"]}
    return found


async def preview(caller: Caller, clip: dict[str, Any], **body: Any) -> str:
    """What the picture of a clip shows: the fake engine draws in words."""
    path = f"/api/v1/clips/{clip['clip_id']}/preview"
    response = await caller.call("POST", path, json=body)
    assert response.status == 200, await response.text()
    assert response.headers["Content-Type"] == "image/jpeg"
    return (await response.read()).decode(errors="replace")


async def test_a_picture_has_the_changes_and_makes_no_job(
    ada: Caller, clip: dict[str, Any]
) -> None:
    assert "white_bold The best moment 0 at 3, 540 wide: Word0." in await preview(
        ada, clip, at_seconds=3.0
    )
    words = [{"text": "Other.", "start_seconds": 0.0, "end_seconds": 9.5}]
    changed = await preview(
        ada, clip, at_seconds=3, width=270, caption_style="karaoke", title="New", words=words
    )
    assert "karaoke New at 3, 270 wide: Other." in changed
    assert len((await ada.get("/api/v1/jobs"))["jobs"]) == 1


async def test_what_was_seen_once_is_not_looked_at_again(
    ada: Caller, clip: dict[str, Any], engine: FakeEngine, db: Database
) -> None:
    await preview(ada, clip, at_seconds=3)
    assert [len(known) for known in engine.known][-1] == 1
    await ada.made(f"/api/v1/clips/{clip['clip_id']}/renders", {"caption_style": "karaoke"})
    assert len(engine.known[-1]) == 1  # the render knows it, too
    await db.pool.execute("UPDATE clip_shots SET shots = 'what is this'")
    await preview(ada, clip, at_seconds=3)  # the last preview's view
    assert len(engine.known[-1]) == 1
    await preview(ada, clip, at_seconds=3, end_seconds=8)
    assert not engine.known[-1]  # damaged: looked at anew


async def test_refusals_say_what_would_be_right(ada: Caller, clip: dict[str, Any]) -> None:
    path = f"/api/v1/clips/{clip['clip_id']}/preview"
    for body, field in (
        ({}, "at_seconds"),
        ({"at_seconds": -1}, "at_seconds"),
        ({"at_seconds": 1, "width": 5000}, "width"),
        ({"at_seconds": 1, "caption_style": "none such"}, "caption_style"),
        ({"at_seconds": 1, "start_seconds": 29, "end_seconds": 29.2}, "end_seconds"),
        ({"at_seconds": 1, "framing": [part(2, 1)]}, "framing"),
        ({"at_seconds": 1, "framing": [part(1, 2, (0.5, 1.5))]}, "framing[0].points[0].y"),
        ({"at_seconds": 1, "framing": [part(1, 2, *[(0.5, 0.5)] * 5)]}, "framing[0].points"),
    ):
        answer = await ada.post(path, body, 400)
        assert field in (answer.get("field") or answer["message"]), answer
    await ada.post("/api/v1/clips/clip_none/preview", {"at_seconds": 1}, 404)


async def test_without_its_source_nothing_can_be_drawn(
    ada: Caller, config: Config, clip: dict[str, Any]
) -> None:
    [source] = config.server.data_dir.rglob("uploads/*/source")
    source.unlink()
    path = f"/api/v1/clips/{clip['clip_id']}"
    answer = await ada.post(f"{path}/preview", {"at_seconds": 1}, 422)
    assert answer["reason"] == "source_gone"
    await ada.get(f"{path}/framing")  # its render has seen it


async def test_who_is_seen_and_what_of_it_is_shown(ada: Caller, clip: dict[str, Any]) -> None:
    seen = await ada.get(f"/api/v1/clips/{clip['clip_id']}/framing")
    assert (seen["source_width"], seen["source_height"]) == (1280, 720)
    [shot] = seen["shots"]
    assert (shot["start_seconds"], shot["end_seconds"]) == (0.0, 9.5)
    [person] = shot["people"]
    assert person["x"] == pytest.approx(600 / 1280, abs=1e-3)
    assert person["height"] == pytest.approx(100 / 720, abs=1e-3)
    [whole] = seen["parts"]
    assert whole["layout"] == "fit"
    assert whole["crops"] == [{"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}]
    assert seen["chosen"] == []


async def test_a_choice_is_rendered_kept_and_taken_back(
    ada: Caller, clip: dict[str, Any], db: Database
) -> None:
    async def framing(job_id: str) -> tuple[FramingChoice, ...]:
        text = await db.pool.fetchval("SELECT options::text FROM jobs WHERE job_id = $1", job_id)
        return msgspec.json.decode(text, type=Options).framing

    asked = [part(4, 9, (0.25, 0.5), (0.75, 0.5)), part(1, 2)]
    first = await again(ada, clip, framing=asked)
    assert (await framing(first["job_id"])) == (
        FramingChoice(start_s=1.0, end_s=2.0),
        FramingChoice(start_s=4.0, end_s=9.0, points=(Point(x=0.25, y=0.5), Point(x=0.75, y=0.5))),
    )
    seen = await ada.get(f"/api/v1/clips/{first['clip_id']}/framing")
    assert seen["chosen"] == [asked[1], asked[0]]
    second = await again(ada, first, title="Other")
    assert (await framing(second["job_id"]))[1].points[1] == Point(x=0.75, y=0.5)
    third = await again(ada, second, framing=[])
    assert (await framing(third["job_id"])) == ()


async def test_a_picture_of_the_source(client: Client, ada: Caller, clip: dict[str, Any]) -> None:
    path = f"/api/v1/jobs/{clip['job_id']}/source/picture"
    link = await ada.get(f"/api/v1/jobs/{clip['job_id']}/source/link")
    token = URL(link["url"]).query["token"]
    response = await client.get(path, params={"at_seconds": "4.5", "token": token})
    assert response.headers["Content-Type"] == "image/jpeg"
    assert b"source at 4.5, 640 wide" in await response.read()
    assert (await client.get(path)).status == 401
    answer = await ada.get(f"{path}?at_seconds=99", 404)
    assert "no picture at 99 s" in answer["message"]


def part(start_s: float, end_s: float, *points: tuple[float, float]) -> dict[str, Any]:
    """A choice of what is shown."""
    return {
        "start_seconds": float(start_s),
        "end_seconds": float(end_s),
        "points": [{"x": x, "y": y} for x, y in points],
    }


async def again(caller: Caller, clip: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Render a clip again, and return the new one."""
    job = await caller.made(f"/api/v1/clips/{clip['clip_id']}/renders", changes)
    found: dict[str, Any] = job["clips"][0] | {"job_id": job["job_id"]}
    return found
