"""Computes how one side of a crop becomes pixels of the clip.

A crop is cut a little too large on even pixels, scaled to whole pixels, and trimmed in the output,
so that its edges are up to half an output pixel from where they should be. A camera that moves must
not tremble by that much. While it zooms, the cut whose edges come nearest is taken, of a few that
are larger than necessary. While it pans, cut and scale stay the same: columns are scaled FINER
times as dense and every FINERth is kept, starting at the exact position, in steps of a quarter of
a pixel.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from pipeline.core.data import Box, VideoStream
from pipeline.core.layout import Pane

FINER = 4  # steps per output pixel while the camera pans
MIN_GLIDE_SCALE = 0.75  # smallest scale; in smaller pictures fine lines would flicker
MAX_SPARE = 24  # source pixels by which a cut may be larger than necessary
EVEN = 0.01  # output pixels by which a larger cut must be nearer
MIN_PAN_PIXELS = 1e-3  # from one picture to the next; less counts as standing still


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a crop: cut `cut` pixels from `start`, scale to `scaled`, keep from `trim`."""

    start: int  # even
    cut: int
    scaled: int
    trim: int
    exact: float  # unrounded `trim`


@lru_cache(64)
def axis(
    start: float, length: float, available: int, wanted: int, *, precise: bool = False
) -> Axis:
    """Compute how to get `wanted` pixels from `length` pixels at `start`, of `available`.

    If `precise`, cut and scale vary with the position, for edges as near as possible.
    """
    length = min(max(length, 2.0), float(available))
    start = min(max(start, 0.0), available - length)
    return (
        _nearest(start, length, available, wanted)
        if precise
        else _least(start, length, available, wanted)
    )


def _least(start: float, length: float, available: int, wanted: int) -> Axis:
    """Cut as little as possible."""
    scale = wanted / length
    cut = min(available, math.ceil(length / 2) * 2 + 2)
    first = min(math.floor(start / 2) * 2, available - cut) if cut < available else 0
    scaled = max(wanted, round(cut * scale))
    exact = min(max(0.0, (start - first) * scale), float(scaled - wanted))
    return Axis(first, cut, scaled, round(exact), exact)


def _nearest(start: float, length: float, available: int, wanted: int) -> Axis:
    """Cut so that both edges are as near to whole output pixels as possible."""
    best, least = _least(start, length, available, wanted), math.inf
    end, scale = start + length, wanted / length
    last = math.floor(start / 2) * 2
    for first in range(last, max(-1, last - MAX_SPARE - 1), -2):
        smallest = math.ceil((end - first) / 2) * 2
        for cut in range(smallest, min(available - first, smallest + MAX_SPARE) + 1, 2):
            scaled = max(wanted, round(cut * scale))
            at, over = ((edge - first) * scaled / cut for edge in (start, end))
            trim = min(max(0, round((at + over - wanted) / 2)), scaled - wanted)
            error = max(abs(at - trim), abs(over - trim - wanted))
            if error < least - EVEN:
                best, least = Axis(first, cut, scaled, trim, at), error
    return best


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture on even pixels."""

    x: int
    y: int
    width: int
    height: int


def even_part(box: Box, size: tuple[int, int], video: VideoStream) -> tuple[Part, float]:
    """Return the even pixels inside a box of a picture stored in `size`, and the shape shown.

    That is everything if the box covers the picture.
    """
    sx, sy = size[0] / video.width, size[1] / video.height
    x, width = _even_range(box.x * sx, box.w * sx, size[0])
    y, height = _even_range(box.y * sy, box.h * sy, size[1])
    return Part(x, y, width, height), (width / sx) / (height / sy)


def fit_size(shape: float, size: tuple[int, int]) -> tuple[int, int]:
    """Return the width and height at which a picture of this shape fits into a clip's, even."""
    width, height = size
    return min(width, round(height * shape / 2) * 2), min(height, round(width / shape / 2) * 2)


def _even_range(start: float, length: float, available: int) -> tuple[int, int]:
    """Return the first pixel and the number of those wholly inside, even unless at the end."""
    first = max(0, math.ceil(start / 2 - 1e-3) * 2)
    end = start + length
    last = available if end >= available - 1 else math.floor(end / 2 + 1e-3) * 2
    return first, max(2, last - first)


def glides(x: Axis) -> bool:
    """Whether the scale is large enough for sub-pixel steps to be useful."""
    return x.scaled >= MIN_GLIDE_SCALE * x.cut


def finer(x: Axis) -> int:
    """Return the first of the FINER * scaled columns that is kept."""
    # centers: output pixel n is at n + 1/2, fine pixel k at (k + 1/2) / FINER
    return round(FINER * (x.exact + 0.5) - 0.5)


class Pans:
    """Remembers the last crop of each pane."""

    def __init__(self) -> None:
        self._seen: dict[Pane, Box] = {}

    def axes(
        self, pane: Pane, box: Box, size: tuple[int, int], video: VideoStream
    ) -> tuple[Axis, Axis, bool]:
        """Return both axes of a crop of a picture stored in `size`, and whether it glides."""
        before, self._seen[pane] = self._seen.get(pane, box), box
        same = before.w == box.w and before.h == box.h
        pans = same and MIN_PAN_PIXELS < abs(box.x - before.x) < box.w / 8
        sx, sy = size[0] / video.width, size[1] / video.height
        x = axis(box.x * sx, box.w * sx, size[0], pane.width, precise=not pans)
        y = axis(box.y * sy, box.h * sy, size[1], pane.height, precise=not pans)
        return x, y, pans and glides(x)
