"""The main job with nothing faked: a talk over REST, real recognition, a real render."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import forked
import jiwer
import numpy as np
import pytest
import real_models
from caller import Caller, gone
from films import RATE, plain, write_film
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, heard_in
from transformers.models.whisper.english_normalizer import BasicTextNormalizer
from yarl import URL

from klipfast_server.core.engine import PipelineEngine
from pipeline.core.texts import TEXT_NAMES

NORMAL = BasicTextNormalizer()
PATIENCE_S = 400.0


@pytest.fixture
def engine() -> PipelineEngine:
    """What conftest's server runs on, here: the real thing."""
    return real_models.engine()


@pytest.fixture
def not_blocked() -> None:
    """The pipeline's threads are real here; tests of the API watch the event loop."""


async def completed(caller: Caller, **options: Any) -> dict[str, Any]:
    """The job of the sample talk, once it is done."""
    upload = await caller.upload(SAMPLE.read_bytes())
    body = {"video_url": upload["video_url"], **options}
    accepted = await caller.post("/api/v1/process", body, 202)
    job: dict[str, Any] = await caller.until(accepted["job_id"], patience_s=PATIENCE_S)
    assert job["status"] == "completed", job
    return job


async def test_a_part_of_a_talk_becomes_a_clip_and_texts_or_their_reasons(
    ada: Caller, tmp_path: Path
) -> None:
    part = {"start": 0, "end": 24}
    job = await completed(
        ada, quality="fast", clip_count=1, min_duration=6, max_duration=12, range=part
    )
    assert job["language"] == "en"
    reasons = [warning["message"] for warning in job["warnings"] if warning["code"] == "texts"]
    for kind, text in job["text_outputs"].items():
        assert bool(text) != any(TEXT_NAMES[kind] in reason for reason in reasons), kind
    [clip] = job["clips"]
    assert 0 <= clip["start_seconds"] < clip["end_seconds"] <= 24
    await _is_a_playable_clip(ada, clip, tmp_path / "clip.mp4")


@pytest.mark.slow
async def test_a_talk_becomes_clips_and_texts(ada: Caller, tmp_path: Path) -> None:
    job = await completed(ada, quality="fast", clip_count=2)
    truth = json.loads(SAMPLE_TRUTH.read_text())
    assert job["language"] == "en"
    assert len(job["clips"]) == 2
    assert all(job["text_outputs"].values())
    starts = np.array([s["start_s"] for s in truth["sentences"]])
    ends = np.array([s["end_s"] for s in truth["sentences"]])
    for clip in job["clips"]:
        assert np.abs(starts - clip["start_seconds"]).min() < 0.5, "starts inside a sentence"
        assert np.abs(ends - clip["end_seconds"]).min() < 0.5, "ends inside a sentence"
        assert 0 <= clip["virality_score"] <= 100
        assert 0 < len(clip["title"]) <= 60
    await _is_a_playable_clip(ada, job["clips"][0], tmp_path / "clip.mp4")
    await _is_what_the_clip_endpoint_says(ada, job)


@pytest.mark.slow
async def test_a_whole_short_and_a_reel_of_it(ada: Caller, tmp_path: Path) -> None:
    job = await completed(ada, quality="fast", mode="whole", range={"start": 24, "end": 66})
    [clip] = job["clips"]
    assert (clip["start_seconds"], clip["end_seconds"], clip["duration_seconds"]) == (24, 66, 42)
    await _is_a_playable_clip(ada, clip, tmp_path / "whole.mp4")
    body = {"max_seconds": 20, "hook_title": True}
    answer = await ada.post(f"/api/v1/jobs/{job['job_id']}/reels", body, 202)
    made = await ada.until(answer["job_id"], patience_s=PATIENCE_S)
    assert made["status"] == "completed", made
    [reel] = made["clips"]
    assert 5 < reel["duration"] <= 20
    assert reel["reason"].startswith("Joins ")
    await _is_a_playable_clip(ada, reel, tmp_path / "reel.mp4")


async def _is_a_playable_clip(caller: Caller, clip: dict[str, Any], path: Path) -> None:
    response = await caller.client.get(URL(clip["download_url"]).relative())
    assert response.status == 200
    path.write_bytes(await response.read())
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "not fast-start"
    with av.open(path) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec.name, audio.codec.name) == ("h264", "aac")
        assert (video.width, video.height) == (720, 1280)
        duration_s = float((container.duration or 0) / av.time_base)
    assert abs(duration_s - clip["duration"]) <= 0.1
    # what is said in the file is what the clip's transcript says
    error = jiwer.wer(NORMAL(clip["transcript"]), NORMAL(heard_in(path)))
    assert error < 0.15, heard_in(path)


async def _is_what_the_clip_endpoint_says(caller: Caller, job: dict[str, Any]) -> None:
    for clip in job["clips"]:
        told = await caller.get(f"/api/v1/clips/{clip['clip_id']}")
        assert told["job_id"] == job["job_id"]
        assert told["resolution"] == "720x1280"
        assert told["caption_style"] == "white_bold"
        assert told["title"] == clip["title"]
    usage = await caller.get("/api/v1/usage")
    assert usage["minutes_used"] == pytest.approx(job["source"]["duration_seconds"] / 60, abs=0.01)
    assert usage["storage_used_mb"] > 0


async def test_silence_fails_with_a_sentence_and_leaves_no_files(
    ada: Caller, tmp_path: Path
) -> None:
    silence = np.zeros((1, 8 * RATE), np.float32)
    quiet = write_film(tmp_path / "quiet.mp4", [plain((90, 90, 90))] * 80, fps=10, sound=silence)
    upload = await ada.upload(quiet.read_bytes())
    job = await ada.made("/api/v1/process", {"video_url": upload["video_url"]})
    assert job["status"] == "failed"
    assert job["error"]["code"] == "unprocessable"
    assert "speech" in job["error"]["message"]
    assert job["clips"] == []
    await gone(tmp_path / "data" / "work" / job["job_id"])
    assert (await ada.get("/api/v1/usage"))["minutes_used"] == 0


@pytest.mark.slow
def test_the_command_line_transcribes_the_sample() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pipeline", "transcribe", str(SAMPLE), "--format", "txt"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    wanted = " ".join(s["text"] for s in json.loads(SAMPLE_TRUTH.read_text())["sentences"])
    assert jiwer.wer(NORMAL(wanted), NORMAL(run.stdout)) < 0.08


def test_the_command_line_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    page = tmp_path / "talk.mp4"
    page.write_text("<!doctype html><html><body>Please sign in</body></html>")
    run = forked.run(
        [str(page), "-o", str(tmp_path / "out")], module="pipeline", environ=os.environ
    )
    assert run.returncode == 1
    assert "web page" in run.stderr.lower() or "html" in run.stderr.lower()
