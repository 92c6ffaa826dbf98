"""Canceling with nothing faked: the work ends in the middle of hearing and of encoding."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from caller import Caller, files_below, gone
from project_paths import ROOT, SAMPLE

from klipfast_server.core.config import Config, load
from klipfast_server.core.engine import PipelineEngine
from pipeline.core.control import Control
from pipeline.core.data import Clip, Talk

pytestmark = pytest.mark.slow  # a minute of real work; test_canceling.py has a fake engine

PATIENCE_S = 400.0
AT_ONCE = 2  # threads that may be between their check and their report when the cancel comes


class Watched(PipelineEngine):
    """The real thing, and how often a stage got further after its cancel."""

    def __init__(self) -> None:
        config = load(ROOT / "config.toml", {})
        super().__init__(config.models, config.llm)
        self.reports_after = 0

    def listen(self, *args: Any, control: Control, **options: Any) -> Talk:
        return super().listen(*args, control=self._watched(control), **options)

    def make_clip(self, *args: Any, control: Control, **options: Any) -> Clip:
        return super().make_clip(*args, control=self._watched(control), **options)

    def _watched(self, control: Control) -> Control:
        def report(stage: str, fraction: float) -> None:
            self.reports_after += control.cancel.is_set()
            control.progress(stage, fraction)

        return replace(control, progress=report)


@pytest.fixture
def engine() -> Watched:
    """What conftest's server runs on, here."""
    return Watched()


@pytest.fixture
def not_blocked() -> None:
    """The pipeline's threads are real here; tests of the API watch the event loop."""


async def canceled(
    caller: Caller, config: Config, holds: Callable[[Any], bool], **options: Any
) -> None:
    """Cancel a job as soon as `holds`, and wait for the end of its run."""
    upload = await caller.upload(SAMPLE.read_bytes())
    body = {"video_url": upload["video_url"], **options}
    job_id = (await caller.post("/api/v1/process", body, 202))["job_id"]
    await caller.until(job_id, holds, patience_s=PATIENCE_S)
    folder = config.server.data_dir / "work" / job_id
    assert folder.exists()
    answer = await caller.post(f"/api/v1/jobs/{job_id}/cancel")
    assert (answer["status"], answer["clips"]) == ("canceled", [])
    await gone(folder)  # after the lane is free, as its thread is waited for
    job = await caller.get(f"/api/v1/jobs/{job_id}")
    assert (job["status"], job["clips"], job["error"]) == ("canceled", [], None)
    assert files_below(config.server.data_dir / "storage") == []
    assert files_below(config.server.data_dir / "work") == []
    assert (await caller.get("/api/v1/usage"))["minutes_used"] == 0


async def test_hearing_gets_no_further_after_a_cancel(
    ada: Caller, config: Config, engine: Watched
) -> None:
    await canceled(ada, config, lambda job: job["stage"] == "transcribe")
    assert engine.reports_after <= AT_ONCE


async def test_encoding_gets_no_further_after_a_cancel_and_takes_the_finished_clip_with_it(
    ada: Caller, config: Config, engine: Watched
) -> None:
    await canceled(
        ada,
        config,
        lambda job: job["stage"] == "render" and len(job["clips"]) == 1,
        quality="best",
        clean_video=True,
        clip_count=2,
        min_duration=5,
        max_duration=7,
        range={"start": 0, "end": 30},  # more to hear would only take longer
    )
    assert engine.reports_after <= AT_ONCE
