"""Tells where a clip's sound is quiet: nobody speaks, laughs, claps or plays."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.data import Span, Word
from pipeline.media.clip_audio import RATE

STEP_S = 0.01  # of sound that a level is told for
BELOW_SPEECH_DB = 20.0  # quiet is as far below the speech as this …
ABOVE_ROOM_DB = 6.0  # … or no more than this above what the room sounds like by itself …
LEAST_BELOW_DB = 10.0  # … but at least as far below the speech as this
ROOM_PERCENTILE = 10.0  # percentile of all levels that is the room's
SILENCE_DB = -120.0
BLIP = 4  # steps: louder for less than this is a click, or a chair


class Quiet:
    """Where one stretch of sound is quiet, by its own levels."""

    def __init__(self, sound: F32, start_s: float, words: Sequence[Word]) -> None:
        """`sound` is (2, n) at RATE from `start_s` of the source; in `words` there is speech."""
        self._start_s = start_s
        levels = _levels(sound)
        spoken = np.zeros(len(levels), dtype=bool)
        for word in words:
            spoken[self._step(word.start_s, levels) : self._step(word.end_s, levels)] = True
        power = 10 ** (levels[spoken] / 10)
        speech = 10 * np.log10(max(1e-12, float(power.mean()))) if len(power) else SILENCE_DB
        room = float(np.percentile(levels, ROOM_PERCENTILE)) if len(levels) else SILENCE_DB
        limit = max(speech - BELOW_SPEECH_DB, room + ABOVE_ROOM_DB)
        loud = levels >= min(limit, speech - LEAST_BELOW_DB)
        self._quiet = ~_without_blips(loud)

    def within(self, span: Span) -> list[Span]:
        """The quiet parts of a span, in order, on the source timeline."""
        first, end = (self._step(t, self._quiet) for t in (span.start_s, span.end_s))
        edges = np.flatnonzero(np.diff(np.r_[False, self._quiet[first:end], False].astype(np.int8)))
        runs = (edges.reshape(-1, 2) + first) * STEP_S + self._start_s
        parts = [
            Span(start_s=max(float(a), span.start_s), end_s=min(float(b), span.end_s))
            for a, b in runs
        ]
        return [part for part in parts if part.duration_s > 0]

    def _step(self, t_s: float, levels: npt.NDArray[np.generic]) -> int:
        return min(max(0, round((t_s - self._start_s) / STEP_S)), len(levels))


def _levels(sound: F32) -> npt.NDArray[np.float64]:
    """Level of each STEP_S of (2, n), decibels of full scale."""
    size = round(STEP_S * RATE)
    whole = sound[:, : sound.shape[1] // size * size].reshape(2, -1, size)
    power = np.einsum("ijk,ijk->j", whole, whole) / (2 * size)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), dtype=np.float64)


def _without_blips(loud: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Runs of True that are shorter than BLIP become False."""
    edges = np.flatnonzero(np.diff(np.r_[False, loud, False].astype(np.int8))).reshape(-1, 2)
    out = loud.copy()
    for first, end in edges[edges[:, 1] - edges[:, 0] < BLIP]:
        out[first:end] = False
    return out
