"""Finds small camera pictures that lie over a slide, a screen or a game.

Around a face, four straight lasting edges, or fewer and the sides of the whole picture, form a
rectangle whose inside moves. The edges end at its corners: those of a door or a shelf go on.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from pipeline.core.areas import Area
from pipeline.vision.still_picture import Mask, Views

MIN_SHARE = 0.8  # share of the rectangle's drawn sides that is a clear edge
MIN_SIDE_SHARE = 0.4  # the same for each side: a white desk over a white slide
BEYOND_PIXELS = 12  # length of the line beyond a corner that is examined
REACH_PIXELS = 4  # before the picture's side, where the drawn sides across to it must go on
CANDIDATES = 5  # edges on each side of the face
REACH_FACES = 7.0  # from the middle part of a face to its rectangle's sides, in sizes of the part
MAX_AREA = 0.36  # share of the picture
MIN_LIVELY_SHARE = 0.02  # share of the pixels that change: a photograph is still


class _Lines:
    """Lasting edges along columns, summed from the top for quick shares."""

    def __init__(self, ridges: Mask) -> None:
        # a border is between two columns, and an edge there may be found in either
        self.at_border = ridges | np.pad(ridges[:, :-1], ((0, 0), (1, 0)))
        self._sums = np.pad(np.cumsum(self.at_border, axis=0), ((1, 0), (0, 1)), mode="constant")

    def share(self, x: int, top: int, bottom: int) -> float:
        """Return the share of rows [top, bottom) with an edge left of column `x`; 0 if none are."""
        top, bottom = max(0, top), min(bottom, len(self._sums) - 1)
        if bottom <= top:
            return 0.0
        return float(self._sums[bottom, x] - self._sums[top, x]) / (bottom - top)


def insets(views: Views, frame: Area, faces: Sequence[Area]) -> list[Area]:
    """Return the rectangles of insets in a picture, one for each face that has one, disjoint.

    `frame` is the picture without bars, `faces` the middle parts of faces, the clearest first.
    """
    lines = [_Lines(view.ridges) for view in views]
    found: list[Area] = []
    for face in faces:
        cell = _around(views, lines, frame, face) if frame.holds(face) else None
        if cell is not None and not any(cell.overlaps(other) for other in found):
            found.append(cell)
    return found


def _around(views: Views, lines: Sequence[_Lines], frame: Area, face: Area) -> Area | None:
    """Return the best rectangle around a face."""
    best: tuple[float, Area] | None = None
    for left, right in product(*_candidates(lines[0], face, frame)):
        for top, bottom in product(*_across(lines[1], (left, right), face, frame)):
            cell = Area(left, top, right, bottom)
            small = cell.pixels <= MAX_AREA * frame.pixels
            share = _sharpness(lines, cell, frame) if small else 0.0
            if share and (best is None or share > best[0]):
                best = share, cell
    if best is None:
        return None
    cell = best[1]
    still = views[0].still[cell.top : cell.bottom, cell.left : cell.right]
    return _inner(cell, frame) if float(still.mean()) <= 1.0 - MIN_LIVELY_SHARE else None


def _candidates(lines: _Lines, face: Area, frame: Area) -> tuple[list[int], list[int]]:
    """Return where vertical sides may be, left and right of the face."""
    reach = int(REACH_FACES * max(face.right - face.left, face.bottom - face.top))
    rows = slice(max(0, face.top - reach), face.bottom + reach)
    count = lines.at_border[rows].sum(axis=0)
    peak = (count >= np.pad(count, (1, 0))[:-1]) & (count > np.pad(count, (0, 1))[1:])
    ranked = [int(x) for x in np.argsort(-count, kind="stable") if peak[x]]
    before = [x for x in ranked if max(frame.left, face.left - reach) < x <= face.left]
    after = [x for x in ranked if face.right <= x < min(frame.right, face.right + reach)]
    return [*before[:CANDIDATES], frame.left], [*after[:CANDIDATES], frame.right]


def _across(
    lines: _Lines, sides: tuple[int, int], face: Area, frame: Area
) -> tuple[list[int], list[int]]:
    """Return where the upper and lower sides between two vertical sides may be."""
    share = lines.at_border[sides[0] : sides[1]].mean(axis=0)
    ranked = [int(y) for y in np.argsort(-share, kind="stable") if share[y] >= MIN_SIDE_SHARE]
    tops = [y for y in ranked if frame.top < y <= face.top]
    bottoms = [y for y in ranked if face.bottom <= y < frame.bottom]
    return [*tops[:CANDIDATES], frame.top], [*bottoms[:CANDIDATES], frame.bottom]


def _sharpness(lines: Sequence[_Lines], cell: Area, frame: Area) -> float:
    """Return the share of the sides with edges; 0 if it is too low, or if a drawn side goes on."""
    shares, lengths = [], []
    for axis in (0, 1):
        c, f = (cell.transposed(), frame.transposed()) if axis else (cell, frame)
        for x, border in ((c.left, f.left), (c.right, f.right)):
            if x == border:
                share = MIN_SHARE if _is_reached(lines[1 - axis], x, c, f) else 0.0
            else:
                share = _side(lines[axis], x, c.top, c.bottom)
            if not share:
                return 0.0
            shares.append(share)
            lengths.append(c.height)
    share = float(np.average(shares, weights=lengths))
    return share if share >= MIN_SHARE else 0.0


def _is_reached(across: _Lines, x: int, cell: Area, frame: Area) -> bool:
    """Whether the sides that are drawn across to the picture's side at `x` go on up to it."""
    first, end = max(cell.left, x - REACH_PIXELS), min(cell.right, x + REACH_PIXELS)
    sides = ((cell.top, frame.top), (cell.bottom, frame.bottom))
    shares = [across.share(y, first, end) for y, border in sides if y != border]
    return not shares or max(shares) >= MIN_SIDE_SHARE


def _side(lines: _Lines, x: int, top: int, bottom: int) -> float:
    """Return the share of a drawn side with edges; 0 if it is too low, or if the side goes on."""
    share = lines.share(x, top, bottom)
    above = lines.share(x, top - BEYOND_PIXELS, top)
    below = lines.share(x, bottom, bottom + BEYOND_PIXELS)
    return 0.0 if share < MIN_SIDE_SHARE or max(above, below) > MIN_SIDE_SHARE else share


def _inner(cell: Area, frame: Area) -> Area:
    """Return the rectangle without its outermost pixels, which are partly of the ground."""
    return Area(
        left=cell.left + 1 if cell.left > frame.left else cell.left,
        top=cell.top + 1 if cell.top > frame.top else cell.top,
        right=cell.right - 1 if cell.right < frame.right else cell.right,
        bottom=cell.bottom - 1 if cell.bottom < frame.bottom else cell.bottom,
    )
