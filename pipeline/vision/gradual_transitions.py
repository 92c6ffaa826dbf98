"""Finds where one shot turns into the next over several pictures.

In a dissolve, a fade or a wipe every part of a picture is as it was before, as it will be, or a
mixture of both, and what is shown stays much the same on either side: a pan, or somebody who
walks through, does not look like that. (Twin comparison, Zhang, Kankanhalli and Smoliar 1993, says
when; that everything lies between the two ends says that it is none of those.) Where a still scene
turns into quite another within a second, it does not matter how: pages that turn, a whipped camera.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

LENGTHS_S = (0.3, 0.6, 1.2, 2.0)  # in which a transition may fit
CHANGED = 0.16  # distance of what is before and after
STAYS = 3.0  # how many times less it changes in as long before, and after
APART = 0.35  # distance of two scenes that have nothing to do with each other
STILL = 8.0  # how many times less those change in as long
QUICK_S = 1.2
BEYOND = 0.12  # of the difference of both ends: how far what is between may lie outside of them
PLAIN = 0.02  # spread of a picture that shows nothing
SLOWER = 1.5  # times as long as so many pictures should take
SAME = 0.5  # of the difference to the picture where it was: the same things, moved
RESTS = 0.25  # of the whole difference: with less nothing happens in this half
MOST_MOVED = 50  # half cells of a picture of 32
OTHERS = 0.8  # of the width: after this far nothing of the old scene is left

Found = tuple[float, int, int]  # how clear, first and last picture


def transitions(
    times_s: Sequence[float], grids: Sequence[F32], colours: Sequence[F32]
) -> list[float]:
    """A moment within each gradual transition from which on the new shot counts, ascending.

    times_s ascend; of each picture grids has means of cells in [0, 1], (rows, columns, 3), and
    colours three histograms that sum to 1, (3, bins). Hard cuts are not to be in between.
    """
    n = len(times_s)
    if n < 8:
        return []
    step_s = float(np.median(np.diff(times_s)))
    found: list[Found] = []
    for length_s in LENGTHS_S:
        lag = round(length_s / max(step_s, 1e-3))
        if lag < 3 or lag + 4 > n:
            continue
        begin = np.arange(-lag, n)
        apart = distances(
            grids, colours, np.maximum(begin, 0), np.minimum(begin + lag, n - 1)
        )  # from each picture, and from some before the first, to the one `lag` on
        for first in range(2, n - 2 - lag):
            last = first + lag
            across = float(apart[last])
            stays = float(max(apart[first], apart[last + lag]))  # before, and after
            clear = across - STAYS * stays
            # pictures may be missing, or come late: then it took longer than it seems
            slow = times_s[last] - times_s[first] > SLOWER * length_s
            if across < CHANGED or clear < 0 or slow:
                continue
            if _is_between(_flat(grids[first : last + 1])) or (
                length_s <= QUICK_S and across >= max(APART, STILL * stays)
            ):
                found.append((clear, first, last))
    return [times_s[a + _border(_flat(grids[a : b + 1]))] for a, b in _best(found, grids)]


def distances(
    grids: Sequence[F32],
    colours: Sequence[F32],
    a: npt.NDArray[np.intp],
    b: npt.NDArray[np.intp],
) -> F32:
    """How different pictures `a` and `b` are, pair by pair, 0..1: (k,) of indices (k,)."""
    found = np.empty(len(a), np.float32)
    for k, (i, j) in enumerate(zip(a, b, strict=True)):
        pixels = np.abs(grids[i] - grids[j]).mean()
        shades = np.abs(colours[i] - colours[j]).sum() / 6.0
        found[k] = np.sqrt(min(1.0, 2.0 * pixels) * shades)
    return found


def _flat(grids: Sequence[F32]) -> F32:
    """(k, rows * columns * 3)."""
    return np.stack(grids).reshape(len(grids), -1)


def _is_between(cells: F32) -> bool:
    """Whether all pictures (k, c) lie, cell by cell, between the first and the last."""
    low, high = np.minimum(cells[0], cells[-1]), np.maximum(cells[0], cells[-1])
    outside = np.maximum(low - cells, 0.0) + np.maximum(cells - high, 0.0)
    return bool(outside.mean(axis=1).max() <= BEYOND * (high - low).mean())


def _best(found: list[Found], grids: Sequence[F32]) -> list[tuple[int, int]]:
    """The clearest of those that overlap, in order, without pans."""
    kept: list[tuple[int, int]] = []
    for _, first, last in sorted(found, reverse=True):
        apart = all(last <= a or b <= first for a, b in kept)
        if apart and not _is_pan(grids[first], grids[(first + last) // 2], grids[last]):
            kept.append((first, last))
    return sorted(kept)


def _is_pan(*grids: F32) -> bool:
    """Whether the same things are seen further to a side, though not quite others.

    Each of the pictures (rows, columns, 3) is laid over the next, moved by half cells.
    """
    total, seen = 0.0, 0
    apart = float(np.abs(grids[0] - grids[-1]).mean())
    for a, b in pairwise(map(_finer, grids)):
        still = float(np.abs(a - b).mean())
        if still < RESTS * apart:
            continue
        least, shift = min((_apart(a, b, n), n) for n in range(-MOST_MOVED, MOST_MOVED + 1))
        if least > SAME * still:
            return False
        total, seen = total + shift, seen + 1
    return seen > 0 and abs(total) < OTHERS * _finer(grids[0]).shape[1]


def _finer(grid: F32) -> F32:
    """Twice the columns, (rows, 2 columns - 1, 3)."""
    fine = np.repeat(grid, 2, axis=1)[:, :-1]
    fine[:, 1::2] = (grid[:, :-1] + grid[:, 1:]) / 2
    return fine


def _apart(a: F32, b: F32, shift: int) -> float:
    """How different `b` is from `a` moved by so many columns."""
    columns = a.shape[1]
    left, right = max(0, shift), min(columns, columns + shift)
    return float(np.abs(a[:, left - shift : right - shift] - b[:, left:right]).mean())


def _border(cells: F32) -> int:
    """The first of (k, c) that shows more of what comes; all of what goes if that is nothing."""
    to_last = np.abs(cells - cells[-1]).mean(axis=1)
    share = 1.0 - to_last / max(1e-6, float(to_last[0]))
    wanted = 0.5
    if _is_plain(cells[-1]):
        wanted = 0.97
    elif _is_plain(cells[0]):
        wanted = 0.03
    return int(np.argmax(share >= wanted))


def _is_plain(cells: F32) -> bool:
    """Whether a picture (rows * columns * 3,) has one colour."""
    return bool(cells.reshape(-1, 3).std(axis=0).max() < PLAIN)
