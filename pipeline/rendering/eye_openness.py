"""How wide open eyes are.

An open eye has a dark disc with an edge to its left and another to its right: each edge votes for
the middle that it would have, along its own slope and an iris's radius away, and both sides must
agree (fast radial symmetry: Loy and Zelinsky, 2003). A lid has edges above and below only.
"""

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64

Grey = npt.NDArray[np.uint8]
Point = tuple[float, float]  # x, y in pixels

SCALE = 90  # pixels between the eyes, in which everything is measured
REACH = 0.36, 0.30  # of that distance, to the sides and up and down: landmarks are coarse
RADII = (6, 7, 8, 9, 10)  # of an iris: 11.7 mm across, where eyes are 63 mm apart
SIDEWAYS = 0.6  # share of an edge's slope that points to the side, at least
FLAT = 4.0  # levels: with less contrast there is nothing to tell
SOFT = np.array([1, 4, 6, 4, 1]) / 16


def openness(grey: Grey, left: Point, right: Point) -> float:
    """Of the less open of two eyes in a picture (h, w); >= 0, for comparison within one person."""
    apart = float(np.hypot(right[0] - left[0], right[1] - left[1]))
    if apart < 1:
        return 0.0
    return min(_disc(_patch(grey, eye, apart)) for eye in (left, right))


def _patch(grey: Grey, eye: Point, apart: float) -> F64:
    """What lies around an eye, SCALE pixels between the eyes; edges repeated."""
    rows, columns = (
        np.linspace(middle - reach * apart, middle + reach * apart, round(2 * reach * SCALE))
        for middle, reach in zip(eye[::-1], REACH[::-1], strict=True)
    )
    y, x = (
        np.clip(np.rint(at).astype(int), 0, size - 1)
        for at, size in zip((rows, columns), grey.shape, strict=True)
    )
    return np.asarray(grey[np.ix_(y, x)], np.float64)


def _disc(patch: F64) -> float:
    """How much speaks for a dark disc, for its contrast."""
    soft = _softened(patch)
    down, across = np.gradient(soft, axis=0), np.gradient(soft, axis=1)
    slope = np.hypot(across, down)
    y, x = np.nonzero((np.abs(across) > SIDEWAYS * slope) & (slope > 0))
    weight = slope[y, x]
    to_x, to_y = across[y, x] / weight, down[y, x] / weight
    rising = to_x > 0  # an edge to the right of something dark
    sides = np.zeros((2, patch.size))
    for radius in RADII:
        at_x = np.rint(x - radius * to_x).astype(int)
        at_y = np.rint(y - radius * to_y).astype(int)
        inside = (at_x >= 0) & (at_x < patch.shape[1]) & (at_y >= 0) & (at_y < patch.shape[0])
        for n in range(2):
            votes = inside & (rising == bool(n))
            at = at_y[votes] * patch.shape[1] + at_x[votes]
            sides[n] += np.bincount(at, weight[votes], patch.size)
    agreed = np.minimum(*(_softened(_softened(s.reshape(patch.shape))) for s in sides))
    return float(agreed.max() / (patch.std() + FLAT))


def _softened(values: F64) -> F64:
    """A small blur, edges repeated."""
    for _ in range(2):
        wide = np.pad(values, ((2, 2), (0, 0)), "edge")
        values = sum(k * wide[n : n + len(values)] for n, k in enumerate(SOFT)).T
    return values
