"""Divides a still picture into cells, recursively, at borders that were drawn and not filmed.

A border is a gutter, a band of one plain color between two straight steps, or a seam, a lasting
edge along one column or row. Both span the whole cell; only a still overlay, such as a lower third,
may cover one end of a seam. The method is the recursive XY-cut of document analysis (Nagy and
Seth, "Hierarchical representation of optically scanned documents", 1984).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.vision.still_picture import View

PLAIN_LEVELS = 6  # within which colors are the same
MIN_PLAIN_SHARE = 0.95  # of a line in a gutter
MIN_STILL_SHARE = 0.5  # of it: the border of the active tile blinks
MIN_WINDOW_SHARE = 0.15  # of the line beside a gutter: a last row may have one window of six
BAR_ENDS = 0.06  # of a line in a bar, at both ends: plain beside any writing
MAX_BAR = 0.45  # of a picture's side
PURE_SHARE = 0.9  # of a line that is wholly of the picture, relative to the next
SAMPLES = 64  # pixels of a line that are enough to find its color
MIN_SEAM_SHARE = 0.85  # of the seam that is a clear edge; filmed edges stay below 0.65
MAX_SMOOTH_SHARE = 0.1  # of the seam
SURE_SEAM_SHARE = 0.95  # of a seam that an overlay cuts short
MIN_SEAM_LENGTH = 0.6  # of the cell
MIN_OVERLAY_STILL = 0.8  # of the overlay's pixels
BREAK_COST = 4.0  # of a pixel without an edge, in pixels with one
MIN_CELL_PIXELS = 20  # of a side: a face needs as many
MAX_DEPTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A part of a small picture, in pixels; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    def turned(self) -> "Cell":
        """Return the same cell of the transposed picture."""
        return Cell(left=self.top, top=self.left, right=self.bottom, bottom=self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """The columns [start, end) that belong to neither side, from row `top` to row `bottom`."""

    start: int
    end: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What makes plain lines at the side of a cell a bar."""

    plain: float  # share of each line, at least; the rest is writing
    step: float  # share of the line beside the bar that differs from it, at least


BAR = Rule(plain=0.3, step=0.5)
MARGIN = Rule(plain=MIN_PLAIN_SHARE, step=MIN_WINDOW_SHARE)

Views = tuple[View, View]
Points = Sequence[tuple[Cell, tuple[float, float]]]


def whole(view: View) -> Cell:
    """Return the cell of the whole picture."""
    rows, columns = view.still.shape
    return Cell(left=0, top=0, right=columns, bottom=rows)


def divide(views: Views, cell: Cell, faces: Sequence[Cell], depth: int = MAX_DEPTH) -> list[Cell]:
    """Return the cells of which `cell` consists, at least one; no border crosses one of `faces`."""
    cell = trim(views, cell, MARGIN)
    for find in (gutters, seams):
        for axis, view in enumerate(views):
            seen = cell.turned() if axis else cell
            kept = [f.turned() if axis else f for f in faces]
            borders = [b for b in find(view, seen) if not _crosses(b, kept)]
            parts = _parts(seen, borders)
            if len(parts) > 1 and depth > 0:
                cells = [part.turned() if axis else part for part in parts]
                return [c for part in cells for c in divide(views, part, faces, depth - 1)]
    return [cell]


def trim(views: Views, cell: Cell, rule: Rule) -> Cell:
    """Return the cell without plain bars at its sides."""
    for _ in range(2):  # bars at all four sides: rows first, then what is left of the columns
        for axis in (1, 0):
            seen = cell.turned() if axis else cell
            first, last = _bars(views[axis], seen, rule)
            seen = Cell(left=first, top=seen.top, right=last, bottom=seen.bottom)
            cell = seen.turned() if axis else seen
    return cell


def _bars(view: View, cell: Cell, rule: Rule) -> tuple[int, int]:
    """Return the first column after a bar at the left and the end of those before one at right."""
    most = int(MAX_BAR * (cell.right - cell.left))
    colors = view.middle[cell.top : cell.bottom, cell.left : cell.right].astype(np.int16)
    still = view.still[cell.top : cell.bottom, cell.left : cell.right]
    left = _bar(colors[:, : most + 2], still[:, : most + 2], rule)
    right = _bar(colors[:, ::-1][:, : most + 2], still[:, ::-1][:, : most + 2], rule)
    return cell.left + left, cell.right - right


def _bar(colors: npt.NDArray[np.int16], still: npt.NDArray[np.bool_], rule: Rule) -> int:
    """Return how many columns from the left are a bar or partly one."""
    if min(still.shape) < 3:
        return 0
    ground = np.median(colors[:, 0], axis=0)
    plain = (np.abs(colors - ground).max(axis=2) <= PLAIN_LEVELS) & still
    share = plain.mean(axis=0)
    ends = max(1, round(BAR_ENDS * len(plain)))
    empty = np.minimum(plain[:ends].mean(axis=0), plain[-ends:].mean(axis=0)) >= MIN_PLAIN_SHARE
    bar = np.logical_and.accumulate(empty & (share >= rule.plain))
    if not bar[0] or share[0] < MIN_PLAIN_SHARE:
        return 0
    # the last column of a bar, one that may be of both, and one of the picture
    steps = bar[:-2] & (share[:-2] >= MIN_PLAIN_SHARE) & (share[2:] <= 1 - rule.step)
    if not steps.any():
        return 0
    last = int(np.flatnonzero(steps)[-1])
    between, beyond = (colors[:, last + n] - ground for n in (1, 2))
    pure = float((between * beyond).sum() / max(1.0, (beyond * beyond).sum()))
    return last + 1 if pure >= PURE_SHARE else last + 2


def gutters(view: View, cell: Cell) -> list[Border]:
    """Return the plain bands within a cell."""
    rows = slice(cell.top, cell.bottom, max(1, (cell.bottom - cell.top) // SAMPLES))
    colors = view.middle[rows, cell.left : cell.right].astype(np.int16)
    ground = np.median(colors, axis=0)
    same = np.abs(colors - ground).max(axis=2) <= PLAIN_LEVELS
    still = view.still[rows, cell.left : cell.right].mean(axis=0)
    plain = (same.mean(axis=0) >= MIN_PLAIN_SHARE) & (still >= MIN_STILL_SHARE)
    found = []
    for start, end in _runs(plain):
        flanks = [(start, start - 2), (end - 1, end + 1)]
        if all(
            0 <= beside < len(plain)
            and (np.abs(colors[:, beside] - ground[line]).max(axis=1) > PLAIN_LEVELS).mean()
            >= MIN_WINDOW_SHARE
            for line, beside in flanks
        ):
            found.append(
                Border(  # the columns beside may be partly of the gutter
                    start=cell.left + start - 1,
                    end=cell.left + end + 1,
                    top=cell.top,
                    bottom=cell.bottom,
                )
            )
    return found


def seams(view: View, cell: Cell) -> list[Border]:
    """Return the lasting edges that span a cell."""
    rows = slice(cell.top, cell.bottom)
    ridges = view.ridges[rows, cell.left : cell.right]
    likely = ridges.mean(axis=0) >= MIN_SEAM_LENGTH * MIN_SEAM_SHARE
    found = []
    for start, end in _runs(likely):
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


def _extent(view: View, cell: Cell, x: int) -> tuple[int, int] | None:
    """Return the first row and the end of the seam in a column; None if there is none."""
    ridges, smooth = (m[cell.top : cell.bottom, x] for m in (view.ridges, view.smooth))
    if ridges.mean() >= MIN_SEAM_SHARE and smooth.mean() <= MAX_SMOOTH_SHARE:
        return cell.top, cell.bottom
    top, bottom = _densest(np.where(ridges, 1.0, -BREAK_COST))
    long = (bottom - top) >= MIN_SEAM_LENGTH * len(ridges)
    if not long or ridges[top:bottom].mean() < SURE_SEAM_SHARE:
        return None
    if top > 1 and bottom < len(ridges) - 1:
        return None
    covered = np.ones(len(ridges), np.bool_)
    covered[top:bottom] = False
    near = slice(max(cell.left, x - MIN_CELL_PIXELS), min(cell.right, x + MIN_CELL_PIXELS))
    overlay = view.still[cell.top : cell.bottom, near][covered]
    if overlay.size and overlay.mean() < MIN_OVERLAY_STILL:
        return None
    return cell.top + top, cell.top + bottom


def _densest(gains: F64) -> tuple[int, int]:
    """Return the run with the largest sum, by Kadane's method."""
    sums = np.concatenate(([0.0], np.cumsum(gains)))
    rise = sums - np.minimum.accumulate(sums)
    end = int(np.argmax(rise))
    return int(np.argmin(sums[: end + 1])), end


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _crosses(border: Border, faces: Sequence[Cell]) -> bool:
    """Whether a face is on both sides of a border."""
    return any(
        face.left < border.end
        and border.start < face.right
        and face.top < border.bottom
        and border.top < face.bottom
        for face in faces
    )


def _parts(cell: Cell, borders: Sequence[Border]) -> list[Cell]:
    """Return what is between the borders and large enough."""
    top = max([cell.top, *(b.top for b in borders)])
    bottom = min([cell.bottom, *(b.bottom for b in borders)])
    starts = [cell.left, *(b.end for b in borders)]
    ends = [*(b.start for b in borders), cell.right]
    return [
        Cell(left=a, top=top, right=b, bottom=bottom)
        for a, b in zip(starts, ends, strict=True)
        if min(b - a, bottom - top) >= MIN_CELL_PIXELS
    ]
