"""Finds where one shot turns into the next over several pictures. Knows nothing of files.

In a dissolve, a fade or a wipe every part of a picture is as it was before, as it will be, or a
mixture of both, and what is shown stays much the same on either side: a pan, or somebody who
walks through, does not look like that. (Twin comparison, Zhang, Kankanhalli and Smoliar 1993, says
when; that everything lies between the two ends says that it is none of those.) Where a still scene
turns into quite another within a second, it does not matter how: pages that turn, a whipped camera.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LENGTHS_S = (0.3, 0.6, 1.2, 2.0)  # in which a transition may fit
CHANGED = 0.16  # distance of what is before and after
STAYS = 3.0  # how many times less it changes in as long before, and after
APART = 0.35  # distance of two scenes that have nothing to do with each other
STILL = 8.0  # how many times less those change in as long
QUICK_S = 1.2
BEYOND = 0.12  # of the difference of both ends: how far what is between may lie outside of them
PLAIN = 0.02  # spread of a picture that shows nothing


def transitions(
    times_s: Sequence[float], grids: Sequence[Floats], colours: Sequence[Floats]
) -> list[float]:
    """A moment within each gradual transition from which on the new shot counts, ascending.

    times_s ascend; of each picture grids has means of cells in [0, 1], (rows, columns, 3), and
    colours three histograms that sum to 1, (3, bins). Hard cuts are not to be in between.
    """
    n = len(times_s)
    if n < 8:
        return []
    step_s = float(np.median(np.diff(times_s)))
    found: list[tuple[float, int, int]] = []  # how clear, first, last
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
            if across < CHANGED or clear < 0:
                continue
            if _is_between(_flat(grids[first : last + 1])) or (
                length_s <= QUICK_S and across >= max(APART, STILL * stays)
            ):
                found.append((clear, first, last))
    return [times_s[a + _border(_flat(grids[a : b + 1]))] for a, b in _best(found)]


def distances(
    grids: Sequence[Floats],
    colours: Sequence[Floats],
    a: npt.NDArray[np.intp],
    b: npt.NDArray[np.intp],
) -> Floats:
    """How different pictures `a` and `b` are, pair by pair, 0..1: (k,) of indices (k,)."""
    found = np.empty(len(a), np.float32)
    for k, (i, j) in enumerate(zip(a, b, strict=True)):
        pixels = np.abs(grids[i] - grids[j]).mean()
        shades = np.abs(colours[i] - colours[j]).sum() / 6.0
        found[k] = np.sqrt(min(1.0, 2.0 * pixels) * shades)
    return found


def _flat(grids: Sequence[Floats]) -> Floats:
    """(k, rows * columns * 3)."""
    return np.stack(grids).reshape(len(grids), -1)


def _is_between(cells: Floats) -> bool:
    """Whether all pictures (k, c) lie, cell by cell, between the first and the last."""
    low, high = np.minimum(cells[0], cells[-1]), np.maximum(cells[0], cells[-1])
    outside = np.maximum(low - cells, 0.0) + np.maximum(cells - high, 0.0)
    return bool(outside.mean(axis=1).max() <= BEYOND * (high - low).mean())


def _best(found: list[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """The clearest of those that overlap, in order."""
    kept: list[tuple[int, int]] = []
    for _, first, last in sorted(found, reverse=True):
        if all(last <= a or b <= first for a, b in kept):
            kept.append((first, last))
    return sorted(kept)


def _border(cells: Floats) -> int:
    """The first of (k, c) that shows more of what comes; all of what goes if that is nothing."""
    to_last = np.abs(cells - cells[-1]).mean(axis=1)
    share = 1.0 - to_last / max(1e-6, float(to_last[0]))
    wanted = 0.5
    if cells[-1].std() < PLAIN:
        wanted = 0.97
    elif cells[0].std() < PLAIN:
        wanted = 0.03
    return int(np.argmax(share >= wanted))
