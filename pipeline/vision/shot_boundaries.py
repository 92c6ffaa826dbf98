"""Detects where shots begin, to the frame.

At a cut, the picture is unrelated to the one before: pixels and colors both differ much, and far
more than between the neighboring pictures, because a camera that pans over a crowd also changes
every pixel. A flash is not a cut: the old picture comes back after it.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.media.frames import Picture
from pipeline.vision.gradual_transitions import distances, transitions

GRID = (18, 32)  # rows and columns of cells that a picture is averaged to
BINS = 16  # per color
MIN_SCORE = 0.16  # score of a cut; pans and gestures of a talk stay below 0.1
MIN_RATIO = 3.0  # ratio of a cut's score to the largest neighboring change
JUMP_SCORE = 0.045  # minimum for a jump cut, which keeps place and colors
JUMP_RATIO = 4.0  # minimum for a jump cut, over the largest neighboring change
NEIGHBORS = 6  # pictures before and after that a cut is compared with
MAX_FLASH_PICTURES = 4
MAX_ROWS_IN_16_BITS = 257  # rows of values up to 255 whose sum fits 16 bits


class CutFinder:
    """Takes pictures one by one and keeps a fingerprint of 7 kB each."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._grids: list[F32] = []
        self._colors: list[F32] = []

    def add(self, t_s: float, picture: Picture) -> None:
        """Take the next picture, RGB of any shape; times ascend."""
        self._times.append(t_s)
        self._grids.append(_average_cells(picture))
        self._colors.append(_colors(picture))

    def cuts(self) -> tuple[float, ...]:
        """Return the times of the first pictures after each cut, in seconds, ascending."""
        if len(self._times) < 3:
            return ()
        change = self._distances(np.arange(len(self._times) - 1), np.arange(1, len(self._times)))
        return tuple(self._times[i + 1] for i in range(len(change)) if self._is_cut(change, i))

    def borders(self) -> tuple[float, ...]:
        """Return the times at which a shot begins: cuts, and moments within gradual transitions."""
        cuts = self.cuts()
        ends = [0, *np.searchsorted(self._times, cuts), len(self._times)]
        gradual = [
            t_s
            for a, b in pairwise(ends)
            for t_s in transitions(self._times[a:b], self._grids[a:b], self._colors[a:b])
        ]
        return tuple(sorted([*cuts, *gradual]))

    def _is_cut(self, change: F32, i: int) -> bool:
        """Whether change[i], from picture i to i + 1, is a cut."""
        if change[i] < JUMP_SCORE:
            return False
        around = np.concatenate(
            [change[max(0, i - NEIGHBORS) : i], change[i + 1 : i + 1 + NEIGHBORS]]
        )
        # the second largest: another cut may be near, and a flash has two edges
        lively = np.sort(around)[-2] if len(around) > 1 else 0.0
        if change[i] < (MIN_RATIO if change[i] >= MIN_SCORE else JUMP_RATIO) * lively:
            return False
        return not self._is_flash(i, float(change[i]))

    def _is_flash(self, i: int, change: float) -> bool:
        """Whether the picture before comes back soon after the change, or has just come back."""
        last = len(self._times) - 1
        returns = (
            self._distance(i, j) for j in range(i + 2, min(last, i + 1 + MAX_FLASH_PICTURES) + 1)
        )
        returned = (self._distance(j, i + 1) for j in range(max(0, i - MAX_FLASH_PICTURES), i))
        # the returning picture may have moved a little; a different scene after a flash is a cut
        return any(d < min(change / 3, MIN_SCORE) for d in (*returns, *returned))

    def _distance(self, a: int, b: int) -> float:
        """Return the distance of two pictures, 0..1."""
        return float(self._distances(np.array([a]), np.array([b]))[0])

    def _distances(self, a: npt.NDArray[np.intp], b: npt.NDArray[np.intp]) -> F32:
        return distances(self._grids, self._colors, a, b)


def _average_cells(picture: Picture) -> F32:
    """Average the picture to GRID cells, shape (rows, columns, 3), 0..1."""
    rows, columns = GRID
    h, w = picture.shape[0] // rows * rows, picture.shape[1] // columns * columns
    if h == 0 or w == 0:
        return np.full((rows, columns, 3), picture.mean() / 255.0, dtype=np.float32)
    # Summing whole rows first, in 16 bits where their sum fits, is a dozen times as fast as both
    # sums at once.
    narrow = np.uint16 if h // rows <= MAX_ROWS_IN_16_BITS else np.uint32
    bands = picture[:h, :w].reshape(rows, h // rows, w * 3).sum(axis=1, dtype=narrow)
    cells = bands.reshape(rows, columns, w // columns, 3).sum(axis=2, dtype=np.float32)
    return np.asarray(cells / np.float32(255 * (h // rows) * (w // columns)))


def _colors(picture: Picture) -> F32:
    """Compute three histograms, shape (3, BINS), each summing to 1."""
    few = picture[::4, ::4].reshape(-1, 3) // (256 // BINS)
    return np.stack([np.bincount(few[:, c], minlength=BINS) / len(few) for c in range(3)]).astype(
        np.float32
    )
