"""Synthesizes sounds without speech. The same on every machine.

Each takes the length in seconds and returns mono samples in [-1, 1] at SAMPLE_RATE.
"""

from collections.abc import Callable

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE

CHORDS_HZ = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (130.8, 164.8, 196.0))  # a, F, C
CHORD_S, NOTE_S = 2.0, 0.25
SEED = 7


def _time(seconds: float) -> F64:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def _tone(pitch_hz: F64, harmonics: int, fall: float) -> F64:
    """Sum harmonics that fall by 1 / n ** fall."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE
    return np.asarray(sum(np.sin(n * phase) / n**fall for n in range(1, harmonics + 1)))


def music(seconds: float) -> F64:
    """Generate struck notes that fade, like a piano's."""
    t = _time(seconds)
    chord = np.array(CHORDS_HZ)[(t / CHORD_S).astype(int) % len(CHORDS_HZ)]
    pitch = chord[np.arange(len(t)), (t / NOTE_S).astype(int) % chord.shape[1]]
    return 0.2 * _tone(pitch, 8, 1.3) * np.exp(-3.5 * (t % NOTE_S))


def pink(seconds: float) -> F64:
    """Generate noise of equal power in each octave."""
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(SEED).standard_normal(count))
    sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), count)
    return np.asarray(0.5 * sound / np.abs(sound).max())


def murmur(seconds: float) -> F64:
    """Generate a voice behind a wall: pitch and rhythm of speech, without words."""
    t, random = _time(seconds), np.random.default_rng(SEED)
    knots = np.arange(0, seconds + 1, 0.2)
    pitch = np.interp(t, knots, random.uniform(95, 150, len(knots)))
    syllables = np.interp(t, knots / 1.15, random.uniform(0, 1, len(knots))) ** 2
    pauses = np.interp(t, knots * 6, random.integers(0, 3, len(knots)) > 0)
    return 0.25 * _tone(pitch, 3, 1.5) * syllables * pauses + 0.05 * pink(seconds)


SOUNDS: dict[str, Callable[[float], F64]] = {
    "music": music,
    "pink noise": pink,
    "a voice behind a wall": murmur,
    "silence": lambda seconds: np.zeros(round(seconds * SAMPLE_RATE)),
}
