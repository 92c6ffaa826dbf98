"""Finds the plates that overlaid letters stand on: flat rectangles with sharp straight borders.

Pixels that differ little from their neighbors form one surface, so shading within a plate does not
divide it. A surface that fills a rectangle to its sides is a plate; a wall, the sky or a
suit is not: what is filmed has no such shape.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.media.frames import Picture
from pipeline.vision.cells import Cell, around
from pipeline.vision.still_picture import largest

FLAT_LEVELS = 8  # of 255: difference of neighbors in every channel; noise and shading
MAX_PASSES = 6  # over rows and columns: the ground of a plate surrounds its letters, so few join it
MIN_SIDE_SHARE = 0.8  # of each side that the surface reaches: corners may be round
SIDE_PIXELS = 2  # lines in which it may do so: the outermost may be partly of the ground
MIN_SIDE_PIXELS = 6  # of a plate: letters and their strokes are smaller
MIN_PIXELS = 6  # of a plate among the letters
MAX_HEIGHT_SHARE = 0.35  # of the picture: a plain slide is no plate
RIM_PIXELS = 1  # around the surface: its blurred border

Labels = npt.NDArray[np.int64]  # (h, w): the same number all over a surface


class Plates:
    """The plates of one picture."""

    def __init__(self, picture: Picture) -> None:
        """Take a small picture, RGB (h, w, 3)."""
        self._labels = _surfaces(picture)

    def around(self, letters: Cell) -> Cell:
        """Return the smallest cell with all of `letters` and of every plate that is in them."""
        return around([letters, *self._in(letters)])

    def _in(self, letters: Cell) -> Iterator[Cell]:
        """Yield the plates of which some pixels are in a cell, with their rims."""
        rows, columns = self._labels.shape
        inside = self._labels[letters.top : letters.bottom, letters.left : letters.right]
        names, counts = np.unique(inside, return_counts=True)
        for name in names[counts >= MIN_PIXELS]:
            surface = self._labels == name
            cell = _extent(surface)
            # writing goes sideways: what is higher than wide may be the fold of a curtain
            low = cell.height <= min(cell.width, MAX_HEIGHT_SHARE * rows)
            if low and _fills(surface, cell):
                yield Cell(
                    left=max(0, cell.left - RIM_PIXELS),
                    top=max(0, cell.top - RIM_PIXELS),
                    right=min(columns, cell.right + RIM_PIXELS),
                    bottom=min(rows, cell.bottom + RIM_PIXELS),
                )


def _surfaces(picture: Picture) -> Labels:
    """Number the surfaces of a picture."""
    colors = picture.astype(np.int16)
    ends = largest(np.abs(np.diff(colors, axis=1))) > FLAT_LEVELS
    starts = [np.pad(ends, ((0, 0), (1, 0)), constant_values=True)]
    ends = largest(np.abs(np.diff(colors, axis=0))) > FLAT_LEVELS
    starts.append(np.pad(ends, ((1, 0), (0, 0)), constant_values=True).T)
    labels = np.arange(starts[0].size).reshape(starts[0].shape)
    for _ in range(MAX_PASSES):
        across = _spread(labels, starts[0])
        joined = _spread(across.T, starts[1]).T
        if np.array_equal(joined, labels):
            break
        labels = joined
    return labels


def _spread(labels: Labels, starts: npt.NDArray[np.bool_]) -> Labels:
    """Give every run of a row, from one start to the next, its smallest label."""
    first = np.flatnonzero(starts)
    smallest = np.minimum.reduceat(labels.ravel(), first)
    return np.repeat(smallest, np.diff(first, append=starts.size)).reshape(labels.shape)


def _extent(surface: npt.NDArray[np.bool_]) -> Cell:
    """Return the smallest cell that contains a surface."""
    ys, xs = np.flatnonzero(surface.any(axis=1)), np.flatnonzero(surface.any(axis=0))
    return Cell(left=int(xs[0]), top=int(ys[0]), right=int(xs[-1]) + 1, bottom=int(ys[-1]) + 1)


def _fills(surface: npt.NDArray[np.bool_], extent: Cell) -> bool:
    """Whether a surface reaches all four sides of its extent along their length."""
    if min(extent.width, extent.height) < MIN_SIDE_PIXELS:
        return False
    surface = surface[extent.top : extent.bottom, extent.left : extent.right]
    sides = (
        surface[:SIDE_PIXELS].any(axis=0),
        surface[-SIDE_PIXELS:].any(axis=0),
        surface[:, :SIDE_PIXELS].any(axis=1),
        surface[:, -SIDE_PIXELS:].any(axis=1),
    )
    return all(side.mean() >= MIN_SIDE_SHARE for side in sides)
