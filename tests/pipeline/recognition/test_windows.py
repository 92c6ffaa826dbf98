"""Speech spans become windows that hold all of the speech and never more than 30 s."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.data import Span
from pipeline.recognition import vad, windows

CHUNK_S = vad.CHUNK_S


def test_short_pauses_do_not_end_a_span_and_long_ones_do() -> None:
    probability = np.zeros(200, np.float32)
    probability[20:60] = probability[64:90] = probability[140:170] = 0.9
    found = vad.find_speech(probability)
    assert len(found) == 2
    assert found[0].start_s <= 20 * CHUNK_S
    assert found[0].end_s >= 90 * CHUNK_S
    assert found[1].start_s > 90 * CHUNK_S


def test_a_click_is_not_speech() -> None:
    probability = np.zeros(100, np.float32)
    probability[40:43] = 0.99
    assert vad.find_speech(probability) == ()


def test_spans_with_a_short_pause_between_them_meet_in_its_middle() -> None:
    probability = np.zeros(400, np.float32)
    probability[50:100] = probability[110:160] = probability[250:300] = 0.9
    one, two, three = vad.find_speech(probability)
    assert one.end_s == two.start_s == pytest.approx(105 * CHUNK_S)
    assert two.end_s == pytest.approx(160 * CHUNK_S + vad.PAD_S)
    assert three.start_s == pytest.approx(250 * CHUNK_S - vad.PAD_S)


def test_a_window_ends_at_the_longest_pause_of_its_last_seconds() -> None:
    probability = np.full(2200, 0.9, np.float32)
    for chunk, length in ((300, 8), (850, 16), (880, 7), (905, 6)):
        probability[chunk : chunk + length] = 0.0
    spans = vad.find_speech(probability)
    window, *_ = windows.pack(spans, probability)
    assert window.pieces[-1].end_s == pytest.approx(858 * CHUNK_S)
    assert len(window.pieces) == 1  # spans that meet are one piece of sound


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0.3, 8), st.floats(0.3, 95)), min_size=1, max_size=25))
def test_windows_hold_every_span_in_order_and_fit_the_recognizer(
    drawn: list[tuple[float, float]],
) -> None:
    spans, at_s = [], 0.0
    for gap_s, length_s in drawn:
        spans.append(Span(start_s=at_s + gap_s, end_s=at_s + gap_s + length_s))
        at_s += gap_s + length_s
    probability = np.full(int(at_s / CHUNK_S) + 2, 0.9, np.float32)
    packed = windows.pack(spans, probability)
    pieces = [p for w in packed for p in w.pieces]
    assert all(w.duration_s <= 30 for w in packed)
    assert all(a.end_s <= b.start_s for a, b in pairwise(pieces))
    assert abs(sum(p.duration_s for p in pieces) - sum(s.duration_s for s in spans)) < 1e-6
    for window in packed:
        at, piece = window.locate(window.duration_s / 2)
        assert piece.start_s <= at <= piece.end_s


def test_a_recording_of_one_window_and_a_bit_is_halved() -> None:
    spans = [Span(start_s=2.0 * i, end_s=2.0 * i + 1.0) for i in range(35)]
    probability = np.zeros(2500, np.float32)
    for span in spans:
        probability[round(span.start_s / vad.CHUNK_S) : round(span.end_s / vad.CHUNK_S)] = 0.9
    one, other = windows.pack(spans, probability)
    assert abs(one.duration_s - other.duration_s) <= windows.MAX_BACK_S
    (whole,) = windows.pack(spans[:29], probability)
    assert whole.duration_s == pytest.approx(29.0)
