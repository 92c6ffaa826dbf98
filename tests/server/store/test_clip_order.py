"""A clip whose parts play in another order: what is taken, told, kept and refused."""

from typing import Any

import pytest
from caller import Caller, clip_ids
from fake_engine import FakeEngine

from klipfast_server.store import talk_json

WORDS = [{"text": f"{n}.", "start_seconds": n, "end_seconds": n + 0.9} for n in range(9)]


def part(start: float, end: float) -> dict[str, float]:
    return {"start_seconds": start, "end_seconds": end}


LAST_FIRST = [part(5.0, 9.5), part(0.0, 3.0)]
PLACED = [part(4.95, 9.5), part(0.0, 2.95)]  # in the middle of short pauses


async def render(caller: Caller, clip_id: str, **changes: Any) -> dict[str, Any]:
    """The clip of a render."""
    made = await caller.made(f"/api/v1/clips/{clip_id}/renders", changes)
    clip: dict[str, Any] = made["clips"][0]
    return clip


async def parts_of(caller: Caller, clip: dict[str, Any]) -> list[dict[str, float]]:
    path = f"/api/v1/clips/{clip['clip_id']}"
    told = [(await caller.get(f"{path}/{call}"))["parts"] for call in ("editing", "transcript")]
    assert told[0] == told[1]
    return list(told[0])


async def test_the_order_goes_everywhere(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    first = job["clips"][0]
    assert await parts_of(ada, first) == []
    body = {"parts": LAST_FIRST, "words": WORDS}
    stream = await ada.post(f"/api/v1/clips/{first['clip_id']}/preview/stream", body, 200)
    assert (stream["parts"], stream["cuts"]) == (PLACED, [])
    made = await render(ada, first["clip_id"], **body)
    assert made["duration"] == pytest.approx(stream["duration"], abs=0.05)
    assert await parts_of(ada, made) == PLACED
    assert made["transcript"] == "5. 6. 7. 8. 0. 1. 2."
    written = await ada.text(f"/api/v1/clips/{made['clip_id']}/captions?format=vtt")
    assert written.index("\n5.") < written.index("\n0.")
    listed = await ada.text(f"/api/v1/jobs/{job['job_id']}/timeline?format=edl")
    events = [line.split()[4:6] for line in listed.splitlines() if "AA/V" in line]
    assert [at[:8] for at, _ in events[:2]] == ["00:00:04", "00:00:00"]
    assert len(engine.rendered[-1].highlights[0].order) == 2


async def test_later_versions_keep_the_order(ada: Caller, job: dict[str, Any]) -> None:
    made = await render(ada, clip_ids(job)[0], parts=LAST_FIRST, words=WORDS)
    titled = await render(ada, made["clip_id"], title="Later")
    assert await parts_of(ada, titled) == PLACED
    cut = await render(ada, titled["clip_id"], cuts=[part(6.0, 8.0)])
    assert await parts_of(ada, cut) == PLACED
    assert cut["duration"] == pytest.approx(titled["duration"] - 1.9, abs=0.2)
    shorter = await render(ada, cut["clip_id"], cuts=[], start_seconds=1.0)
    assert await parts_of(ada, shorter) == [PLACED[0], part(1.0, 2.95)]
    longer = await render(ada, shorter["clip_id"], start_seconds=0.0, end_seconds=12.0)
    assert await parts_of(ada, longer) == [part(4.95, 12.0), part(0.0, 2.95)]
    restored = await render(ada, longer["clip_id"], parts=[])
    assert (await parts_of(ada, restored), restored["duration"]) == ([], 12.0)


async def test_a_new_clip_has_its_order_and_its_cuts(
    ada: Caller, job: dict[str, Any], engine: FakeEngine
) -> None:
    span = {"start_seconds": 0, "end_seconds": 19.5}
    made = await ada.made(
        f"/api/v1/jobs/{job['job_id']}/clips", span | {"parts": [part(10, 19.5), part(0, 9.7)]}
    )
    highlight = engine.rendered[-1].highlights[0]
    assert [round(p.start_s) for p in highlight.order] == [10, 0]
    assert len(await parts_of(ada, made["clips"][0])) == 2


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([part(4, 9), part(3, 3)], "parts[1] must end after it begins, at 3 s."),
        ([part(4, 9), part(3, 4.1)], "parts[1] overlaps parts[0]."),
        ([part(4, 9), part(5, 6), part(0, 3)], "parts[1] overlaps parts[0]."),
        ([part(30, 40)], "The parts hold no word between 0.0 and 9.5 s."),
        ([part(0.01 * n, 0.01 * n + 0.005) for n in range(51)], "50"),
        ([part(0, 0.45)], "with these parts it would be 0.7 s"),
    ],
)
async def test_refusals_name_the_part(
    ada: Caller, job: dict[str, Any], parts: list[dict[str, float]], said: str
) -> None:
    words = [part(0.0, 0.5) | {"text": "one"}, part(1.2, 9.0) | {"text": "two"}]
    for call in ("renders", "preview/stream"):
        path = f"/api/v1/clips/{clip_ids(job)[0]}/{call}"
        told = await ada.post(path, {"parts": parts, "words": words}, 400)
        assert told["field"] == "parts"
        assert said in told["message"]


async def test_a_single_part_and_what_lies_outside(ada: Caller, job: dict[str, Any]) -> None:
    path = f"/api/v1/clips/{clip_ids(job)[0]}/preview/stream"
    body = {"parts": [part(5, 60), part(70, 80)], "words": WORDS}
    assert (await ada.post(path, body, 200))["parts"] == [part(4.95, 9.5)]
    body["parts"] = [part(0, 5), part(5, 9.5)]
    stream = await ada.post(path, body, 200)
    assert (stream["parts"], stream["duration"]) == ([part(0.0, 9.5)], 9.5)


def test_an_edit_that_was_stored_before_has_no_order() -> None:
    stored = (
        '[{"highlight":{"start_s":0.0,"end_s":9.5,"first_sentence":0,"last_sentence":0,"score":0.5,'
        '"virality_score":50,"breakdown":{"hook":0.1,"flow":0.1,"value":0.1,"energy":0.1},'
        '"reason":"","title":""}}]'
    )
    [edit] = talk_json.decode_edits(stored)
    assert edit.highlight.order == ()
    assert talk_json.decode_edits(talk_json.encode_edits([edit])) == (edit,)
