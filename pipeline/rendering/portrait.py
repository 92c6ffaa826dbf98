"""Rates how a person looks in a picture: where the face is, where it looks, eyes, mouth and light.

The rules are those of portraits: the face on a third or in the middle, large, turned to the camera,
lit, eyes open, and the mouth not caught half open in speech.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import Box
from pipeline.core.layout import Pane
from pipeline.vision.face_detector import FaceWithLandmarks, Point

Gray = npt.NDArray[np.uint8]

STANDS_AT = (1 / 3, 1 / 2, 2 / 3)  # ideal places of a face's middle, shares of the pane's width
OFF_PLACE = 0.17  # distance from these places that halves the worth, share of the width
SMALL, LARGE = 0.08, 0.28  # a face's share of the pane's height: hardly seen, and seen at any size
SMALL_WORTH = 0.35  # worth of a face of SMALL, relative to one of LARGE
EYES_APART = 0.42  # distance between the eyes of a frontal face, share of its width
PROFILE_WORTH = 0.3  # worth of a face seen from the side
LEVEL = 0.35  # slope of the line through the eyes at which half is lost: 20 degrees
TURNED = 0.35  # offset of the nose that halves the worth, share of the distance between the eyes
CLOSED_EYES_WORTH = 0.4  # worth of a face with closed eyes, relative to open ones
HALF_OPENNESS = 1.0  # openness worth half of the rest; sharp open eyes have 3, small ones 0.5
LIT = 85.0  # mean luma of a face that is well lit
NOSE_REACH = 0.55, 0.12  # x and y reach of the skin sample at the nose, in eye distances
MOUTH_REACH = 0.22, 0.36  # x and y reach of the sample at the mouth's middle, in eye distances
MOUTH_ROWS, MOUTH_COLUMNS = 48, 24
SHARPNESS_ROWS = 128  # rows of a face that are examined; more add nothing
MIN_SPREAD = 4.0  # gray levels added to a face's contrast: noise on even skin is not sharpness
HOLLOW = 0.45  # share of the skin's luma below which a pixel is the hollow of the mouth
EYE_DISTANCE_PIXELS = 90  # the scale at which everything is measured
PATCH_REACH = 0.36, 0.30  # half width, half height as shares of that distance; landmarks are coarse
IRIS_RADII_PIXELS = (6, 7, 8, 9, 10)  # 11.7 mm across, with eyes 63 mm apart
MIN_SIDEWAYS_SHARE = 0.6  # minimum share of an edge's slope that is horizontal
CONTRAST_FLOOR_LEVELS = 4.0  # added to the contrast, so that flat patches score low
BLUR_KERNEL = np.array([1, 4, 6, 4, 1]) / 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """How a face looks; `mouth` and `sharp` can be compared within one clip only."""

    worth: float  # 0..1
    mouth: float  # share of the mouth's middle that is its hollow, 0..1
    sharp: float  # mean step between neighboring pixels of the face, relative to its contrast
    top: float  # top of the face, pixels of the picture
    bottom: float


def portray(found: FaceWithLandmarks, scale: float, gray: Gray, pane: Pane) -> Portrait:
    """Rate a face of `pane`; `scale`: pixels of the luma `gray` (h, w) per pixel of the look."""
    left, top, width, height = (scale * value for value in found.face[:4])
    skin = gray[
        max(0, int(top)) : max(1, int(top + height)),
        max(0, int(left)) : max(1, int(left + width)),
    ]
    worth = _rate_place(pane, Box(x=left, y=top, w=width, h=height)) * _rate_pose(found)
    worth *= min(1.0, float(skin.mean()) / LIT)
    opened = _measure_openness(gray, *_scaled(found.eyes, scale))
    worth *= CLOSED_EYES_WORTH + (1 - CLOSED_EYES_WORTH) * opened / (opened + HALF_OPENNESS)
    return Portrait(
        worth=worth,
        mouth=_measure_mouth(gray, found, scale),
        sharp=_measure_sharpness(skin),
        top=top,
        bottom=top + height,
    )


def _rate_place(pane: Pane, face: Box) -> float:
    """Rate size and place of a face in its pane, 0..1."""
    middle = (face.x + face.w / 2 - pane.x) / pane.width
    aside = min(abs(middle - at) for at in STANDS_AT) / OFF_PLACE
    large = (face.h / pane.height - SMALL) / (LARGE - SMALL)
    return (SMALL_WORTH + (1 - SMALL_WORTH) * min(1.0, max(0.0, large))) * _halving(aside)


def _rate_pose(found: FaceWithLandmarks) -> float:
    """Rate whether the face looks at the camera, PROFILE_WORTH..1."""
    (left_x, left_y), (right_x, right_y) = found.eyes
    apart = right_x - left_x
    if apart <= 0:
        return PROFILE_WORTH
    turned = abs(found.nose[0] - (left_x + right_x) / 2) / apart / TURNED
    wide = min(1.0, apart / (EYES_APART * found.face[2]))
    facing = wide * _halving(turned) * _halving((right_y - left_y) / apart / LEVEL)
    return PROFILE_WORTH + (1 - PROFILE_WORTH) * facing


def _measure_mouth(gray: Gray, found: FaceWithLandmarks, scale: float) -> float:
    """Return the share of the mouth's middle that is dark, relative to the skin beside the nose."""
    (left_x, left_y), (right_x, right_y) = _scaled(found.eyes, scale)
    apart = float(np.hypot(right_x - left_x, right_y - left_y))
    corners = _scaled(found.mouth, scale)
    middle = (corners[0][0] + corners[1][0]) / 2, (corners[0][1] + corners[1][1]) / 2
    (nose,) = _scaled((found.nose,), scale)
    skin = float(np.median(_sample(gray, nose, (NOSE_REACH[0] * apart, NOSE_REACH[1] * apart))))
    mouth = _sample(gray, middle, (MOUTH_REACH[0] * apart, MOUTH_REACH[1] * apart))
    return float((mouth < HOLLOW * skin).mean())


def _measure_sharpness(skin: Gray) -> float:
    """Return the mean step from pixel to pixel, relative to the contrast of a face (h, w)."""
    if min(skin.shape) < 2:
        return 0.0
    levels = skin[:: max(1, skin.shape[0] // SHARPNESS_ROWS)].astype(np.int16)
    return float(np.abs(np.diff(levels, axis=1)).mean() / (levels.std() + MIN_SPREAD))


def _sample(gray: Gray, middle: Point, reach: tuple[float, float]) -> Gray:
    """Sample MOUTH_ROWS x MOUTH_COLUMNS pixels around a point; edges are repeated."""
    columns, rows = (
        np.clip(np.rint(np.linspace(at - by, at + by, count)).astype(int), 0, size - 1)
        for at, by, count, size in zip(
            middle, reach, (MOUTH_COLUMNS, MOUTH_ROWS), gray.shape[::-1], strict=True
        )
    )
    return gray[np.ix_(rows, columns)]


def _scaled(points: tuple[Point, ...], scale: float) -> list[Point]:
    return [(x * scale, y * scale) for x, y in points]


def _halving(off: float) -> float:
    """Return 1 at 0, one half at 1, and less beyond: a rule that is broken costs, but not all."""
    return 1.0 / (1.0 + off * off)


def _measure_openness(gray: Gray, left: Point, right: Point) -> float:
    """Return the openness, >= 0, of the less open eye; comparable only within one person.

    An open eye has a dark disc with an edge on its left and another on its right. Each edge votes
    for the disc's center, along its own slope and an iris's radius away, and both sides must agree
    (fast radial symmetry: Loy and Zelinsky, 2003). A lid has edges above and below only.
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
