"""Measures how well found turns agree with the true ones.

The diarization error rate (NIST Rich Transcription, md-eval) on a grid of 10 ms is the seconds of
missed, false and confused speakers over all seconds of true speech, under the best mapping of found
speakers to true ones. If two people talk at once, both count.
"""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

STEP_S = 0.01

Turn = tuple[float, float, str]  # start, s; end, s; speaker
Bools = npt.NDArray[np.bool_]


def error_rate(truth: Sequence[Turn], found: Sequence[Turn], *, collar_s: float = 0.0) -> float:
    """Return the error rate, 0 or more; `collar_s` on either side of true borders is ignored."""
    count = round(max(end_s for _, end_s, _ in (*truth, *found)) / STEP_S) + 1
    counted = np.ones(count, bool)
    for start_s, end_s, _ in truth:
        for border_s in (start_s, end_s) if collar_s else ():
            counted[_step(border_s - collar_s) : _step(border_s + collar_s)] = False
    wanted = _grid(truth, count)[:, counted]
    heard = _grid(found, count)[:, counted]
    errors = np.maximum(wanted.sum(0), heard.sum(0)).sum() - _agreed(wanted, heard)
    return float(errors / wanted.sum())


def words_right(truth: Sequence[str | None], found: Sequence[str | None]) -> float:
    """Return the share of words with the right speaker, under the best mapping.

    None in `truth` is an unknown speaker. Raises ValueError if no word's speaker is known.
    """
    known = [(t, f) for t, f in zip(truth, found, strict=True) if t is not None]
    if not known:
        raise ValueError("no word's speaker is known")
    people, labels = sorted({t for t, _ in known}), sorted({str(f) for _, f in known})
    wanted = np.array([[t == person for t, _ in known] for person in people])
    heard = np.array([[str(f) == label for _, f in known] for label in labels])
    return _agreed(wanted, heard) / len(known)


def _grid(turns: Sequence[Turn], count: int) -> Bools:
    """Return who speaks in each step, shape (speakers, count)."""
    speakers = sorted({speaker for _, _, speaker in turns})
    grid = np.zeros((len(speakers), count), bool)
    for start_s, end_s, speaker in turns:
        grid[speakers.index(speaker), _step(start_s) : _step(end_s)] = True
    return grid


def _step(at_s: float) -> int:
    return max(0, round(at_s / STEP_S))


def _agreed(wanted: Bools, heard: Bools) -> int:
    """Count the steps in which both agree, under the best one-to-one mapping of rows."""
    both = wanted.astype(int) @ heard.T.astype(int)
    if both.shape[0] > both.shape[1]:
        both = both.T
    rows = range(both.shape[0])
    return max(
        int(sum(both[row, column] for row, column in zip(rows, columns, strict=True)))
        for columns in permutations(range(both.shape[1]), len(rows))
    )
