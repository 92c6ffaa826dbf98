"""Finds lines of text in a small picture: many steep steps up and down side by side in a row.

Strokes of letters turn from one shade to another and back within a few pixels, which gives a row of
text as many rises as falls, close together (gradient density: Wu et al. 1999; Chen et al. 2004).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.media.frames import Picture

CELL_PIXELS = 4  # side of a cell, in pictures about 320 pixels wide; small letters are two high
MIN_STEP_LEVELS = 64  # gray levels over two pixels
REACH_CELLS = 5  # width of the stretch in which steps are counted
MIN_STEPS = 4  # up, and as many down, in such a stretch of a row of cells
GAP_CELLS = 2  # between words of a line
MIN_RUN_CELLS = 3  # narrower ones are letters at most
MIN_LINE_CELLS = 5  # of a line's width
FAINT_SHARE = 0.6  # of a line's mean step
MAX_GAP_PIXELS = 16  # between strong steps of a line
MIN_ROW_SHARE = 0.12  # of the mean steps of a line's rows, to be one of them
MIN_SHARED = 0.5  # of the shorter of two runs, to belong to one line


@dataclass(frozen=True, slots=True)
class Steps:
    """Where the gray level of a picture rises or falls steeply from left to right."""

    signs: npt.NDArray[np.int8]  # (h, w): 1 up, -1 down, 0 neither
    sizes: npt.NDArray[np.int16]  # (h, w), gray levels


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or several that touch; pixels of the small picture, ends exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int
    contrast: float  # mean step, gray levels
    strokes: float  # changes between up and down in a row, per width of 10 pixels
    density: float  # share of pixels with a step

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
    red, green, blue = picture[..., 0] >> 2, picture[..., 1] >> 1, picture[..., 2] >> 2
    gray = (red + green + blue).astype(np.int16)  # about luma, and quick
    sizes = np.zeros_like(gray)
    sizes[:, 1:-1] = gray[:, 2:] - gray[:, :-2]
    signs = (sizes > MIN_STEP_LEVELS).view(np.int8) - (sizes < -MIN_STEP_LEVELS).view(np.int8)
    return Steps(signs, sizes)


def lines(signs: npt.NDArray[np.int8], steps: Steps) -> Iterator[Line]:
    """Yield the lines of text that `signs` (h, w), some of the steps of a picture, form."""
    if min(signs.shape) < CELL_PIXELS:
        return
    for rows in _components(_close(text_cells(signs))):
        y0, y1 = rows[0][0] * CELL_PIXELS, (rows[-1][0] + 1) * CELL_PIXELS
        x0 = min(a for _, a, _ in rows) * CELL_PIXELS
        x1 = max(b for _, _, b in rows) * CELL_PIXELS
        if x1 - x0 < MIN_LINE_CELLS * CELL_PIXELS:
            continue
        line = _line(signs, steps.sizes, _trim(signs, x0, y0, x1, y1))
        yield _without_faint(line, signs, steps.sizes)


def text_cells(signs: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Return which cells (h // CELL_PIXELS, w // CELL_PIXELS) have dense steps both ways."""
    up, down = _count((signs > 0).view(np.uint8)), _count((signs < 0).view(np.uint8))
    dense = np.minimum(_smear(up), _smear(down)) >= MIN_STEPS
    return np.asarray(dense & (up + down > 0))


def _count(marks: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Sum 0s and 1s (h, w) over cells."""
    rows, columns = (side // CELL_PIXELS * CELL_PIXELS for side in marks.shape)
    bands = sum(marks[n:rows:CELL_PIXELS, :columns] for n in range(CELL_PIXELS))
    return np.asarray(sum(bands[:, n::CELL_PIXELS] for n in range(CELL_PIXELS)), np.uint8)


def _smear(counts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Sum counts over REACH_CELLS cells around each."""
    side, columns = REACH_CELLS // 2, counts.shape[1]
    padded = np.pad(counts, ((0, 0), (side, side)))
    total = padded[:, :columns].copy()
    for n in range(1, REACH_CELLS):
        total += padded[:, n : n + columns]
    return total


def _close(cells: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Fill gaps of up to GAP_CELLS between cells of a row."""
    columns = cells.shape[1]
    padded = np.pad(cells, ((0, 0), (GAP_CELLS, GAP_CELLS)))
    left, right = np.zeros_like(cells), np.zeros_like(cells)
    for n in range(1, GAP_CELLS + 1):
        left |= padded[:, GAP_CELLS - n :][:, :columns]
        right |= padded[:, GAP_CELLS + n :][:, :columns]
    return np.asarray(cells | (left & right))


def _components(cells: npt.NDArray[np.bool_]) -> Iterator[list[tuple[int, int, int]]]:
    """Yield runs (row, first column, end column) that lie over each other, rows ascending."""
    edges = np.diff(np.pad(cells, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    wide = ends - starts >= MIN_RUN_CELLS
    runs = list(
        zip(rows[wide].tolist(), starts[wide].tolist(), ends[wide].tolist(), strict=True)
    )
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


def _trim(
    signs: npt.NDArray[np.int8], x0: int, y0: int, x1: int, y1: int
) -> tuple[int, int, int, int]:
    """Move the edges of a line to where its letters end: up to a cell outward, or inward."""
    top, bottom = max(0, y0 - CELL_PIXELS), min(signs.shape[0], y1 + CELL_PIXELS)
    marks = signs[top:bottom, x0:x1] != 0
    counts = np.count_nonzero(marks, axis=1)
    inner = counts[y0 - top : y1 - top]
    full = np.flatnonzero(counts >= MIN_ROW_SHARE * inner.mean())
    columns = np.flatnonzero(marks[y0 - top : y1 - top].any(axis=0))
    return (
        x0 + int(columns[0]),
        top + int(full[0]),
        x0 + int(columns[-1]) + 1,
        top + int(full[-1]) + 1,
    )


def _without_faint(
    line: Line, signs: npt.NDArray[np.int8], sizes: npt.NDArray[np.int16]
) -> Line:
    """Trim a line to its stronger steps: what it touches has less contrast than letters."""
    least = FAINT_SHARE * line.contrast
    if least <= MIN_STEP_LEVELS:
        return line
    x0, y0 = line.x0, line.y0
    strong = np.abs(sizes[y0 : line.y1, x0 : line.x1]) >= least
    strong &= signs[y0 : line.y1, x0 : line.x1] != 0
    rows, columns = np.count_nonzero(strong, axis=1), np.flatnonzero(strong.any(axis=0))
    full = np.flatnonzero(rows >= MIN_ROW_SHARE * rows.mean())
    gaps = np.flatnonzero(np.diff(columns) > MAX_GAP_PIXELS)
    firsts, ends = [0, *(gaps + 1)], [*(gaps + 1), len(columns)]
    longest = max(range(len(firsts)), key=lambda n: ends[n] - firsts[n])
    edges = (
        x0 + int(columns[firsts[longest]]),
        y0 + int(full[0]),
        x0 + int(columns[ends[longest] - 1]) + 1,
        y0 + int(full[-1]) + 1,
    )
    return _line(signs, sizes, edges)


def _line(
    signs: npt.NDArray[np.int8], sizes: npt.NDArray[np.int16], edges: tuple[int, int, int, int]
) -> Line:
    """Measure the line whose steps are `signs` (h, w)."""
    x0, y0, x1, y1 = edges
    marks = signs[y0:y1, x0:x1] != 0
    rows, values = np.nonzero(marks)[0], signs[y0:y1, x0:x1][marks]
    changes = (values[1:] != values[:-1]) & (rows[1:] == rows[:-1])
    return Line(
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        contrast=float(np.abs(sizes[y0:y1, x0:x1][marks]).mean()),
        strokes=float(10 * np.count_nonzero(changes) / marks.size),
        density=float(marks.mean()),
    )
