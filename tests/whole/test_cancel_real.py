"""Canceling with nothing faked: the work ends in the middle of hearing and of encoding."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import real_models
from caller import Caller, files_below, gone
from project_paths import SAMPLE

from klipfast_server.core.config import Config
from klipfast_server.core.engine import PipelineEngine

PATIENCE_S = 400.0
ENDED_S = 10.0  # what is promised is 2; the machine may be busy


@pytest.fixture
def engine() -> PipelineEngine:
    """What conftest's server runs on, here: the real thing."""
    return real_models.engine()


@pytest.fixture
def not_blocked() -> None:
    """The pipeline's threads are real here; test_api_* watch the event loop."""


async def canceled(
    caller: Caller, config: Config, holds: Callable[[Any], bool], **options: Any
) -> float:
    """Seconds from the cancel to the end of the run, of a job canceled as soon as `holds`."""
    upload = await caller.upload(SAMPLE.read_bytes())
    body = {"video_url": upload["video_url"], **options}
    job_id = (await caller.post("/api/v1/process", body, 202))["job_id"]
    await caller.until(job_id, holds, patience_s=PATIENCE_S)
    folder = config.server.data_dir / "work" / job_id
    assert folder.exists()
    began = time.monotonic()
    answer = await caller.post(f"/api/v1/jobs/{job_id}/cancel")
    assert (answer["status"], answer["clips"]) == ("canceled", [])
    await gone(folder, patience_s=60)  # after the lane is free, as its thread is waited for
    took_s = time.monotonic() - began
    await _nothing_is_left(caller, config, job_id)
    return took_s


async def _nothing_is_left(caller: Caller, config: Config, job_id: str) -> None:
    job = await caller.get(f"/api/v1/jobs/{job_id}")
    assert (job["status"], job["clips"], job["error"]) == ("canceled", [], None)
    assert files_below(config.server.data_dir / "storage") == []
    assert files_below(config.server.data_dir / "work") == []
    assert (await caller.get("/api/v1/usage"))["minutes_used"] == 0


async def test_hearing_ends_soon_after_a_cancel(ada: Caller, config: Config) -> None:
    took_s = await canceled(ada, config, lambda job: job["stage"] == "transcribe")
    print(f"canceled while it transcribed: over after {took_s:.2f} s")
    assert took_s < ENDED_S


async def test_encoding_ends_soon_after_a_cancel_and_takes_the_finished_clip_with_it(
    ada: Caller, config: Config
) -> None:
    took_s = await canceled(
        ada,
        config,
        lambda job: job["stage"] == "render" and len(job["clips"]) == 1,
        quality="best",
        clean_video=True,
        clip_count=2,
        min_duration=5,
        max_duration=12,
        range={"start": 0, "end": 60},  # more to hear would only take longer
    )
    print(f"canceled while it encoded two files: over after {took_s:.2f} s")
    assert took_s < ENDED_S
