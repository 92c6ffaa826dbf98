"""Where the sound sets in and dies away between words.

A pause is quiet by the measure of the speech around it, for long enough to be no consonant's
closure. Where there is one, its end is the best onset there is: better than any network's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import SAMPLE_RATE, Audio, Span

HOP_S = 0.005
HOP_SAMPLES = round(HOP_S * SAMPLE_RATE)
SMOOTH = 3  # hops a level is taken over
PREEMPHASIS = 0.97  # so that an "s" counts as much as a vowel
THRESHOLD_HOPS = 100  # hops that share a threshold
CONTEXT = 300  # hops on either side of a block that tell how loud the speech is
LOUD, ROOM = 90.0, 5.0  # percentiles of the levels there: speech, and what is between
BELOW_SPEECH_DB = 30.0
ABOVE_ROOM_DB = 6.0  # a noisy room is no quieter than this above itself
MIN_GAP_HOPS = 16  # hops: a "t" is closed for less
BLIP = 6  # hops: what is louder for less is a click

ONSET_REACH_S = 0.06  # how far an onset may be moved
DYING_S = 0.15  # a pause that ends a word: this long, or reaching up to the next word


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of a stretch, ascending, in seconds of the source."""

    starts_s: F64
    ends_s: F64

    def onset(self, at_s: float) -> float:
        """When the sound set in that was noticed at `at_s`; the same where no pause is near."""
        if not len(self.ends_s):
            return at_s
        near = float(self.ends_s[np.abs(self.ends_s - at_s).argmin()])
        return near if abs(near - at_s) <= ONSET_REACH_S else at_s

    def end(self, from_s: float, until_s: float) -> float:
        """When what sounds at `from_s` has died away; `until_s` where it goes on till then."""
        inside = (self.starts_s > from_s) & (self.starts_s < until_s)
        long = np.minimum(self.ends_s, until_s + ONSET_REACH_S) - self.starts_s >= DYING_S
        ending = inside & (long | (self.ends_s >= until_s - ONSET_REACH_S))
        return float(self.starts_s[ending.argmax()]) if ending.any() else until_s


def find_pauses(audio: Audio, span: Span) -> Pauses:
    """The pauses of a span, and a little beyond it."""
    beyond_s = CONTEXT * HOP_S
    first_s = max(0.0, span.start_s - beyond_s)
    quiet = _quiet(_levels(audio.slice(first_s, span.end_s + beyond_s)))
    edges = np.asarray(first_s + _runs(quiet) * HOP_S, np.float64)
    return Pauses(starts_s=edges[:, 0], ends_s=edges[:, 1])


def _levels(samples: npt.NDArray[np.float32]) -> F64:
    """Level of each hop, in decibels of full scale."""
    bright = np.diff(samples, prepend=samples[:1]) + (1.0 - PREEMPHASIS) * samples
    if len(samples) < HOP_SAMPLES:
        return np.zeros(0)
    whole = (
        bright[: len(bright) // HOP_SAMPLES * HOP_SAMPLES]
        .reshape(-1, HOP_SAMPLES)
        .astype(np.float64)
    )
    power = np.einsum("ij,ij->i", whole, whole)
    return np.asarray(10.0 * np.log10(np.convolve(power, np.ones(SMOOTH), "same") + 1e-7))


def _quiet(levels: F64) -> npt.NDArray[np.bool_]:
    """Which hops lie in a pause."""
    if not len(levels):
        return np.zeros(0, bool)
    speech, room = _around(levels)
    quiet = levels < np.maximum(speech - BELOW_SPEECH_DB, room + ABOVE_ROOM_DB)
    for first, end in _runs(~quiet):
        if end - first < BLIP:
            quiet[first:end] = True
    for first, end in _runs(quiet):
        if end - first < MIN_GAP_HOPS:
            quiet[first:end] = False
    return quiet


def _around(levels: F64) -> tuple[F64, F64]:
    """How loud the speech near each hop is, and how loud what is between."""
    blocks = -(-len(levels) // THRESHOLD_HOPS)
    beyond = CONTEXT + blocks * THRESHOLD_HOPS - len(levels)
    padded = np.pad(levels, (CONTEXT, beyond), mode="symmetric")
    near = np.lib.stride_tricks.sliding_window_view(padded, THRESHOLD_HOPS + 2 * CONTEXT)[
        ::THRESHOLD_HOPS
    ]
    loud, room = np.percentile(near, (LOUD, ROOM), axis=1)
    return loud.repeat(THRESHOLD_HOPS)[: len(levels)], room.repeat(THRESHOLD_HOPS)[: len(levels)]


def _runs(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """First and end (exclusive) of each run of True, shape (n, 2)."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return edges.reshape(-1, 2)
