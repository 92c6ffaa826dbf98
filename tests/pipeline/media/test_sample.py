"""The sample talk is what its truth says."""

import json
from itertools import pairwise
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


def test_sentences_follow_one_another(truth: dict[str, Any]) -> None:
    for one, following in pairwise(truth["sentences"]):
        assert one["start_s"] < one["end_s"] < following["start_s"]


def test_moments_are_whole_sentences_of_a_good_length(truth: dict[str, Any]) -> None:
    borders = {s["start_s"] for s in truth["sentences"]} | {s["end_s"] for s in truth["sentences"]}
    assert len(truth["moments"]) == 3
    for moment in truth["moments"]:
        assert {moment["start_s"], moment["end_s"]} <= borders
        assert 20 <= moment["end_s"] - moment["start_s"] <= 40


def test_the_sound_is_where_the_truth_says(truth: dict[str, Any], tmp_path: Path) -> None:
    audio = load_audio(probe(TALK), tmp_path, Control())
    for sentence in truth["sentences"]:
        start_s, end_s = sentence["start_s"], sentence["end_s"]
        before = abs(audio.slice(start_s - 0.2, start_s - 0.03)).max()
        within = abs(audio.slice(start_s, end_s)).max()
        assert before < 0.02, sentence["text"]
        assert within > 0.1, sentence["text"]


def test_shots_cover_the_talk_and_faces_lie_inside(truth: dict[str, Any]) -> None:
    shots = truth["shots"]
    assert shots[0]["start_s"] == 0
    assert shots[-1]["end_s"] == pytest.approx(truth["duration_s"], abs=0.05)
    assert all(a["end_s"] == b["start_s"] for a, b in pairwise(shots))
    assert {shot["camera"] for shot in shots} == {"host", "guest", "both"}
    for shot in shots:
        for x, y, width, height in shot["faces"]:
            assert 0 < x < x + width < 1280
            assert 0 < y < y + height < 720
