"""Measures how much of a picture is writing on a plain ground: a slide, document or shared screen.

A cell with writing has strong edges, yet most of it has the picture's most common shade. Filmed
talks have less than a fifteenth of such cells, slides a tenth to a fifth.
"""

from collections.abc import Generator, Iterable

import numpy as np
import numpy.typing as npt

from pipeline.media.frames import GRAY, Picture

CELL_PIXELS = 10  # side of a cell, in pictures about 320 pixels wide
LOOK_INTERVAL_S = 0.5
MIN_CONTRAST_LEVELS = 60  # gray levels between the darkest and the lightest pixel of a cell
MIN_EDGE_LEVELS = 8.0  # mean difference of neighboring pixels, gray levels
MIN_GROUND_SHARE = 0.45  # share of a cell's pixels
SAME_SHADE_LEVELS = 10  # gray levels within which a ground is one shade
LEVELS_PER_BIN = 8  # gray levels per bin of the histogram


class WritingFinder:
    """Examines two pictures a second."""

    def __init__(self) -> None:
        self._shares: list[tuple[float, float]] = []

    def watch(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture], None, None]:
        """Yield the same pictures, examining some of them; times ascend."""
        for t_s, picture in pictures:
            if not self._shares or t_s - self._shares[-1][0] >= LOOK_INTERVAL_S:
                self._shares.append((t_s, share_of(picture)))
            yield t_s, picture

    def share(self, start_s: float, end_s: float) -> float:
        """Return the median share of writing in [start_s, end_s); 0 if no picture was examined."""
        inside = [share for t_s, share in self._shares if start_s <= t_s < end_s]
        return float(np.median(inside)) if inside else 0.0


def share_of(picture: Picture) -> float:
    """Return the share of an RGB picture (h, w, 3) that is writing, 0..1."""
    rows, columns = picture.shape[0] // CELL_PIXELS, picture.shape[1] // CELL_PIXELS
    if rows == 0 or columns == 0:
        return 0.0
    gray = (picture[: rows * CELL_PIXELS, : columns * CELL_PIXELS] @ GRAY).astype(np.int16)
    cells = gray.reshape(rows, CELL_PIXELS, columns, CELL_PIXELS).transpose(0, 2, 1, 3)
    edges = np.abs(np.diff(cells, axis=3)).mean(axis=(2, 3))
    flat = cells.reshape(rows, columns, CELL_PIXELS * CELL_PIXELS)
    lively = flat[(edges >= MIN_EDGE_LEVELS) & (np.ptp(flat, axis=2) >= MIN_CONTRAST_LEVELS)]
    ground = np.median(lively, axis=1)
    plain = (np.abs(lively - ground[:, None]) <= SAME_SHADE_LEVELS).mean(axis=1) >= MIN_GROUND_SHARE
    writing = plain & (np.abs(ground - _most_common_shade(gray)) <= 2 * LEVELS_PER_BIN)
    return float(writing.sum() / (rows * columns))


def _most_common_shade(gray: npt.NDArray[np.int16]) -> float:
    """Return the most common gray level of the picture."""
    counts = np.bincount((gray // LEVELS_PER_BIN).ravel(), minlength=256 // LEVELS_PER_BIN)
    near = np.convolve(counts, np.ones(3), "same")
    return float(np.argmax(near) * LEVELS_PER_BIN + LEVELS_PER_BIN / 2)
