"""Keeps the part of each small picture that the active-speaker model needs.

Of each picture with two or more faces it keeps the gray rectangle around all of them, some ten
kilobytes. A person alone in the picture is not compared with anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import Face
from pipeline.media.frames import GRAY, Picture
from pipeline.media.thumbnail_grid import Sampling

Gray = npt.NDArray[np.uint8]

STRIP_MARGIN = 0.5  # share of a face's longer side, each way: a head moves until the next look
MOUTH_OFFSET = 0.2  # how far the mouth square's center lies below the face's, in its longer side
MOUTH_HALF_SIDE = 0.35  # half the side of the mouth square, share of a face's longer side


@dataclass(frozen=True, slots=True)
class _Strip:
    t_s: float
    left: int  # pixels of the small picture
    top: int
    gray: Gray


class Mouths:
    """Mouth pictures by time, ascending; boxes are in display pixels."""

    def __init__(self, sampling: Sampling) -> None:
        """Take how the pictures are sampled."""
        self._sampling = sampling
        self._grid = sampling.grid(sampling.height, sampling.width)  # until there are pictures
        self._strips: list[_Strip] = []

    def add(self, t_s: float, picture: Picture, faces: Sequence[Face]) -> None:
        """Take the next picture, RGB (h, w, 3), and the faces of the last look."""
        if len(faces) < 2:
            return
        rows, columns = picture.shape[:2]
        grid = self._grid = self._sampling.grid(rows, columns)
        sides = [STRIP_MARGIN * max(f.box.w, f.box.h) for f in faces]
        left = min(f.box.x - s for f, s in zip(faces, sides, strict=True))
        top = min(f.box.y - s for f, s in zip(faces, sides, strict=True))
        right = max(f.box.x + f.box.w + s for f, s in zip(faces, sides, strict=True))
        bottom = max(f.box.y + f.box.h + s for f, s in zip(faces, sides, strict=True))
        x, y = max(0, int(grid.x.to_small(left))), max(0, int(grid.y.to_small(top)))
        x_end = min(columns, int(grid.x.to_small(right)) + 1)
        part = picture[y : min(rows, int(grid.y.to_small(bottom)) + 1), x:x_end]
        self._strips.append(_Strip(t_s, x, y, (part @ GRAY).astype(np.uint8)))

    def lips(
        self, times: F64, boxes: F64, side: int, within_s: float
    ) -> tuple[Gray, npt.NDArray[np.bool_]]:
        """Return squares (n, side, side) around one person's mouth, and which of them are real.

        boxes: left, top, right, bottom of the face, (4, n). A moment without a picture within
        `within_s` repeats the square before it.
        """
        crops = np.full((len(times), side, side), 128, np.uint8)
        real = np.zeros(len(times), np.bool_)
        if not self._strips:
            return crops, real
        at = np.array([strip.t_s for strip in self._strips])
        small = self._small(boxes)
        after = np.clip(np.searchsorted(at, times), 1, max(1, len(at) - 1))
        near = np.where(
            np.abs(at[np.minimum(after, len(at) - 1)] - times) < np.abs(at[after - 1] - times),
            np.minimum(after, len(at) - 1),
            after - 1,
        )
        for i, k in enumerate(near):
            if abs(at[k] - times[i]) <= within_s:
                crops[i] = self._square(self._strips[k], small[:, i], side)
                real[i] = True
            elif i:
                crops[i] = crops[i - 1]
        return crops, real

    def _small(self, boxes: F64) -> F64:
        """Return boxes (4, n) in pixels of the small pictures."""
        origin = np.array([[self._grid.x.offset], [self._grid.y.offset]] * 2)
        scale = np.array([[self._grid.x.scale], [self._grid.y.scale]] * 2)
        return np.asarray((boxes - origin) / scale, np.float64)

    @staticmethod
    def _square(strip: _Strip, box: F64, side: int) -> Gray:
        """Crop the mouth of one face with sub-pixel borders; the strip's edges are repeated."""
        longer = max(box[2] - box[0], box[3] - box[1])
        x = (box[0] + box[2]) / 2 - strip.left
        y = (box[1] + box[3]) / 2 + MOUTH_OFFSET * longer - strip.top
        half = MOUTH_HALF_SIDE * longer
        across, down = (
            _sample_positions(x - half, x + half, side),
            _sample_positions(y - half, y + half, side),
        )
        first = int(np.clip(across[0], 0, strip.gray.shape[1] - 1))
        last = int(np.clip(across[-1], 0, strip.gray.shape[1] - 1)) + 2
        lines = _interpolate(strip.gray[:, first:last], down)
        square = _interpolate(lines.T, across - first).T
        return np.ascontiguousarray((square + 0.5).astype(np.uint8))


def _sample_positions(begin: float, end: float, count: int) -> F64:
    """Return the centers of `count` equal parts; pixel n has its center at n."""
    return np.asarray(begin + (np.arange(count) + 0.5) * ((end - begin) / count) - 0.5, np.float64)


def _interpolate(
    lines: npt.NDArray[np.uint8 | np.float32], positions: F64
) -> npt.NDArray[np.float32]:
    """Interpolate the lines (n, m) linearly at fractional positions (k,): (k, m)."""
    at = np.clip(positions, 0, len(lines) - 1)
    first = np.minimum(at.astype(np.intp), max(0, len(lines) - 2))
    share = (at - first).astype(np.float32)[:, None]
    after = lines[np.minimum(first + 1, len(lines) - 1)]
    return np.asarray(lines[first] * (1 - share) + after * share, np.float32)
