"""Faults of a file or of the machine: what is charged for them, and what the user is told."""

from collections.abc import Awaitable, Callable

import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.core.config import Config


@pytest.mark.parametrize(
    ("wanted", "damaged_s", "heard"),
    [
        (None, 0.0, (31.0, 27.0)),
        (None, 5.0, (26.0, 32.0)),
        ((11, 55), 0.0, (20.0, 24.0)),
        ((1, 29), 0.0, (28.0, None)),
        ((1, 29), 3.0, (25.0, 3.0)),
    ],
)
async def test_only_what_could_be_heard_is_charged_and_the_rest_is_told(
    ada: Caller,
    engine: FakeEngine,
    wanted: tuple[int, int] | None,
    damaged_s: float,
    heard: tuple[float, float | None],
) -> None:
    """The sound breaks off after 31 s of 58. `heard`: seconds that are charged and missing."""
    engine.heard_s, engine.damaged_s = 31.0, damaged_s
    options = {} if wanted is None else {"range": dict(zip(("start", "end"), wanted, strict=True))}
    job = await ada.until(await ada.submit(58, **options))
    assert job["status"] == "completed"
    charged_s, missing_s = heard
    assert [(w["code"], w["seconds"]) for w in job["warnings"]] == (
        [] if missing_s is None else [("unheard", missing_s)]
    )
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == round(charged_s / 60, 2)


@pytest.mark.parametrize(
    ("lost_s", "doubtful_s", "told"),
    [
        (0.0, 0.0, []),
        (0.2, 4.0, []),
        (4.0, 1.0, ["unintelligible"]),
        (2.0, 6.0, ["unintelligible", "doubtful"]),
    ],
)
async def test_speech_that_was_not_or_hardly_understood_is_told(
    ada: Caller, engine: FakeEngine, lost_s: float, doubtful_s: float, told: list[str]
) -> None:
    engine.unintelligible_s, engine.doubtful_s = lost_s, doubtful_s
    job_id = await ada.submit(30)
    job = await ada.until(job_id)
    stretches = [{"start_seconds": 1.0, "end_seconds": 1.0 + lost_s}] if lost_s else []
    assert job["coverage"] == {
        "speech_seconds": 10.0,
        "transcribed_seconds": 10.0 - lost_s,
        "unintelligible": stretches,
        "doubtful_seconds": doubtful_s,
    }
    assert [w["code"] for w in job["warnings"]] == told
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript?format=json")
    assert transcript["coverage"] == {
        "speech_seconds": 10.0,
        "unintelligible_seconds": lost_s,
        "unintelligible": stretches,
        "doubtful_seconds": doubtful_s,
    }


async def test_clips_whose_order_hung_on_the_clock_are_told(
    ada: Caller, engine: FakeEngine
) -> None:
    engine.uncompared = 28
    job = await ada.until(await ada.submit(30))
    [warning] = job["warnings"]
    assert warning["code"] == "uncompared"
    assert "no time for 28 of the comparisons" in warning["message"]


async def test_only_that_is_charged_after_a_restart_too(
    serve: Callable[[Config], Awaitable[Client]], config: Config, engine: FakeEngine
) -> None:
    engine.heard_s = 31.0
    client = await serve(config)
    ada = await make_caller(client, plan="business")
    engine.hold("clip 1")
    job_id = await ada.submit(58)
    await ada.until(job_id, lambda job: len(job["clips"]) == 1)
    await client.close()
    engine.let_go("clip 1")
    ada = Caller(client=await serve(config), key=ada.key)
    assert (await ada.until(job_id))["status"] == "completed"
    assert engine.calls.count("listen") == 1
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == round(31 / 60, 2)
