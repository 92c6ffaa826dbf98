"""The work that is counted of a job, its rates, and the page that shows both."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import profile
from bench.gpu.random_whisper import Shape, build, recognize
from bench.support import flames, rates, speed_page
from bench.support.report import RESULTS
from bench.support.work import Work, counted
from pipeline.recognition.vad import VoiceActivity
from pipeline.vision import face_detector

CPU = torch.device("cpu")
TINY = Shape(
    name="tiny", tokens=51_866, mel_bins=80, width=64, heads=4, encoder_layers=2, decoder_layers=3
)


def test_products_of_recognition_are_those_that_torch_counts() -> None:
    model, work = build(TINY, CPU, torch.float32), Work()
    with FlopCounterMode(display=False) as counter, counted(work):
        recognize(model, windows=2, tokens=7)
    found = work.encoder_flop + work.encoder_int8_flop + work.decoder_flop
    filters = 2 * 2 * 80 * 201 * 3000  # of the log-mel, no part of the encoder
    attention = 2 * 2 * 4 * 1500 * 1500 * 64  # torch counts no fused attention on a CPU
    assert found == pytest.approx(counter.get_total_flops() - filters + attention, rel=0.01)
    assert work.windows == 2
    assert work.steps == 1 + 7
    weights = 4 * (3 * 14 * 64 * 64 + 51_866 * 64)
    keys_and_values = 4 * 2 * 64 * 3 * 2 * 1500
    assert work.decoder_bytes == pytest.approx(8 * (weights + keys_and_values), rel=0.01)


def test_what_is_counted_is_computed_as_before_and_counting_ends() -> None:
    model = build(TINY, CPU, torch.float32)
    plain = recognize(model, windows=1, tokens=2)
    work = Work()
    with counted(work):
        assert torch.equal(recognize(model, windows=1, tokens=2), plain)
        face_detector.detect_with_landmarks(np.zeros((64, 64, 3), np.uint8))
    recognize(model, windows=1, tokens=2)
    assert work.windows == 1
    assert [(key, found.count) for key, found in work.searches.items()] == [(("", (64, 64, 3)), 1)]


def test_the_speech_detector_is_counted_by_chunks() -> None:
    network, work = VoiceActivity(), Work()
    with FlopCounterMode(display=False) as counter, counted(work):
        network.features(torch.zeros(5, 576))
    assert work.speech_flop == pytest.approx(counter.get_total_flops(), rel=0.25)


def test_rates_are_those_of_a_machine_that_works() -> None:
    found = rates.measure(torch.float32, CPU)
    assert found.flop > 1e8
    assert found.bytes > 1e7


def test_a_stage_far_from_its_limit_is_named() -> None:
    rows: list[dict[str, object]] = [
        {"file": "a.mp4", "stage": "render", "share": 0.7, "CPU ratio": 1.31},
        {"file": "a.mp4", "stage": "look", "share": 0.2, "CPU ratio": 1.29},
        {"file": "a.mp4", "stage": "audio", "share": 0.04, "CPU ratio": 9.0},
        {"file": "a.mp4", "stage": "write", "share": 0.06},
    ]
    assert profile.far_from_limit(rows) == ["a.mp4: render takes 1.31 times its limit"]


def test_a_flame_graph_that_cannot_be_drawn_has_a_reason() -> None:
    said = "Error: Failed to trace\nPermission Denied: Try running again with elevated rights\n\n"
    assert flames.reason(said) == "Permission Denied: Try running again with elevated rights"
    assert flames.reason("") == "py-spy says nothing"


def test_the_page_shows_the_kept_results() -> None:
    kept: dict[str, Any] = json.loads((RESULTS / "profile.json").read_text())
    page = speed_page.PAGE.read_text()
    assert speed_page.renewed(page, kept) == page
    kept["rows"][0]["CPU s"] += 1
    assert speed_page.renewed(page, kept) != page
