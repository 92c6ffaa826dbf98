"""How much of a picture is writing on one plain ground: a slide, a document, a shared screen.

A cell of writing has strong edges and is yet mostly of the one shade that the picture has most of.
Of talks that were filmed less than a fifteenth is so, of slides a tenth to a fifth.
"""

from collections.abc import Generator, Iterable

import numpy as np
import numpy.typing as npt

from pipeline.media.frames import GRAY, Picture

CELL = 10  # pixels a side, of pictures of about 320
EVERY_S = 0.5
CONTRAST = 60  # grey levels between the darkest and the lightest of a cell
EDGES = 8.0  # grey levels from pixel to pixel, mean
GROUND = 0.45  # of a cell
SAME_SHADE_LEVELS = 10  # grey levels within which a ground is one shade
SHADE = 8  # grey levels to a bin of the histogram


class WritingFinder:
    """Looks at two pictures a second."""

    def __init__(self) -> None:
        self._shares: list[tuple[float, float]] = []

    def watched(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture], None, None]:
        """The same pictures, looked at on their way; times ascend."""
        for t_s, picture in pictures:
            if not self._shares or t_s - self._shares[-1][0] >= EVERY_S:
                self._shares.append((t_s, share_of(picture)))
            yield t_s, picture

    def share(self, start_s: float, end_s: float) -> float:
        """Median share of writing from `start_s` to `end_s`; 0 where nothing was looked at."""
        inside = [share for t_s, share in self._shares if start_s <= t_s < end_s]
        return float(np.median(inside)) if inside else 0.0


def share_of(picture: Picture) -> float:
    """Share of an RGB picture (h, w, 3) that is writing, 0..1."""
    rows, columns = picture.shape[0] // CELL, picture.shape[1] // CELL
    if rows == 0 or columns == 0:
        return 0.0
    grey = (picture[: rows * CELL, : columns * CELL] @ GRAY).astype(np.int16)
    cells = grey.reshape(rows, CELL, columns, CELL).transpose(0, 2, 1, 3)
    edges = np.abs(np.diff(cells, axis=3)).mean(axis=(2, 3))
    flat = cells.reshape(rows, columns, CELL * CELL)
    lively = flat[(edges >= EDGES) & (np.ptp(flat, axis=2) >= CONTRAST)]
    ground = np.median(lively, axis=1)
    plain = (np.abs(lively - ground[:, None]) <= SAME_SHADE_LEVELS).mean(axis=1) >= GROUND
    writing = plain & (np.abs(ground - _shade(grey)) <= 2 * SHADE)
    return float(writing.sum() / (rows * columns))


def _shade(grey: npt.NDArray[np.int16]) -> float:
    """The grey level that most of the picture is near."""
    counts = np.bincount((grey // SHADE).ravel(), minlength=256 // SHADE)
    near = np.convolve(counts, np.ones(3), "same")
    return float(np.argmax(near) * SHADE + SHADE / 2)
