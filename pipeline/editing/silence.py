"""Detects where a clip's sound is quiet: no speech, laughter, applause or music."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.data import Span, Word
from pipeline.media.clip_audio import RATE, SoundStretch

LEVEL_STEP_S = 0.01  # sound per level
BELOW_SPEECH_DB = 20.0  # sound this far below the speech level is quiet
ABOVE_ROOM_DB = 6.0  # sound no louder than this above the room tone is quiet, too
MIN_BELOW_SPEECH_DB = 10.0  # quiet sound is at least this far below the speech in any case
ROOM_PERCENTILE = 10.0  # percentile of all levels that is the room tone
SILENCE_DB = -120.0
MIN_LOUD_STEPS = 4  # shorter loud sounds are clicks, or a chair


class QuietFinder(Protocol):
    """Knows where sound is quiet."""

    def within(self, span: Span) -> list[Span]:
        """Return the quiet parts of a span, in order, on the source timeline."""

    def level(self, t_s: float) -> float:
        """Return the level at a time in decibels of full scale; SILENCE_DB where it is quiet."""


class QuietStretches:
    """The quiet parts of several stretches, each relative to its own levels."""

    def __init__(self, stretches: Sequence[SoundStretch], words: Sequence[Word]) -> None:
        self._stretches = [(s.span, Quiet(s.samples, s.span.start_s, words)) for s in stretches]

    def within(self, span: Span) -> list[Span]:
        """Return the quiet parts of a span, in order, on the source timeline."""
        found: list[Span] = []
        for stretch, quiet in self._stretches:
            start_s, end_s = max(stretch.start_s, span.start_s), min(stretch.end_s, span.end_s)
            if start_s < end_s:
                found += quiet.within(Span(start_s=start_s, end_s=end_s))
        return found

    def level(self, t_s: float) -> float:
        """See QuietFinder; SILENCE_DB between the stretches."""
        found = (quiet for span, quiet in self._stretches if span.start_s <= t_s < span.end_s)
        quiet = next(found, None)
        return SILENCE_DB if quiet is None else quiet.level(t_s)


class Quiet:
    """The quiet parts of one stretch of sound, relative to its own levels."""

    def __init__(self, sound: F32, start_s: float, words: Sequence[Word]) -> None:
        """`sound` is (2, n) at RATE from `start_s` of the source; `words` mark the speech in it."""
        self._start_s = start_s
        levels = _levels(sound)
        spoken = np.zeros(len(levels), dtype=bool)
        for word in words:
            spoken[self._step(word.start_s, levels) : self._step(word.end_s, levels)] = True
        power = 10 ** (levels[spoken] / 10)
        speech = 10 * np.log10(max(1e-12, float(power.mean()))) if len(power) else SILENCE_DB
        room = float(np.percentile(levels, ROOM_PERCENTILE)) if len(levels) else SILENCE_DB
        limit = max(speech - BELOW_SPEECH_DB, room + ABOVE_ROOM_DB)
        loud = levels >= min(limit, speech - MIN_BELOW_SPEECH_DB)
        self._quiet = ~_remove_blips(loud)
        self._levels = np.where(self._quiet, SILENCE_DB, levels)

    def within(self, span: Span) -> list[Span]:
        """Return the quiet parts of a span, in order, on the source timeline."""
        first, end = (self._step(t, self._quiet) for t in (span.start_s, span.end_s))
        edges = np.flatnonzero(np.diff(np.r_[False, self._quiet[first:end], False].astype(np.int8)))
        runs = (edges.reshape(-1, 2) + first) * LEVEL_STEP_S + self._start_s
        parts = [
            Span(start_s=max(float(a), span.start_s), end_s=min(float(b), span.end_s))
            for a, b in runs
        ]
        return [part for part in parts if part.duration_s > 0]

    def level(self, t_s: float) -> float:
        """See QuietFinder."""
        steps = self._levels[self._step(t_s, self._levels) :]
        return float(steps[0]) if len(steps) else SILENCE_DB

    def _step(self, t_s: float, levels: npt.NDArray[np.generic]) -> int:
        return min(max(0, round((t_s - self._start_s) / LEVEL_STEP_S)), len(levels))


def _levels(sound: F32) -> npt.NDArray[np.float64]:
    """Return the level of each LEVEL_STEP_S of (2, n), decibels of full scale."""
    size = round(LEVEL_STEP_S * RATE)
    whole = sound[:, : sound.shape[1] // size * size].reshape(2, -1, size)
    power = np.einsum("ijk,ijk->j", whole, whole) / (2 * size)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), dtype=np.float64)


def _remove_blips(loud: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Remove runs of True that are shorter than MIN_LOUD_STEPS."""
    edges = np.flatnonzero(np.diff(np.r_[False, loud, False].astype(np.int8))).reshape(-1, 2)
    out = loud.copy()
    for first, end in edges[edges[:, 1] - edges[:, 0] < MIN_LOUD_STEPS]:
        out[first:end] = False
    return out
