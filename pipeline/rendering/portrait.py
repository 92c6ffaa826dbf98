"""Rates how a person looks in a picture: where the face is, where it looks, eyes, mouth and light.

The rules are those of portraits: the face on a third or in the middle, its eyes in the upper half,
all of it inside, turned to the camera, eyes open, and the mouth not caught half open in speech.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.data import Box
from pipeline.core.layout import Pane
from pipeline.rendering.eye_openness import measure_openness
from pipeline.vision.face_detector import FaceWithLandmarks, Point

Gray = npt.NDArray[np.uint8]

STANDS_AT = (1 / 3, 1 / 2, 2 / 3)  # ideal places of a face's middle, shares of the pane's width
OFF_PLACE = 0.17  # distance from these places that halves the worth, share of the width
EYES_BETWEEN = 0.14, 0.5  # shares of the pane's height: below the edge's apps, in the upper half
OFF_HEIGHT = 0.25  # distance outside this range that halves the worth, share of the height
SMALL, LARGE = 0.08, 0.28  # a face's share of the pane's height: hardly seen, and seen at any size
SMALL_WORTH = 0.35  # worth of a face of SMALL, relative to one of LARGE
HAIR = 0.2  # room above a face, share of its height; the detector's box ends at the forehead
CUT_WORTH = 0.4  # worth of a face that the pane cuts
CROPPED_HAIR_WORTH = 0.85
EYES_APART = 0.42  # distance between the eyes of a frontal face, share of its width
PROFILE_WORTH = 0.3  # worth of a face seen from the side
LEVEL = 0.35  # slope of the line through the eyes at which half is lost: 20 degrees
TURNED = 0.35  # offset of the nose that halves the worth, share of the distance between the eyes
CLOSED_EYES_WORTH = 0.4  # worth of a face with closed eyes, relative to open ones
HALF_OPENNESS = 1.0  # openness worth half of the rest; sharp open eyes have 3, small ones 0.5
DARK, LIT = 30.0, 85.0  # mean luma of a face: hardly seen, and well lit
GLARING = 215.0  # luma from which skin has no shape left
MAX_GLARING = 0.35  # share of a face that may glare at no loss
MIN_LIGHT_WORTH = 0.15  # worth of a face in the dark, relative to one that is well lit
NOSE_REACH = 0.55, 0.12  # x and y reach of the skin sample at the nose, in eye distances
MOUTH_REACH = 0.22, 0.36  # x and y reach of the sample at the mouth's middle, in eye distances
MOUTH_ROWS, MOUTH_COLUMNS = 48, 24
SHARPNESS_ROWS = 128  # rows of a face that are examined; more add nothing
MIN_SPREAD = 4.0  # gray levels added to a face's contrast: noise on even skin is not sharpness
HOLLOW = 0.45  # share of the skin's luma below which a pixel is the hollow of the mouth


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
    box = Box(x=left, y=top, w=width, h=height)
    eyes = _scaled(found.eyes, scale)
    skin = gray[
        max(0, int(top)) : max(1, int(top + height)),
        max(0, int(left)) : max(1, int(left + width)),
    ]
    place = _rate_place(pane, box, eyes_y=(eyes[0][1] + eyes[1][1]) / 2)
    worth = place * _rate_pose(found) * _rate_light(skin)
    opened = measure_openness(gray, *eyes)
    worth *= CLOSED_EYES_WORTH + (1 - CLOSED_EYES_WORTH) * opened / (opened + HALF_OPENNESS)
    return Portrait(
        worth=worth,
        mouth=_measure_mouth(gray, found, scale),
        sharp=_measure_sharpness(skin),
        top=top,
        bottom=top + height,
    )


def _rate_place(pane: Pane, face: Box, *, eyes_y: float) -> float:
    """Rate size and place of a face in its pane, 0..1."""
    middle = (face.x + face.w / 2 - pane.x) / pane.width
    aside = min(abs(middle - at) for at in STANDS_AT) / OFF_PLACE
    eyes = (eyes_y - pane.y) / pane.height
    low, high = EYES_BETWEEN
    off = max(low - eyes, eyes - high, 0.0) / OFF_HEIGHT
    large = (face.h / pane.height - SMALL) / (LARGE - SMALL)
    size = SMALL_WORTH + (1 - SMALL_WORTH) * min(1.0, max(0.0, large))
    across = pane.x <= face.x and face.x + face.w <= pane.x + pane.width
    down = pane.y <= face.y and face.y + face.h <= pane.y + pane.height
    whole = 1.0 if face.y - HAIR * face.h >= pane.y else CROPPED_HAIR_WORTH
    return size * _halving(aside) * _halving(off) * (whole if across and down else CUT_WORTH)


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


def _rate_light(skin: Gray) -> float:
    """Rate the light on a face from its luma (h, w), 0..1."""
    luma = float(skin.mean())
    glaring = float((skin > GLARING).mean())
    bright = min(1.0, max(MIN_LIGHT_WORTH, (luma - DARK) / (LIT - DARK)))
    return bright * (1.0 if glaring <= MAX_GLARING else 1.0 - (glaring - MAX_GLARING))


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
