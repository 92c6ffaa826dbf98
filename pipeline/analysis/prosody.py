"""How lively each sentence is said, by its sound: loudness, melody of the voice, pauses.

Values are in units of their own; what is usual in a
talk is for the caller to take off.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio, Sentence

Samples = npt.NDArray[np.float32]

FRAME = SAMPLE_RATE // 25  # samples: 40 ms, three periods of the lowest voice
HOP_SAMPLES = FRAME
LOWEST_HZ, HIGHEST_HZ = 75.0, 400.0
VOICED = 0.5  # least correlation of a frame with itself one period later
OCTAVE_COST = 0.02  # of correlation, for each octave below HIGHEST_HZ: a period, not two of it
FEW_FRAMES = 8  # voiced ones: with less there is no melody
AWAY = 12.0  # semitones from a sentence's middle: there the period was mistaken
QUIET_DB = 25.0  # below a sentence's loud tenth: a pause
FLOOR = 1e-9  # of power: 90 dB below full scale
FRAMES_AT_ONCE = 4096  # frames at a time


@dataclass(frozen=True, slots=True)
class Delivery:
    """Arrays over sentences."""

    loudness: F64  # dB, root mean square
    melody: F64  # semitones between the lowest and the highest tenth; nan where not heard
    pauses: F64  # share of the time, 0..1


def delivery(sentences: Sequence[Sentence], audio: Audio) -> Delivery:
    """How each is said; an hour takes a few seconds on one core."""
    rows = [_row(_sound(sentence, audio)) for sentence in sentences]
    found = np.array(rows, np.float64).reshape(len(rows), 3)
    return Delivery(loudness=found[:, 0], melody=found[:, 1], pauses=found[:, 2])


def _sound(sentence: Sentence, audio: Audio) -> Samples:
    start, end = (round(s * SAMPLE_RATE) for s in (sentence.start_s, sentence.end_s))
    return audio.samples[max(0, start) : max(0, end)].astype(np.float32) / 32768.0


def _row(samples: Samples) -> tuple[float, float, float]:
    """Loudness, melody and pauses of one sentence."""
    loudness = _db(float(np.square(samples).mean()) if len(samples) else 0.0)
    if len(samples) < 2 * FRAME:
        return loudness, np.nan, 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP_SAMPLES]
    levels = 10.0 * np.log10(np.square(frames).mean(1) + FLOOR)
    loud = levels >= float(np.quantile(levels, 0.9)) - QUIET_DB
    return loudness, _range(pitches(frames[loud])), 1.0 - float(loud.mean())


def _db(power: float) -> float:
    return float(10.0 * np.log10(power + FLOOR))


def _range(hz: F64) -> float:
    """Semitones between the lowest and the highest tenth of what is voiced."""
    tones = 12.0 * np.log2(hz[hz > 0])
    if len(tones) < FEW_FRAMES:
        return float("nan")
    tones = tones[np.abs(tones - np.median(tones)) <= AWAY]
    low, high = np.quantile(tones, (0.1, 0.9))
    return float(high - low)


def pitches(frames: Samples) -> F64:
    """Hz of frames (n, FRAME), 0 where no voice is: (n,).

    Autocorrelation, divided by that of the window (Boersma 1993: Accurate short-term analysis of
    the fundamental frequency), with a parabola through its peak.
    """
    return np.concatenate([np.zeros(0), *map(_pitches, _blocks(frames))])


def _blocks(frames: Samples) -> Iterator[Samples]:
    for at in range(0, len(frames), FRAMES_AT_ONCE):
        yield frames[at : at + FRAMES_AT_ONCE]


def _pitches(frames: Samples) -> F64:
    first, last = int(SAMPLE_RATE / HIGHEST_HZ), int(SAMPLE_RATE / LOWEST_HZ)
    window = np.hanning(FRAME).astype(np.float32)
    centred = (frames - frames.mean(1, keepdims=True)) * window
    alike = _correlation(centred)[:, : last + 2]
    alike = alike / np.maximum(alike[:, :1], 1e-12)
    own = _correlation(window[None])[:, : last + 2]
    alike = alike / (own / own[:, :1])
    lags = np.arange(last + 2)
    cost = OCTAVE_COST * np.log2(np.maximum(lags, 1) * HIGHEST_HZ / SAMPLE_RATE)
    inner = alike[:, first : last + 1]
    peak = (inner >= alike[:, first - 1 : last]) & (inner >= alike[:, first + 1 : last + 2])
    best = np.where(peak, inner - cost[first : last + 1], -np.inf).argmax(1) + first
    rows = np.arange(len(frames))
    before, at, after = (alike[rows, best + step] for step in (-1, 0, 1))
    bend = before - 2.0 * at + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    voiced = peak[rows, best - first] & (at >= VOICED)
    hz: F64 = np.where(voiced, SAMPLE_RATE / (best + np.clip(shift, -0.5, 0.5)), 0.0)
    return hz


def _correlation(frames: Samples) -> F64:
    """Of each row with itself, by lag, as long as the row."""
    spectrum = np.fft.rfft(frames, 2 * FRAME)
    found: F64 = np.fft.irfft(np.square(np.abs(spectrum)), 2 * FRAME)[:, :FRAME]
    return found
