"""Finds tickers: bands of text that scroll sideways evenly while the rest of the picture does not.

The shift between two looks is the peak of the cross-correlation of a band's steps along its rows.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.vision.writing.text_lines import Signs, Steps

MIN_ROW_SHARE = 0.06  # share of a row's pixels that are steps which have moved
MIN_LIKENESS = 0.35  # correlation at the shift
MAX_LIKENESS_AROUND = 0.35  # correlation of the other rows at the same shift: not a camera's pan
ROWS_AROUND = 20  # other rows that are compared
SAME_SHIFT_PIXELS = 2  # between looks: pictures are not evenly spaced
MIN_LOOKS = 4


@dataclass(slots=True)
class Band:
    """Rows that scroll, with the looks at which they do."""

    tops: list[int]  # pixels of the small picture
    bottoms: list[int]
    lefts: list[int]
    rights: list[int]
    shifts: list[int] = field(default_factory=list)
    first: int = 0
    last: int = 0


class ScrollFinder:
    """Follows scrolling bands from look to look."""

    def __init__(self) -> None:
        self._bands: list[Band] = []

    def add(self, look: int, before: Steps, now: Steps, still: Signs) -> None:
        """Compare two successive looks at pictures of one shape; `still`: steps in both."""
        moved = np.count_nonzero(now.signs != still, axis=1)
        for top, bottom in _stretches(moved >= MIN_ROW_SHARE * now.signs.shape[1]):
            shift = _scroll(before.signs, now.signs, top, bottom)
            if shift is not None:
                columns = np.flatnonzero(now.signs[top:bottom].any(axis=0))
                self._follow(look, (top, bottom, int(columns[0]), int(columns[-1]) + 1), shift)

    def bands(self) -> list[Band]:
        """Return the bands that have scrolled for long enough."""
        return [band for band in self._bands if len(band.tops) >= MIN_LOOKS]

    def _follow(self, look: int, edges: tuple[int, int, int, int], shift: int) -> None:
        top, bottom, left, right = edges
        for band in reversed(self._bands):
            shares_rows = top < band.bottoms[-1] and band.tops[-1] < bottom
            steady = abs(shift - float(np.median(band.shifts))) <= SAME_SHIFT_PIXELS
            if band.last == look - 1 and shares_rows and steady:
                break
        else:
            band = Band([], [], [], [], first=look)
            self._bands.append(band)
        band.tops.append(top)
        band.bottoms.append(bottom)
        band.lefts.append(left)
        band.rights.append(right)
        band.shifts.append(shift)
        band.last = look


def _stretches(rows: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and end rows of each stretch of marked rows; single gaps are filled."""
    padded = np.pad(rows, 1)
    edges = np.diff((rows | (padded[:-2] & padded[2:])).astype(np.int8), prepend=0, append=0)
    first, end = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(first.tolist(), end.tolist(), strict=True))


def _scroll(before: Signs, now: Signs, top: int, bottom: int) -> int | None:
    """Return by how many pixels the band moved to the right; None if it did not just scroll."""
    likeness = _correlate(before[top:bottom], now[top:bottom])
    best = int(np.argmax(likeness))
    if best == 0 or likeness[best] < MIN_LIKENESS:
        return None
    rows = np.delete(np.arange(len(now)), slice(top, bottom))
    rows = rows[:: max(1, len(rows) // ROWS_AROUND)]
    if _correlate(before[rows], now[rows])[best] > MAX_LIKENESS_AROUND:
        return None
    return best if best <= now.shape[1] // 2 else best - now.shape[1]


def _correlate(a: Signs, b: Signs) -> F32:
    """Return the correlation of rows with rows shifted by 0, 1, ... pixels, -1..1."""
    spectrum = np.conj(np.fft.rfft(a, axis=1)) * np.fft.rfft(b, axis=1)
    energy = np.sqrt(float(np.count_nonzero(a)) * float(np.count_nonzero(b)))
    return np.asarray(
        np.fft.irfft(spectrum.sum(axis=0), n=a.shape[1]) / max(1.0, energy), np.float32
    )
