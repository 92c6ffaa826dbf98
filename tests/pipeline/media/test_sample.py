"""The sample talk is what its truth says."""

import json
from pathlib import Path
from typing import Any

import pytest
from project_paths import SAMPLE

from pipeline.core.control import Control
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

TALK = SAMPLE


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    text = TALK.with_name("sample_talk.truth.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def test_the_file_is_small_and_plain(truth: dict[str, Any]) -> None:
    source = probe(TALK)
    assert TALK.stat().st_size <= 4_000_000
    assert source.duration_s == pytest.approx(truth["duration_s"], abs=0.1)
    assert source.video is not None
    assert (source.video.width, source.video.height) == (1280, 720)
    assert source.video.fps == 25


def test_the_sound_is_where_the_truth_says(truth: dict[str, Any], tmp_path: Path) -> None:
    audio = load_audio(probe(TALK), tmp_path, Control())
    for sentence in truth["sentences"]:
        start_s, end_s = sentence["start_s"], sentence["end_s"]
        before = abs(audio.slice(start_s - 0.2, start_s - 0.03)).max()
        within = abs(audio.slice(start_s, end_s)).max()
        assert before < 0.02, sentence["text"]
        assert within > 0.1, sentence["text"]
