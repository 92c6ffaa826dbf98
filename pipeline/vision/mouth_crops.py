"""Keeps what recognising lips needs of the small pictures that are looked at.

Of each picture with two faces or more the grey rectangle around all of them, some ten kilobytes:
one person in the picture needs no telling from others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import Face
from pipeline.media.frames import GRAY, Picture

Grey = npt.NDArray[np.uint8]

GROWN = 0.5  # of a face's longer side, on each side: a head moves until the next look
DOWN = 0.2  # of a face's longer side: how far below its middle the mouth's square lies
HALF = 0.35  # of the same: half the square's side


@dataclass(frozen=True, slots=True)
class _Strip:
    t_s: float
    left: int  # pixels of the small picture
    top: int
    grey: Grey


class Mouths:
    """Pictures at their times, ascending; boxes are in pixels of `width` x `height`."""

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._scale = 1.0
        self._strips: list[_Strip] = []

    def add(self, t_s: float, picture: Picture, faces: Sequence[Face]) -> None:
        """Take the next picture, RGB (h, w, 3), and the faces of the last look."""
        if len(faces) < 2:
            return
        rows, columns = picture.shape[:2]
        self._scale = columns / self._size[0]
        sides = [GROWN * max(f.box.w, f.box.h) for f in faces]
        left = min(f.box.x - s for f, s in zip(faces, sides, strict=True)) * self._scale
        top = min(f.box.y - s for f, s in zip(faces, sides, strict=True)) * self._scale
        right = max(f.box.x + f.box.w + s for f, s in zip(faces, sides, strict=True)) * self._scale
        bottom = max(f.box.y + f.box.h + s for f, s in zip(faces, sides, strict=True)) * self._scale
        x, y = max(0, int(left)), max(0, int(top))
        part = picture[y : min(rows, int(bottom) + 1), x : min(columns, int(right) + 1)]
        self._strips.append(_Strip(t_s, x, y, (part @ GRAY).astype(np.uint8)))

    def lips(
        self, times: F64, boxes: F64, side: int, within_s: float
    ) -> tuple[Grey, npt.NDArray[np.bool_]]:
        """Squares (n, side, side) around one person's mouth, and which of them were seen.

        boxes: left, top, right, bottom of the face, (4, n). Where no picture lies within
        `within_s` there is none, and the one before stands in.
        """
        found = np.full((len(times), side, side), 128, np.uint8)
        real = np.zeros(len(times), np.bool_)
        if not self._strips:
            return found, real
        at = np.array([strip.t_s for strip in self._strips])
        after = np.clip(np.searchsorted(at, times), 1, max(1, len(at) - 1))
        near = np.where(
            np.abs(at[np.minimum(after, len(at) - 1)] - times) < np.abs(at[after - 1] - times),
            np.minimum(after, len(at) - 1),
            after - 1,
        )
        for i, k in enumerate(near):
            if abs(at[k] - times[i]) <= within_s:
                found[i] = self._square(self._strips[k], boxes[:, i] * self._scale, side)
                real[i] = True
            elif i:
                found[i] = found[i - 1]
        return found, real

    @staticmethod
    def _square(strip: _Strip, box: F64, side: int) -> Grey:
        """The mouth of one face, with sub-pixel borders; beyond the strip its edge goes on."""
        longer = max(box[2] - box[0], box[3] - box[1])
        x = (box[0] + box[2]) / 2 - strip.left
        y = (box[1] + box[3]) / 2 + DOWN * longer - strip.top
        reach = HALF * longer
        across, down = _places(x - reach, x + reach, side), _places(y - reach, y + reach, side)
        first = int(np.clip(across[0], 0, strip.grey.shape[1] - 1))
        last = int(np.clip(across[-1], 0, strip.grey.shape[1] - 1)) + 2
        lines = _between(strip.grey[:, first:last], down)
        square = _between(lines.T, across - first).T
        return np.ascontiguousarray((square + 0.5).astype(np.uint8))


def _places(begin: float, end: float, count: int) -> F64:
    """Middles of `count` equal parts, on a scale on which pixel n has its middle at n."""
    return np.asarray(begin + (np.arange(count) + 0.5) * ((end - begin) / count) - 0.5, np.float64)


def _between(lines: npt.NDArray[np.uint8 | np.float32], places: F64) -> npt.NDArray[np.float32]:
    """Lines (n, m) at fractional places (k,), each mixed of its two neighbours: (k, m)."""
    at = np.clip(places, 0, len(lines) - 1)
    first = np.minimum(at.astype(np.intp), max(0, len(lines) - 2))
    share = (at - first).astype(np.float32)[:, None]
    after = lines[np.minimum(first + 1, len(lines) - 1)]
    return np.asarray(lines[first] * (1 - share) + after * share, np.float32)
