"""What a job has not made yet is a conflict that names it, in every route that would read it."""

import json
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine

from pipeline.core.errors import NoSpeech

Call = tuple[str, str, Any]  # method, path below the job, body
OF_WHAT_WAS_HEARD: list[Call] = [
    ("GET", "/transcript", None),
    ("GET", "/transcript?format=txt", None),
    ("GET", "/chapters", None),
    ("GET", "/timeline", None),
]
OF_ENDED_JOBS: list[Call] = [
    ("GET", "/archive", None),
    ("GET", "/texts", None),
    ("GET", "/texts/blog_post", None),
    ("PUT", "/texts/blog_post", {"text": "Mine."}),
    ("POST", "/texts/blog_post", {}),
    ("GET", "/texts/quote_cards/1.png", None),
    ("PATCH", "/speakers", {"names": {"Speaker 1": "Rosa"}}),
    ("PATCH", "/corrections", {"corrections": [{"heard": "Word0", "text": "Word"}]}),
    ("DELETE", "", None),
]
NEED_A_TRANSCRIPT = [*OF_WHAT_WAS_HEARD, *OF_ENDED_JOBS[3:5], *OF_ENDED_JOBS[6:8]]


async def conflicts(ada: Caller, job_id: str, calls: list[Call]) -> list[str]:
    """What each of these calls is told; each is a conflict."""
    told = []
    for method, path, body in calls:
        answer = await ada.send(method, f"/api/v1/jobs/{job_id}{path}", 409, json=body)
        assert (answer["error"], answer["job_id"]) == ("conflict", job_id), (method, path)
        told.append(answer["message"])
    return told


async def test_a_job_has_its_transcript_once_it_was_heard_and_the_rest_in_the_end(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.hold("listen")
    engine.hold("clip 0")
    job_id = await ada.submit(10, text_outputs=["blog_post", "quote_cards"])
    unheard = [*OF_WHAT_WAS_HEARD, *OF_ENDED_JOBS, ("GET", "/corrections", None)]
    await conflicts(ada, job_id, unheard)
    engine.let_go("listen")
    await ada.until(job_id, lambda job: job["language"] is not None)
    for method, path, _ in OF_WHAT_WAS_HEARD:
        assert (await ada.call(method, f"/api/v1/jobs/{job_id}{path}")).status == 200, path
    cuts = json.loads(await ada.text(f"/api/v1/jobs/{job_id}/timeline"))
    assert len(cuts["tracks"]["children"][0]["children"]) == 1  # the clip is not made, but chosen
    told = await conflicts(ada, job_id, OF_ENDED_JOBS)
    assert sum("ended" in message for message in told) >= 2
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "processing"
    engine.let_go("clip 0")
    await ada.until(job_id)
    for method, path, _ in OF_ENDED_JOBS:
        if method == "GET":
            assert (await ada.call(method, f"/api/v1/jobs/{job_id}{path}")).status == 200, path


@pytest.mark.parametrize("end", ["failed", "canceled"])
async def test_a_job_that_ended_unheard_has_nothing_of_this(
    ada: Caller, engine: FakeEngine, end: str
) -> None:
    if end == "failed":
        engine.errors["listen"] = NoSpeech("Nobody talks in this video.")
        job_id = (await ada.done(10))["job_id"]
    else:
        engine.hold("listen")
        job_id = await ada.submit(10)
        await ada.post(f"/api/v1/jobs/{job_id}/cancel")
        engine.let_go("listen")
    told = await conflicts(ada, job_id, NEED_A_TRANSCRIPT)
    assert all(end in message or "no transcript" in message for message in told), told
    assert (await ada.get(f"/api/v1/jobs/{job_id}/texts"))["texts"] == []
