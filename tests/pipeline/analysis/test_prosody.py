"""Delivery: what is louder, more melodious or slower is measured as that."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis import prosody
from pipeline.core.data import SAMPLE_RATE, Audio, Sentence

Signal = npt.NDArray[np.float64]


def voice(hz: npt.ArrayLike, seconds: float = 2.0, level: float = 0.2) -> Signal:
    """Twelve harmonics, falling as a voice's do; `hz` may change over time."""
    count = int(seconds * SAMPLE_RATE)
    track = np.interp(np.arange(count), np.linspace(0, count, np.size(hz)), np.ravel(hz))
    phase = 2 * np.pi * np.cumsum(track) / SAMPLE_RATE
    tone = np.sum([np.sin(k * phase) / k**1.5 for k in range(1, 13)], 0)
    signal: Signal = level * tone / np.abs(tone).max()
    return signal


def said(*parts: Signal) -> prosody.Delivery:
    """One sentence for each part."""
    samples = (np.concatenate(parts) * 32767).astype(np.int16)
    ends = np.cumsum([len(p) for p in parts]) / SAMPLE_RATE
    starts = [0.0, *ends[:-1]]
    sentences = [
        Sentence(text="x", start_s=float(a), end_s=float(b), first_word=0, last_word=0)
        for a, b in zip(starts, ends, strict=True)
    ]
    return prosody.delivery(sentences, Audio(samples=samples))


@given(st.floats(85, 380), st.floats(0.01, 0.9))
def test_the_pitch_of_a_voice_is_found_at_any_level(hz: float, level: float) -> None:
    signal = voice(hz, 1.0, level).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(signal, prosody.FRAME)[:: prosody.HOP_SAMPLES]
    found = prosody.pitches(frames)
    assert (found > 0).mean() > 0.9
    assert np.median(found) == pytest.approx(hz, rel=0.01)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (200, prosody.FRAME)).astype(np.float32)
    assert (prosody.pitches(noise) > 0).mean() < 0.02
    assert not prosody.pitches(np.zeros((5, prosody.FRAME), np.float32)).any()
    assert prosody.pitches(np.zeros((0, prosody.FRAME), np.float32)).shape == (0,)


def test_a_lively_voice_has_more_melody_than_a_flat_one() -> None:
    flat, lively = voice(120), voice([100, 180, 110, 200, 100])
    found = said(flat, lively)
    assert found.melody[0] < 0.5
    assert found.melody[1] > 6
    higher = said(voice(240), voice([200, 360, 220, 400, 200]))
    assert higher.melody[1] == pytest.approx(found.melody[1], abs=1.5)  # relative to the voice


def test_levels_and_pauses() -> None:
    pause = np.zeros(SAMPLE_RATE)
    broken = np.concatenate((voice(120, 1.0), pause, voice(120, 1.0)))
    found = said(voice(120, level=0.05), voice(120, level=0.5), broken)
    assert found.loudness[1] - found.loudness[0] == pytest.approx(20, abs=0.2)
    assert found.pauses[:2].tolist() == [0, 0]
    assert found.pauses[2] == pytest.approx(1 / 3, abs=0.03)


def test_what_is_not_there_is_as_quiet_as_can_be() -> None:
    sentences = [
        Sentence(text="x", start_s=a, end_s=b, first_word=0, last_word=0)
        for a, b in ((0.0, 0.0), (0.5, 0.51), (5.0, 9.0))
    ]
    found = prosody.delivery(sentences, Audio(samples=np.zeros(SAMPLE_RATE, np.int16)))
    assert np.all(found.loudness == -90)
    assert np.isnan(found.melody).all()
    assert not found.pauses.any()
    assert prosody.delivery([], Audio(samples=np.zeros(9, np.int16))).loudness.shape == (0,)
