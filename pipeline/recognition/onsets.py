"""Find where sound starts and fades between words.

A pause is quiet relative to the speech around it, for longer than the closure of a consonant. Where
there is a pause, its end is the best estimate of an onset: better than any network's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio, Span

HOP_S = 0.005
HOP_SAMPLES = round(HOP_S * SAMPLE_RATE)
SMOOTH_HOPS = 3  # hops averaged into one level
PREEMPHASIS = 0.97  # makes an "s" count as much as a vowel
THRESHOLD_HOPS = 100  # hops in a block that share a threshold
CONTEXT_HOPS = 300  # hops on either side of a block from which speech and room are measured
SPEECH_PERCENTILE = 90.0  # percentile of the levels in that context that is the speech
ROOM_PERCENTILE = 5.0  # percentile of the levels in that context that is the background
BELOW_SPEECH_DB = 30.0  # a pause is at least this much quieter than the speech
ABOVE_ROOM_DB = 6.0  # a pause may be this much louder than a noisy room
MIN_PAUSE_HOPS = 16  # the closure of a "t" is shorter
MIN_SOUND_HOPS = 6  # a shorter sound within a pause is a click

MAX_ONSET_SHIFT_S = 0.06  # an onset is moved by at most this much
MIN_END_PAUSE_S = 0.15  # a pause that ends a word lasts this long, or reaches the next word


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of a stretch, ascending, in seconds of the source."""

    starts_s: F64
    ends_s: F64

    def onset(self, at_s: float) -> float:
        """Return the end of the pause nearest to `at_s`, or `at_s` if none ends near it."""
        if not len(self.ends_s):
            return at_s
        near = float(self.ends_s[np.abs(self.ends_s - at_s).argmin()])
        return near if abs(near - at_s) <= MAX_ONSET_SHIFT_S else at_s

    def end(self, from_s: float, until_s: float) -> float:
        """Return when the sound that plays at `from_s` fades; `until_s` if it lasts until then."""
        inside = (self.starts_s > from_s) & (self.starts_s < until_s)
        long = (
            np.minimum(self.ends_s, until_s + MAX_ONSET_SHIFT_S) - self.starts_s >= MIN_END_PAUSE_S
        )
        ending = inside & (long | (self.ends_s >= until_s - MAX_ONSET_SHIFT_S))
        return float(self.starts_s[ending.argmax()]) if ending.any() else until_s


def find_pauses(audio: Audio, span: Span) -> Pauses:
    """Find the pauses of a span, and a little beyond it."""
    beyond_s = CONTEXT_HOPS * HOP_S
    first_s = max(0.0, span.start_s - beyond_s)
    quiet = _mask_pauses(_levels(audio.slice(first_s, span.end_s + beyond_s)))
    edges = np.asarray(first_s + _runs(quiet) * HOP_S, np.float64)
    return Pauses(starts_s=edges[:, 0], ends_s=edges[:, 1])


def _levels(samples: npt.NDArray[np.float32]) -> F64:
    """Return the level of each hop, in decibels relative to full scale."""
    bright = np.diff(samples, prepend=samples[:1]) + (1.0 - PREEMPHASIS) * samples
    if len(samples) < HOP_SAMPLES:
        return np.zeros(0)
    whole = (
        bright[: len(bright) // HOP_SAMPLES * HOP_SAMPLES]
        .reshape(-1, HOP_SAMPLES)
        .astype(np.float64)
    )
    power = np.einsum("ij,ij->i", whole, whole)
    return np.asarray(10.0 * np.log10(np.convolve(power, np.ones(SMOOTH_HOPS), "same") + 1e-7))


def _mask_pauses(levels: F64) -> npt.NDArray[np.bool_]:
    """Return a mask of the hops that lie in a pause."""
    if not len(levels):
        return np.zeros(0, bool)
    speech, room = _measure_context(levels)
    quiet = levels < np.maximum(speech - BELOW_SPEECH_DB, room + ABOVE_ROOM_DB)
    for first, end in _runs(~quiet):
        if end - first < MIN_SOUND_HOPS:
            quiet[first:end] = True
    for first, end in _runs(quiet):
        if end - first < MIN_PAUSE_HOPS:
            quiet[first:end] = False
    return quiet


def _measure_context(levels: F64) -> tuple[F64, F64]:
    """Return how loud the speech and the background near each hop are, in decibels."""
    blocks = -(-len(levels) // THRESHOLD_HOPS)
    beyond = CONTEXT_HOPS + blocks * THRESHOLD_HOPS - len(levels)
    padded = np.pad(levels, (CONTEXT_HOPS, beyond), mode="symmetric")
    near = np.lib.stride_tricks.sliding_window_view(padded, THRESHOLD_HOPS + 2 * CONTEXT_HOPS)[
        ::THRESHOLD_HOPS
    ]
    loud, room = np.percentile(near, (SPEECH_PERCENTILE, ROOM_PERCENTILE), axis=1)
    return loud.repeat(THRESHOLD_HOPS)[: len(levels)], room.repeat(THRESHOLD_HOPS)[: len(levels)]


def _runs(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the first and end (exclusive) index of each run of True, shape (n, 2)."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return edges.reshape(-1, 2)
