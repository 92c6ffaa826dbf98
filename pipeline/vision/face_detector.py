"""The face detector: what YuNet finds, without its repetitions."""

from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np

from pipeline.vision.yunet import Candidates, Picture, Yunet

Found = tuple[int, int, int, int, int]  # left, top, width, height in pixels; percent
Point = tuple[float, float]  # x, y in pixels


class FaceWithLandmarks(NamedTuple):
    """A face and five points of it; of two, the one on the left side of the picture first."""

    face: Found
    eyes: tuple[Point, Point]
    nose: Point  # its tip
    mouth: tuple[Point, Point]  # its corners


# As the authors' library has them
_MIN_SCORE = 0.2
_MAX_OVERLAP = 0.45  # intersection over union of two faces
_MAX_CANDIDATES = 1000
_MAX_SIDE_PIXELS = 960  # bounds the detection time


def faces(picture: Picture) -> list[Found]:
    """Detect faces, without landmarks. See `detect_with_landmarks`."""
    return [found.face for found in detect_with_landmarks(picture)]


def detect_with_landmarks(picture: Picture) -> list[FaceWithLandmarks]:
    """Detect faces with landmarks in RGB (h, w, 3), at most 960 pixels a side; thread-safe.

    The surest comes first. Raises ValueError for a larger picture.
    """
    rows, columns = picture.shape[:2]
    if max(rows, columns) > _MAX_SIDE_PIXELS:
        raise ValueError(
            f"faces are looked for in {_MAX_SIDE_PIXELS} pixels at most, not {columns}x{rows}"
        )
    with _loading:  # two threads may ask at once
        network = _loaded()
    return [_as_face(candidate) for candidate in _apart(network(picture, _MIN_SCORE))]


def _apart(candidates: Candidates) -> list[Candidates]:
    """Return the candidates that overlap none that is surer, the surest first."""
    left = candidates[np.argsort(-candidates[:, 0], kind="stable")][:_MAX_CANDIDATES]
    kept = []
    while len(left):
        kept.append(left[0])
        left = left[_overlap(left[0], left) <= _MAX_OVERLAP]
    return kept


def _overlap(one: Candidates, others: Candidates) -> Candidates:
    """Return the intersection over union of a candidate with each of others; 1 with itself."""
    sides = np.minimum(one[3:5], others[:, 3:5]) - np.maximum(one[1:3], others[:, 1:3])
    both = sides.clip(0).prod(1)
    areas = [(some[..., 3:5] - some[..., 1:3]).prod(-1) for some in (one, others)]
    shares: Candidates = both / (areas[0] + areas[1] - both)
    return shares


def _as_face(candidate: Candidates) -> FaceWithLandmarks:
    """Return a candidate, its box in whole pixels."""
    score, x, y, right, bottom, *marks = candidate.tolist()
    one, other, nose, corner, opposite = zip(marks[::2], marks[1::2], strict=True)
    face = int(x), int(y), int(right - x), int(bottom - y), int(100 * score)
    return FaceWithLandmarks(face, (one, other), nose, (corner, opposite))


_loading = Lock()
_loaded = cache(Yunet.packaged)
