"""Finds lines of text in a small picture: many steep steps up and down side by side in a row.

Strokes of letters turn from one shade to another and back within a few pixels, which gives a row of
text as many rises as falls, close together (gradient density: Wu et al. 1999; Chen et al. 2004).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.media.frames import Picture

CELL_PIXELS = 4  # side of a cell, in pictures about 320 pixels wide; small letters are two high
MIN_STEP_LEVELS = 64  # gray levels over two pixels
REACH_CELLS = 5  # width of the stretch in which steps are counted
MIN_STEPS = 4  # up, and as many down, in such a stretch of a row of cells
GAP_CELLS = 2  # between words of a line
MIN_RUN_CELLS = 3  # narrower ones are letters at most
MIN_LINE_CELLS = 5  # width of a line
MIN_STILL = 0.6  # share of the steps in a line's box that stay: fewer do by chance
FAINT_SHARE = 0.7  # share of a line's mean step, below which a step is faint
MIN_ROW_SHARE = 0.08  # share of the steps in a line's fullest row: ascenders
FULL_ROW_SHARE = 0.25  # the same share: the body of letters, or a shorter line below
MIN_SHARED = 0.5  # share of the shorter of two runs, to belong to one line

Kind = TypeVar("Kind", np.uint8, np.bool_)
Signs = npt.NDArray[np.int8]  # (h, w): 1 where a picture rises steeply, -1 where it falls, or 0
Edges = tuple[int, int, int, int]  # x0, y0, x1, y1; ends exclusive


@dataclass(frozen=True, slots=True)
class Steps:
    """Where the mean of red and green of a picture rises or falls steeply from left to right."""

    signs: Signs
    sizes: npt.NDArray[np.int16]  # (h, w), gray levels from the left to the right neighbor


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or several that touch; pixels of the small picture, ends exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int
    contrast: float  # mean step, gray levels
    strokes: float  # changes between up and down in a row, per width of 10 pixels

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return self.y1 - self.y0

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return self.x1 - self.x0


def steps_of(picture: Picture) -> Steps:
    """Return the steep steps of an RGB picture (h, w, 3)."""
    gray = np.add(picture[..., 0], picture[..., 1], dtype=np.int16)  # quicker than luma
    gray >>= 1
    sizes = np.zeros_like(gray)
    np.subtract(gray[:, 2:], gray[:, :-2], out=sizes[:, 1:-1])
    signs = (sizes > MIN_STEP_LEVELS).view(np.int8) - (sizes < -MIN_STEP_LEVELS).view(np.int8)
    return Steps(signs, sizes)


def lines(signs: Signs, steps: Steps) -> Iterator[Line]:
    """Yield the lines of text that `signs` (h, w), some of the steps of a picture, form."""
    if min(signs.shape) < CELL_PIXELS:
        return
    for rows in _components(_close(text_cells(signs))):
        y0, y1 = rows[0][0] * CELL_PIXELS, (rows[-1][0] + 1) * CELL_PIXELS
        x0 = min(a for _, a, _ in rows) * CELL_PIXELS
        x1 = max(b for _, _, b in rows) * CELL_PIXELS
        if x1 - x0 < MIN_LINE_CELLS * CELL_PIXELS:
            continue
        line = _measure(signs, steps, (x0, y0, x1, y1))
        if line is not None:
            yield line


def text_cells(signs: Signs) -> npt.NDArray[np.bool_]:
    """Return which cells (h // CELL_PIXELS, w // CELL_PIXELS) have dense steps both ways."""
    up, down = _count((signs > 0).view(np.uint8)), _count((signs < 0).view(np.uint8))
    dense = np.minimum(_smear(up), _smear(down)) >= MIN_STEPS
    return np.asarray(dense & (up + down > 0))


def _count(marks: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Sum 0s and 1s (h, w) over cells."""
    rows, columns = (side // CELL_PIXELS * CELL_PIXELS for side in marks.shape)
    bands = marks[:rows:CELL_PIXELS, :columns].copy()
    for n in range(1, CELL_PIXELS):  # far quicker than summing over an axis of four
        bands += marks[n:rows:CELL_PIXELS, :columns]
    cells = bands[:, ::CELL_PIXELS].copy()
    for n in range(1, CELL_PIXELS):
        cells += bands[:, n::CELL_PIXELS]
    return cells


def _widened(cells: npt.NDArray[Kind], side: int) -> npt.NDArray[Kind]:
    """Add empty columns on both sides; np.pad takes five times as long."""
    rows, columns = cells.shape
    wider = np.zeros((rows, columns + 2 * side), cells.dtype)
    wider[:, side : side + columns] = cells
    return wider


def _smear(counts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Sum counts over REACH_CELLS cells around each."""
    side, columns = REACH_CELLS // 2, counts.shape[1]
    padded = _widened(counts, side)
    total = padded[:, :columns].copy()
    for n in range(1, REACH_CELLS):
        total += padded[:, n : n + columns]
    return total


def _close(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Fill gaps of up to GAP_CELLS between cells of a row."""
    columns = cells.shape[1]
    padded = _widened(cells, GAP_CELLS)
    left, right = np.zeros_like(cells), np.zeros_like(cells)
    for n in range(1, GAP_CELLS + 1):
        left |= padded[:, GAP_CELLS - n :][:, :columns]
        right |= padded[:, GAP_CELLS + n :][:, :columns]
    return np.asarray(cells | (left & right))


def _components(cells: npt.NDArray[np.bool_]) -> Iterator[list[tuple[int, int, int]]]:
    """Yield runs (row, first column, end column) that lie over each other, rows ascending."""
    bordered = _widened(cells, 1).view(np.int8)
    edges = bordered[:, 1:] - bordered[:, :-1]
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    wide = ends - starts >= MIN_RUN_CELLS
    runs = list(zip(rows[wide].tolist(), starts[wide].tolist(), ends[wide].tolist(), strict=True))
    group = list(range(len(runs)))  # the first run of the component, or one on the way to it

    def root(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    for n, (row, a, b) in enumerate(runs):
        m = n - 1
        while m >= 0 and runs[m][0] >= row - 1:
            above, c, d = runs[m]
            if above < row and min(b, d) - max(a, c) >= MIN_SHARED * min(b - a, d - c):
                one, other = sorted((root(n), root(m)))
                group[other] = one
            m -= 1
    found: dict[int, list[tuple[int, int, int]]] = {}
    for n, run in enumerate(runs):
        found.setdefault(root(n), []).append(run)
    yield from found.values()


def _measure(signs: Signs, steps: Steps, edges: Edges) -> Line | None:
    """Measure a line and move its edges to where its letters end.

    That is up to a cell outward, or inward: what it touches has less contrast than letters. Returns
    None if too little is left, or most of it changes.
    """
    x0, y0, x1, y1 = edges
    y0, y1 = max(0, y0 - CELL_PIXELS), min(len(signs), y1 + CELL_PIXELS)
    signs = signs[y0:y1, x0:x1]
    strengths = np.abs(steps.sizes[y0:y1, x0:x1] * signs)
    mean = float(strengths.sum()) / max(1, int(np.count_nonzero(signs)))
    strong = strengths >= FAINT_SHARE * mean
    top, bottom = _rows(strong.sum(axis=1))
    columns = np.flatnonzero(strong.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    if right - left < MIN_LINE_CELLS * CELL_PIXELS:
        return None
    inside = signs[top:bottom, left:right]
    all_steps = np.count_nonzero(steps.signs[y0:y1, x0:x1][top:bottom, left:right])
    ys, xs = np.nonzero(inside)
    if len(ys) < MIN_STILL * all_steps:
        return None
    values = inside[ys, xs]
    changes = np.count_nonzero((values[1:] != values[:-1]) & (ys[1:] == ys[:-1]))
    return Line(
        x0=x0 + left,
        y0=y0 + top,
        x1=x0 + right,
        y1=y0 + bottom,
        contrast=float(strengths[top:bottom, left:right].sum()) / max(1, len(values)),
        strokes=10.0 * int(changes) / inside.size,
    )


def _rows(counts: npt.NDArray[np.intp]) -> tuple[int, int]:
    """Return first and end row of a line: the full ones, and thin ones up to a cell around them."""
    full = np.flatnonzero(counts >= FULL_ROW_SHARE * counts.max())
    first, end = int(full[0]), int(full[-1]) + 1
    thin = counts >= MIN_ROW_SHARE * counts.max()
    for _ in range(CELL_PIXELS):
        first -= int(first > 0 and thin[first - 1])
        end += int(end < len(counts) and thin[end])
    return first, end
