"""Finds borders between windows that span a cell of a picture: gutters and seams.

A gutter is a band of one plain color between two straight steps, a seam a lasting edge along one
column. Only a seam between windows of equal size may be fainter, or end at a still overlay such as
a lower third. Rows are columns of the transposed picture.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.areas import Area
from pipeline.core.arrays import F64
from pipeline.vision.bars import MIN_PLAIN_SHARE, MIN_WINDOW_SHARE, PLAIN_LEVELS, Color
from pipeline.vision.still_picture import BESIDE, View, largest

SAMPLES = 64  # pixels of a line that are enough to find its color
MIN_SEAM_SHARE = 0.85  # share of the seam that is a clear edge; filmed edges stay below 0.65
UNBROKEN_SMOOTH_SHARE = 0.03  # share of a seam without any edge, where texture beside hides it
MIN_SMOOTH_BESIDE = 0.3  # share of the columns beside such a seam
SURE_SEAM_SHARE = 0.95  # share of a seam that an overlay cuts short
MIN_SEAM_LENGTH = 0.6  # share of the cell
MIN_OVERLAY_STILL = 0.8  # share of the overlay's pixels
MIN_OVERLAY_STEP = 0.8  # share of the overlay's border that differs from what it covers
OVERLAY_BLUR_PIXELS = 3  # on each side of that border, which may be of both
EQUAL_PARTS = (2, 3, 4)  # windows without gutters are mostly of one size
EQUAL_PIXELS = 2.0  # from where an equal part would end
MIN_CELL_PIXELS = 20  # side of a cell: a face needs as many


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The columns [start, end) that belong to neither side, from row `top` to row `bottom`."""

    start: int
    end: int
    top: int
    bottom: int
    color: Color | None = None  # color of a gutter, RGB; None: a seam


def gutters(view: View, cell: Area) -> list[Border]:
    """Return the plain bands within a cell."""
    rows = slice(cell.top, cell.bottom, max(1, (cell.bottom - cell.top) // SAMPLES))
    colors = view.middle[rows, cell.left : cell.right].astype(np.int16)
    ground = np.median(colors, axis=0)
    same = largest(np.abs(colors - ground.astype(np.int16))) <= PLAIN_LEVELS
    plain = same.mean(axis=0) >= MIN_PLAIN_SHARE
    edges = ~view.smooth[rows, cell.left : cell.right]
    return [
        Border(  # the columns beside may be partly of the gutter
            start=cell.left + start - 1,
            end=cell.left + end + 1,
            top=cell.top,
            bottom=cell.bottom,
            color=_color(ground[start]),
        )
        for start, end in runs(plain)
        if start > 1
        and end < len(plain) - 1
        and all(
            edges[:, first : first + 2].any(axis=1).mean() >= MIN_WINDOW_SHARE
            for first in (start - 1, end - 1)
        )
    ]


def _color(ground: F64) -> Color:
    red, green, blue = (int(level) for level in ground)
    return red, green, blue


def seams(view: View, cell: Area) -> list[Border]:
    """Return the lasting edges that span a cell."""
    rows = slice(cell.top, cell.bottom)
    smooth = view.smooth[rows, cell.left : cell.right].mean(axis=0)
    likely = smooth <= 1 - MIN_SEAM_LENGTH * SURE_SEAM_SHARE
    likely[:MIN_CELL_PIXELS] = likely[-MIN_CELL_PIXELS:] = False
    found = []
    for start, end in runs(likely):
        extents = [_extent(view, cell, cell.left + x) for x in range(start, end)]
        good = [x for x, extent in zip(range(start, end), extents, strict=True) if extent]
        if not good:
            continue
        first, last = cell.left + good[0], cell.left + good[-1]
        lengths = [extent for extent in extents if extent is not None]
        found.append(
            Border(
                start=first,  # one column more than the edge on each side: it may be blurred
                end=last + 1,
                top=max(top for top, _ in lengths),
                bottom=min(bottom for _, bottom in lengths),
            )
        )
    return found


def _extent(view: View, cell: Area, x: int) -> tuple[int, int] | None:
    """Return the first row and the end of the seam in a column; None if there is none."""
    ridges, smooth = (m[cell.top : cell.bottom, x] for m in (view.ridges, view.smooth))
    top, bottom = _densest(np.where(ridges, 1.0, -1.0))
    sure = (
        bottom - top >= MIN_SEAM_LENGTH * len(ridges)
        and ridges[top:bottom].mean() >= SURE_SEAM_SHARE
    )
    equal = divides_equally(cell, x)
    if sure and equal and _is_overlaid(view, cell, x, (cell.top + top, cell.top + bottom)):
        return cell.top + top, cell.top + bottom
    unbroken = smooth.mean() <= UNBROKEN_SMOOTH_SHARE and _is_smooth_beside(view, cell, x)
    if ridges.mean() >= MIN_SEAM_SHARE or ((sure or unbroken) and equal):
        return cell.top, cell.bottom
    return None


def _is_smooth_beside(view: View, cell: Area, x: int) -> bool:
    """Whether much of what is on both sides of a column has no edges."""
    sides = [x - max(BESIDE), x + max(BESIDE)]
    return bool(view.smooth[cell.top : cell.bottom, sides].mean() >= MIN_SMOOTH_BESIDE)


def _is_overlaid(view: View, cell: Area, x: int, seam: tuple[int, int]) -> bool:
    """Whether a still picture with a straight border covers one end of a seam."""
    top, bottom = seam
    near = slice(max(cell.left, x - MIN_CELL_PIXELS), min(cell.right, x + MIN_CELL_PIXELS))
    if bottom <= cell.bottom - OVERLAY_BLUR_PIXELS and top <= cell.top + 1:
        rows, line = slice(bottom, cell.bottom), bottom
    elif top >= cell.top + OVERLAY_BLUR_PIXELS and bottom >= cell.bottom - 1:
        rows, line = slice(cell.top, top), top
    else:
        return False
    outside = max(0, line - OVERLAY_BLUR_PIXELS)
    inside = min(len(view.middle) - 1, line + OVERLAY_BLUR_PIXELS - 1)
    colors = view.middle[[outside, inside], near]
    step = largest(np.abs(np.diff(colors.astype(np.int16), axis=0))) > PLAIN_LEVELS
    return bool(
        view.still[rows, near].mean() >= MIN_OVERLAY_STILL and step.mean() >= MIN_OVERLAY_STEP
    )


def divides_equally(cell: Area, x: float) -> bool:
    """Whether a column is where one of a few equal parts of a cell ends."""
    share = (x - cell.left) / (cell.right - cell.left)
    return any(
        abs(share - n / count) * (cell.right - cell.left) <= EQUAL_PIXELS
        for count in EQUAL_PARTS
        for n in range(1, count)
    )


def _densest(gains: F64) -> tuple[int, int]:
    """Return the run with the largest sum, by Kadane's method."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    rise = sums - np.minimum.accumulate(sums)
    end = int(np.argmax(rise))
    return int(np.argmin(sums[: end + 1])), end


def runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
