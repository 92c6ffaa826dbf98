"""mode whole: one clip of all of a finished short."""

from typing import Any

from caller import Caller
from fake_engine import FakeEngine


async def submitted(caller: Caller, seconds: float, status: int = 202, **options: object) -> Any:
    """What the answer to a whole video of a length is."""
    upload = await caller.upload(f"seconds {seconds}".encode())
    body = {"video_url": upload["video_url"], "mode": "whole", **options}
    return await caller.post("/api/v1/process", body, status)


async def test_the_options_say_that_it_is_whole(ada: Caller) -> None:
    job = await ada.until((await submitted(ada, 20, clip_count=1))["job_id"])
    assert job["options"]["mode"] == "whole"


async def test_a_long_source_is_refused_before_anything_is_heard(
    ada: Caller, engine: FakeEngine
) -> None:
    refused = await submitted(ada, 181, 422)
    assert (refused["reason"], refused["field"]) == ("too_long", "mode")
    assert "181.0 s" in refused["message"]
    refused = await submitted(ada, 400, 422, range={"start": 10, "end": 200})
    assert "range has 190.0 s" in refused["message"]
    await submitted(ada, 180.4)  # sound that ends a little after the picture
    await submitted(ada, 400, range={"start": 10, "end": 190})
    await submitted(ada, 120, range={"start": 10, "end": 400})
    assert engine.calls.count("listen") <= 3


async def test_what_says_which_moments_are_picked_is_refused(ada: Caller) -> None:
    wrong = {"clip_count": 2, "keywords": ["bread"], "prompt": "bread", "kinds": ["story"]}
    for field, value in wrong.items():
        refused = await submitted(ada, 20, 400, **{field: value})
        assert (refused["field"], "picks no moments" in refused["message"]) == (field, True)
