"""Measure how lively each sentence is spoken: loudness, pitch range, pauses.

Values are absolute; the caller subtracts what is usual in a talk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio, Sentence

Samples = npt.NDArray[np.float32]

FRAME = SAMPLE_RATE // 25  # samples: 40 ms, three periods of the lowest pitch
HOP_SAMPLES = FRAME
MIN_HZ, MAX_HZ = 75.0, 400.0  # range of pitches
MIN_CORRELATION = 0.5  # correlation of a frame with itself one period later; below it, unvoiced
OCTAVE_COST = 0.02  # correlation per octave below MAX_HZ: prefers one period to two
MIN_VOICED_FRAMES = 8  # fewer voiced frames give no pitch range
MAX_SEMITONES = 12.0  # a frame further from the sentence's median is a pitch error
PAUSE_DB = 25.0  # frames this much below the sentence's loud tenth are pauses
POWER_FLOOR = 1e-9  # 90 dB below full scale
FRAMES_AT_ONCE = 4096  # bounds memory


@dataclass(frozen=True, slots=True)
class Delivery:
    """Measurements of all sentences, one array each."""

    loudness: F64  # dB, of the root mean square
    melody: F64  # semitones between the lowest and the highest tenth; nan if unknown
    pauses: F64  # share of the time, 0..1


def delivery(sentences: Sequence[Sentence], audio: Audio) -> Delivery:
    """Measure each sentence; an hour of audio takes a few seconds on one core."""
    rows = [_row(_sound(sentence, audio)) for sentence in sentences]
    found = np.array(rows, np.float64).reshape(len(rows), 3)
    return Delivery(loudness=found[:, 0], melody=found[:, 1], pauses=found[:, 2])


def _sound(sentence: Sentence, audio: Audio) -> Samples:
    start, end = (round(s * SAMPLE_RATE) for s in (sentence.start_s, sentence.end_s))
    return audio.samples[max(0, start) : max(0, end)].astype(np.float32) / 32768.0


def _row(samples: Samples) -> tuple[float, float, float]:
    """Return loudness, melody and pauses of one sentence."""
    loudness = _db(float(np.square(samples).mean()) if len(samples) else 0.0)
    if len(samples) < 2 * FRAME:
        return loudness, np.nan, 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP_SAMPLES]
    levels = 10.0 * np.log10(np.square(frames).mean(1) + POWER_FLOOR)
    loud = levels >= float(np.quantile(levels, 0.9)) - PAUSE_DB
    return loudness, _range(pitches(frames[loud])), 1.0 - float(loud.mean())


def _db(power: float) -> float:
    return float(10.0 * np.log10(power + POWER_FLOOR))


def _range(hz: F64) -> float:
    """Return the semitones between the lowest and the highest tenth of the voiced frames."""
    tones = 12.0 * np.log2(hz[hz > 0])
    if len(tones) < MIN_VOICED_FRAMES:
        return float("nan")
    tones = tones[np.abs(tones - np.median(tones)) <= MAX_SEMITONES]
    low, high = np.quantile(tones, (0.1, 0.9))
    return float(high - low)


def pitches(frames: Samples) -> F64:
    """Return the pitch in Hz of frames (n, FRAME), 0 where unvoiced, shape (n,).

    Autocorrelation divided by that of the window (Boersma 1993: Accurate short-term analysis of the
    fundamental frequency), with parabolic interpolation of the peak.
    """
    return np.concatenate([np.zeros(0), *map(_pitches, _blocks(frames))])


def _blocks(frames: Samples) -> Iterator[Samples]:
    for at in range(0, len(frames), FRAMES_AT_ONCE):
        yield frames[at : at + FRAMES_AT_ONCE]


def _pitches(frames: Samples) -> F64:
    first, last = int(SAMPLE_RATE / MAX_HZ), int(SAMPLE_RATE / MIN_HZ)
    window = np.hanning(FRAME).astype(np.float32)
    centered = (frames - frames.mean(1, keepdims=True)) * window
    correlation = _correlation(centered)[:, : last + 2]
    correlation = correlation / np.maximum(correlation[:, :1], 1e-12)
    own = _correlation(window[None])[:, : last + 2]
    correlation = correlation / (own / own[:, :1])
    lags = np.arange(last + 2)
    cost = OCTAVE_COST * np.log2(np.maximum(lags, 1) * MAX_HZ / SAMPLE_RATE)
    inner = correlation[:, first : last + 1]
    peak = (inner >= correlation[:, first - 1 : last]) & (
        inner >= correlation[:, first + 1 : last + 2]
    )
    best = np.where(peak, inner - cost[first : last + 1], -np.inf).argmax(1) + first
    rows = np.arange(len(frames))
    before, at, after = (correlation[rows, best + step] for step in (-1, 0, 1))
    bend = before - 2.0 * at + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    voiced = peak[rows, best - first] & (at >= MIN_CORRELATION)
    hz: F64 = np.where(voiced, SAMPLE_RATE / (best + np.clip(shift, -0.5, 0.5)), 0.0)
    return hz


def _correlation(frames: Samples) -> F64:
    """Return the autocorrelation of each row, by lag, in the length of the row."""
    spectrum = np.fft.rfft(frames, 2 * FRAME)
    found: F64 = np.fft.irfft(np.square(np.abs(spectrum)), 2 * FRAME)[:, :FRAME]
    return found
