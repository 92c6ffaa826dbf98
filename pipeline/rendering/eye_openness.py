"""Measures how wide open eyes are.

An open eye has a dark disc with an edge on its left and another on its right. Each edge votes for
the disc's center, along its own slope and an iris's radius away, and both sides must agree (fast
radial symmetry: Loy and Zelinsky, 2003). A lid has edges above and below only.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64

Gray = npt.NDArray[np.uint8]
Point = tuple[float, float]  # x, y in pixels

EYE_DISTANCE_PIXELS = 90  # the scale at which everything is measured
PATCH_REACH = 0.36, 0.30  # half width, half height as shares of that distance; landmarks are coarse
IRIS_RADII_PIXELS = (6, 7, 8, 9, 10)  # 11.7 mm across, with eyes 63 mm apart
MIN_SIDEWAYS_SHARE = 0.6  # minimum share of an edge's slope that is horizontal
CONTRAST_FLOOR_LEVELS = 4.0  # added to the contrast, so that flat patches score low
BLUR_KERNEL = np.array([1, 4, 6, 4, 1]) / 16


def measure_openness(gray: Gray, left: Point, right: Point) -> float:
    """Return the openness, >= 0, of the less open eye in a picture (h, w).

    Values are comparable only within one person.
    """
    apart = float(np.hypot(right[0] - left[0], right[1] - left[1]))
    if apart < 1:
        return 0.0
    return min(_score_disc(_patch(gray, eye, apart)) for eye in (left, right))


def _patch(gray: Gray, eye: Point, apart: float) -> F64:
    """Crop around an eye, scaled to EYE_DISTANCE_PIXELS; edges are repeated."""
    rows, columns = (
        np.linspace(
            middle - reach * apart, middle + reach * apart, round(2 * reach * EYE_DISTANCE_PIXELS)
        )
        for middle, reach in zip(eye[::-1], PATCH_REACH[::-1], strict=True)
    )
    y, x = (
        np.clip(np.rint(at).astype(int), 0, size - 1)
        for at, size in zip((rows, columns), gray.shape, strict=True)
    )
    return np.asarray(gray[np.ix_(y, x)], np.float64)


def _score_disc(patch: F64) -> float:
    """Score the evidence for a dark disc, relative to the patch's contrast."""
    soft = _blur(patch)
    down, across = np.gradient(soft, axis=0), np.gradient(soft, axis=1)
    slope = np.hypot(across, down)
    y, x = np.nonzero((np.abs(across) > MIN_SIDEWAYS_SHARE * slope) & (slope > 0))
    weight = slope[y, x]
    to_x, to_y = across[y, x] / weight, down[y, x] / weight
    rising = to_x > 0  # an edge on the right of something dark
    sides = np.zeros((2, patch.size))
    for radius in IRIS_RADII_PIXELS:
        at_x = np.rint(x - radius * to_x).astype(int)
        at_y = np.rint(y - radius * to_y).astype(int)
        inside = (at_x >= 0) & (at_x < patch.shape[1]) & (at_y >= 0) & (at_y < patch.shape[0])
        for n in range(2):
            votes = inside & (rising == bool(n))
            at = at_y[votes] * patch.shape[1] + at_x[votes]
            sides[n] += np.bincount(at, weight[votes], patch.size)
    agreed = np.minimum(*(_blur(_blur(s.reshape(patch.shape))) for s in sides))
    return float(agreed.max() / (patch.std() + CONTRAST_FLOOR_LEVELS))


def _blur(values: F64) -> F64:
    """Blur a little; edges are repeated."""
    rows, columns = values.shape
    return np.asarray(_blur_matrix(rows) @ values @ _blur_matrix(columns).T)


@cache
def _blur_matrix(size: int) -> F64:
    """Return the matrix that blurs a column of `size` values; every patch has the same size."""
    matrix = np.zeros((size, size))
    reach = len(BLUR_KERNEL) // 2
    for n, weight in enumerate(BLUR_KERNEL):
        np.add.at(
            matrix,
            (np.arange(size), np.clip(np.arange(size) + n - reach, 0, size - 1)),
            weight,
        )
    return matrix
