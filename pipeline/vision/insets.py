"""Finds small camera pictures that lie over a slide, a screen or a game.

Around a face, four straight lasting edges, or fewer and the sides of the whole picture, form a
rectangle whose inside moves. The edges end at its corners: those of a door or a shelf go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from pipeline.vision.bars import Cell, Views, whole
from pipeline.vision.still_picture import Mask

MIN_SIDE_SHARE = 0.8  # of a side of the rectangle that is a clear edge
MIN_DRAWN = 2  # sides of the rectangle; the others are the picture's
MAX_BEYOND_SHARE = 0.5  # of the line beyond a corner
BEYOND_PIXELS = 12  # of the line beyond a corner that are examined
CANDIDATES = 4  # edges on each side of the face
REACH_FACES = 4.0  # from a face to the sides of its rectangle, in faces
MIN_AREA, MAX_AREA = 0.01, 0.36  # of the picture
MAX_ASPECT = 2.5  # of the longer side to the shorter
MIN_LIVELY_SHARE = 0.02  # of the pixels: a photograph is still


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lasting edges along columns, and sums of them from the top."""

    ridges: Mask

    def share(self, x: int, top: int, bottom: int) -> float:
        """Return the share of rows [top, bottom) with an edge at a border, between two columns."""
        near = self.ridges[top:bottom, max(0, x - 1) : x + 1]
        return float(near.any(axis=1).mean()) if near.size else 0.0


def insets(views: Views, faces: Sequence[Cell]) -> list[Cell]:
    """Return the rectangles of insets, one for each face that has one, disjoint."""
    found: list[Cell] = []
    for face in faces:
        cell = _around(views, face)
        if cell is not None and not any(_overlap(cell, other) for other in found):
            found.append(cell)
    return found


def _around(views: Views, face: Cell) -> Cell | None:
    """Return the best rectangle around a face."""
    frame = whole(views[0])
    lines = [_Lines(view.ridges) for view in views]
    lefts, rights = _candidates(lines[0], face, frame)
    tops, bottoms = _candidates(lines[1], face.turned(), frame.turned())
    best: tuple[float, Cell] | None = None
    for left, right, top, bottom in product(lefts, rights, tops, bottoms):
        cell = Cell(left=left, top=top, right=right, bottom=bottom)
        share = _shape(cell, frame) and _sharpness(lines, cell, frame)
        if share and (best is None or share > best[0]):
            best = share, cell
    if best is None:
        return None
    cell = best[1]
    inside = views[0].still[cell.top : cell.bottom, cell.left : cell.right]
    lively = 1.0 - float(inside.mean())
    return _inner(cell, frame) if lively >= MIN_LIVELY_SHARE else None


def _candidates(lines: _Lines, face: Cell, frame: Cell) -> tuple[list[int], list[int]]:
    """Return where vertical sides may be, left and right of the face; the nearest first."""
    reach = int(REACH_FACES * (face.right - face.left))
    edge = lines.ridges[face.top : face.bottom].mean(axis=0) >= MIN_SIDE_SHARE / 2
    sides = np.flatnonzero(edge & np.pad(~edge[:-1], (1, 0), constant_values=True)) + 1
    before = [int(x) for x in sides[::-1] if max(0, face.left - reach) < x <= face.left]
    after = [int(x) for x in sides if face.right <= x < min(frame.right, face.right + reach)]
    return [*before[:CANDIDATES], frame.left], [*after[:CANDIDATES], frame.right]


def _shape(cell: Cell, frame: Cell) -> bool:
    """Whether a rectangle has the size and shape of an inset."""
    width, height = cell.right - cell.left, cell.bottom - cell.top
    area = width * height / (frame.right * frame.bottom)
    return MIN_AREA <= area <= MAX_AREA and max(width, height) <= MAX_ASPECT * min(width, height)


def _sharpness(lines: Sequence[_Lines], cell: Cell, frame: Cell) -> float:
    """Return the lowest share of edges of a drawn side; 0 if too low, or if a side goes on."""
    lowest, drawn = 1.0, 0
    for axis in (0, 1):
        c, f = (cell.turned(), frame.turned()) if axis else (cell, frame)
        for x, border in ((c.left, f.left), (c.right, f.right)):
            if x == border:
                continue
            before = lines[axis].share(x, max(0, c.top - BEYOND_PIXELS), max(0, c.top - 2))
            after = lines[axis].share(x, c.bottom + 2, c.bottom + BEYOND_PIXELS)
            share = lines[axis].share(x, c.top, c.bottom)
            if share < MIN_SIDE_SHARE or max(before, after) > MAX_BEYOND_SHARE:
                return 0.0
            lowest, drawn = min(lowest, share), drawn + 1
    return lowest if drawn >= MIN_DRAWN else 0.0


def _inner(cell: Cell, frame: Cell) -> Cell:
    """Return the rectangle without its outermost pixels, which are partly of the ground."""
    return Cell(
        left=cell.left + 1 if cell.left > frame.left else cell.left,
        top=cell.top + 1 if cell.top > frame.top else cell.top,
        right=cell.right - 1 if cell.right < frame.right else cell.right,
        bottom=cell.bottom - 1 if cell.bottom < frame.bottom else cell.bottom,
    )


def _overlap(a: Cell, b: Cell) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
