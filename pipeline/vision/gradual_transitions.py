"""Detects gradual transitions, in which one shot turns into the next over several pictures.

In a dissolve, a fade or a wipe, every part of a picture equals the old shot, the new shot, or a
mixture of both, and the pictures hardly change on either side; a pan, or somebody who walks through
the picture, looks different. (Twin comparison, Zhang, Kankanhalli and Smoliar 1993, finds the time;
the test that everything lies between the two ends rules out pans and people.) If a still scene
turns into an unrelated one within a second, the kind of change is irrelevant: turning pages, a whip
pan.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

TRANSITION_LENGTHS_S = (0.3, 0.6, 1.2, 2.0)  # window lengths that are tried
MIN_CHANGE = 0.16  # distance between the pictures before and after
MIN_STEADY_RATIO = 3.0  # that change over the change in windows of the same length beside it
UNRELATED_CHANGE = 0.35  # distance of two unrelated scenes
MIN_STILL_RATIO = 8.0  # the same ratio as MIN_STEADY_RATIO, for unrelated scenes
MAX_QUICK_S = 1.2  # length of a transition between unrelated scenes
MAX_OVERSHOOT = 0.12  # how far a picture goes beyond both ends, share of their difference
MAX_PLAIN_SPREAD = 0.02  # spread of colors of an empty picture
MAX_TIME_STRETCH = 1.5  # ratio of the pictures' real duration to the nominal one
MAX_RESIDUAL = 0.5  # after shifting, of the difference before: the same things have moved
MIN_HALF_CHANGE = 0.25  # share of the whole difference: with less, nothing happens in this half
MAX_SHIFT_HALF_CELLS = 50  # half cells; a picture has 32 cells
MAX_PAN_WIDTHS = 0.8  # share of the width: after a longer pan nothing of the old scene is left

Found = tuple[float, int, int]  # score, first and last picture


def transitions(
    times_s: Sequence[float], grids: Sequence[F32], colors: Sequence[F32]
) -> list[float]:
    """Return a moment within each gradual transition at which the new shot starts, ascending.

    times_s ascend; for each picture, grids has the means of cells in [0, 1], (rows, columns, 3),
    and colors three histograms that sum to 1, (3, bins). There are no hard cuts in between.
    """
    n = len(times_s)
    if n < 8:
        return []
    step_s = float(np.median(np.diff(times_s)))
    found: list[Found] = []
    for length_s in TRANSITION_LENGTHS_S:
        lag = round(length_s / max(step_s, 1e-3))
        if lag < 3 or lag + 4 > n:
            continue
        begin = np.arange(-lag, n)
        apart = distances(
            grids, colors, np.maximum(begin, 0), np.minimum(begin + lag, n - 1)
        )  # from each picture, and from some before the first, to the one `lag` on
        for first in range(2, n - 2 - lag):
            last = first + lag
            across = float(apart[last])
            steady = float(max(apart[first], apart[last + lag]))  # before, and after
            clear = across - MIN_STEADY_RATIO * steady
            # pictures may be missing or late: then the change took longer than the window
            slow = times_s[last] - times_s[first] > MAX_TIME_STRETCH * length_s
            if across < MIN_CHANGE or clear < 0 or slow:
                continue
            if _is_between(_flatten(grids[first : last + 1])) or (
                length_s <= MAX_QUICK_S
                and across >= max(UNRELATED_CHANGE, MIN_STILL_RATIO * steady)
            ):
                found.append((clear, first, last))
    return [
        times_s[a + _border(_flatten(grids[a : b + 1]))] for a, b in _pick_clearest(found, grids)
    ]


def distances(
    grids: Sequence[F32],
    colors: Sequence[F32],
    a: npt.NDArray[np.intp],
    b: npt.NDArray[np.intp],
) -> F32:
    """Return the distance of pictures `a` and `b`, pair by pair, 0..1: (k,) for indices (k,)."""
    found = np.empty(len(a), np.float32)
    for k, (i, j) in enumerate(zip(a, b, strict=True)):
        pixels = np.abs(grids[i] - grids[j]).mean()
        shades = np.abs(colors[i] - colors[j]).sum() / 6.0
        found[k] = np.sqrt(min(1.0, 2.0 * pixels) * shades)
    return found


def _flatten(grids: Sequence[F32]) -> F32:
    """Stack grids to shape (k, rows * columns * 3)."""
    return np.stack(grids).reshape(len(grids), -1)


def _is_between(cells: F32) -> bool:
    """Whether all pictures (k, c) lie between the first and the last in every cell."""
    low, high = np.minimum(cells[0], cells[-1]), np.maximum(cells[0], cells[-1])
    outside = np.maximum(low - cells, 0.0) + np.maximum(cells - high, 0.0)
    return bool(outside.mean(axis=1).max() <= MAX_OVERSHOOT * (high - low).mean())


def _pick_clearest(found: list[Found], grids: Sequence[F32]) -> list[tuple[int, int]]:
    """Return the clearest of overlapping transitions, in order, without pans."""
    picked: list[tuple[int, int]] = []
    for _, first, last in sorted(found, reverse=True):
        apart = all(last <= a or b <= first for a, b in picked)
        if apart and not _is_pan(grids[first], grids[(first + last) // 2], grids[last]):
            picked.append((first, last))
    return sorted(picked)


def _is_pan(*grids: F32) -> bool:
    """Whether the pictures (rows, columns, 3) show the same things moved sideways: a pan.

    Each picture is compared with the next one, shifted by half cells.
    """
    total, moving = 0.0, 0
    apart = float(np.abs(grids[0] - grids[-1]).mean())
    for a, b in pairwise(map(_upsample, grids)):
        still = float(np.abs(a - b).mean())
        if still < MIN_HALF_CHANGE * apart:
            continue
        least, shift = min(
            (_apart(a, b, n), n) for n in range(-MAX_SHIFT_HALF_CELLS, MAX_SHIFT_HALF_CELLS + 1)
        )
        if least > MAX_RESIDUAL * still:
            return False
        total, moving = total + shift, moving + 1
    return moving > 0 and abs(total) < MAX_PAN_WIDTHS * _upsample(grids[0]).shape[1]


def _upsample(grid: F32) -> F32:
    """Interpolate to half cells, (rows, 2 columns - 1, 3)."""
    fine = np.repeat(grid, 2, axis=1)[:, :-1]
    fine[:, 1::2] = (grid[:, :-1] + grid[:, 1:]) / 2
    return fine


def _apart(a: F32, b: F32, shift: int) -> float:
    """Return the difference of `b` from `a` shifted by `shift` columns."""
    columns = a.shape[1]
    left, right = max(0, shift), min(columns, columns + shift)
    return float(np.abs(a[:, left - shift : right - shift] - b[:, left:right]).mean())


def _border(cells: F32) -> int:
    """Return the first picture of (k, c) that mostly shows the new shot.

    A fade from or to a plain color belongs entirely to the shot that is visible in it.
    """
    to_last = np.abs(cells - cells[-1]).mean(axis=1)
    share = 1.0 - to_last / max(1e-6, float(to_last[0]))
    wanted = 0.5
    if _is_plain(cells[-1]):
        wanted = 0.97
    elif _is_plain(cells[0]):
        wanted = 0.03
    return int(np.argmax(share >= wanted))


def _is_plain(cells: F32) -> bool:
    """Whether a picture (rows * columns * 3,) has a single color."""
    return bool(cells.reshape(-1, 3).std(axis=0).max() < MAX_PLAIN_SPREAD)
