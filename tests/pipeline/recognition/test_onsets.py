"""Onsets and ends of sounds, to a few milliseconds, at any loudness and in a noisy room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import SAMPLE_RATE, Audio, Span
from pipeline.recognition.onsets import find_pauses

NEAR_S = 0.015


def recording(at_s: list[float], *, gain: float = 0.3, noise: float = 1e-4) -> Audio:
    """Ten seconds with a sound of 0.4 s at each of these times."""
    time_s = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    sound = np.random.default_rng(0).normal(size=time_s.shape) * noise
    for start_s in at_s:
        inside = (time_s >= start_s) & (time_s < start_s + 0.4)
        sound += gain * np.sin(2 * np.pi * 700 * time_s) * inside
    return Audio(samples=(np.clip(sound, -1, 1) * 32767).astype(np.int16))


@given(st.floats(0.01, 0.9), st.floats(-0.05, 0.05))
def test_an_onset_is_moved_to_where_the_sound_sets_in(gain: float, astray_s: float) -> None:
    pauses = find_pauses(recording([2.0, 3.0], gain=gain), Span(start_s=1.5, end_s=4.0))
    assert pauses.onset(2.0 + astray_s) == pytest.approx(2.0, abs=NEAR_S)
    assert pauses.onset(3.0 + astray_s) == pytest.approx(3.0, abs=NEAR_S)


def test_an_onset_far_from_any_pause_stays() -> None:
    pauses = find_pauses(recording([2.0, 3.0]), Span(start_s=1.5, end_s=4.0))
    assert pauses.onset(2.2) == 2.2


def test_a_sound_ends_where_it_has_died_away() -> None:
    pauses = find_pauses(recording([2.0, 3.0]), Span(start_s=1.5, end_s=4.0))
    assert pauses.end(2.0, 3.0) == pytest.approx(2.4, abs=NEAR_S)
    assert pauses.end(3.0, 4.0) == pytest.approx(3.4, abs=NEAR_S)


def test_a_sound_that_goes_on_ends_where_the_next_begins() -> None:
    pauses = find_pauses(recording([2.0, 2.4]), Span(start_s=1.5, end_s=4.0))
    assert pauses.end(2.0, 2.4) == 2.4


def test_a_gap_as_short_as_a_closed_consonant_is_no_pause() -> None:
    pauses = find_pauses(recording([2.0, 2.45]), Span(start_s=1.5, end_s=4.0))
    assert pauses.end(2.0, 2.8) == 2.8


def test_a_noisy_room_has_pauses_too() -> None:
    pauses = find_pauses(recording([2.0, 3.0], noise=0.02), Span(start_s=1.5, end_s=4.0))
    assert pauses.onset(1.97) == pytest.approx(2.0, abs=NEAR_S)
    assert pauses.end(2.0, 3.0) == pytest.approx(2.4, abs=NEAR_S)


@pytest.mark.parametrize("samples", [0, 1, 79, 81, 1600])
def test_hardly_any_sound_has_no_pauses(samples: int) -> None:
    audio = Audio(samples=np.full(samples, 9000, np.int16))
    pauses = find_pauses(audio, Span(start_s=0.0, end_s=1.0))
    assert pauses.onset(0.0) == 0.0
    assert pauses.end(0.0, 0.1) == 0.1
