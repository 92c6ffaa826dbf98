"""A talk in one answer: what the single routes say, and what is heard before all is."""

from typing import Any

import pytest
from caller import Caller, Client
from fake_engine import FakeEngine
from pulses import reached
from yarl import URL


def path_of(job_id: str, query: str = "") -> str:
    return f"/api/v1/jobs/{job_id}/talk{query}"


async def test_it_says_what_the_single_routes_say(ada: Caller, client: Client) -> None:
    job_id = (await ada.done(50))["job_id"]
    whole = await ada.get(path_of(job_id, "?points=100"))
    job = f"/api/v1/jobs/{job_id}"
    assert whole["overview"] == await ada.get(f"{job}/overview?points=100")
    assert whole["chapters"] == (await ada.get(f"{job}/chapters"))["chapters"]
    assert whole["candidates"] == (await ada.get(f"{job}/candidates"))["candidates"]
    assert whole["transcript"]["sentences"] == (await ada.get(f"{job}/transcript"))["sentences"]
    assert whole["corrections"] == await ada.get(f"{job}/corrections")
    assert whole["heard"] == []
    video = await client.get(URL(whole["source"]["url"]).relative())
    assert await video.read() == b"seconds 50"
    picture = await client.get(URL(whole["picture_url"]).relative().update_query(at_seconds=3))
    assert b"source at 3, 640 wide" in await picture.read()


async def test_words_of_corrections_and_their_probability_are_whole(ada: Caller) -> None:
    job_id = (await ada.done(30))["job_id"]
    change = {"corrections": [{"heard": "Word1.", "text": "World."}]}
    await ada.send("PATCH", f"/api/v1/jobs/{job_id}/corrections", json=change)
    whole = await ada.get(path_of(job_id))
    single = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert [word.get("heard", "") for word in whole["transcript"]["words"]] == ["", "Word1", ""]
    assert whole["transcript"]["words"] == single["words"]


@pytest.fixture
async def heard(ada: Caller, engine: FakeEngine) -> str:
    """A job of which everything was heard, and nothing understood yet."""
    engine.tells_chunks = True
    engine.hold("listen")
    job_id = await ada.submit(30, text_outputs=[])
    await reached(engine, "listen")
    return job_id


async def test_what_is_heard_comes_before_the_transcript(
    ada: Caller, engine: FakeEngine, heard: str
) -> None:
    whole = await until_heard(ada, heard, 3)
    assert [part["text"] for part in whole["heard"]] == ["Word0.", "Word1.", "Word2."]
    assert (whole["overview"], whole["transcript"], whole["corrections"]) == (None, None, None)
    assert (whole["chapters"], whole["candidates"]) == ([], [])
    later = await ada.get(path_of(heard, f"?after_seconds={whole['heard'][1]['end_seconds']}"))
    assert [part["text"] for part in later["heard"]] == ["Word2."]
    engine.let_go("listen")
    await ada.until(heard)
    whole = await ada.get(path_of(heard))
    assert (whole["heard"], len(whole["transcript"]["sentences"])) == ([], 3)


async def test_the_recording_plays_while_it_is_heard(
    ada: Caller, client: Client, engine: FakeEngine, heard: str
) -> None:
    whole = await ada.get(path_of(heard))
    video = await client.get(URL(whole["source"]["url"]).relative())
    assert await video.read() == b"seconds 30"
    picture = await client.get(URL(whole["picture_url"]).relative().update_query(at_seconds=2))
    assert b"source at 2, 640 wide" in await picture.read()
    engine.let_go("listen")


async def test_a_job_without_a_talk_says_so(ada: Caller, engine: FakeEngine) -> None:
    engine.errors["listen"] = RuntimeError("no")
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: job["status"] == "failed")
    answer: Any = await ada.get(path_of(job_id), 409)
    assert "no transcript" in answer["message"]


async def test_profanity_is_starred_as_it_comes(ada: Caller, engine: FakeEngine) -> None:
    engine.tells_chunks = True
    engine.hold("listen")
    engine.said[0] = "Shit."
    job_id = await ada.submit(20, profanity="mask", text_outputs=[])
    whole = await until_heard(ada, job_id, 2)
    assert whole["heard"][0]["text"] == "S***."
    engine.let_go("listen")


async def until_heard(caller: Caller, job_id: str, parts: int) -> Any:
    """Wait until so many parts are stored."""
    while len((whole := await caller.get(path_of(job_id)))["heard"]) < parts:
        pass
    return whole
