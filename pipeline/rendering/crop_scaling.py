"""How one side of a crop becomes pixels of the clip.

A crop is cut a little too large on even pixels, scaled once, and trimmed in the output. While the
camera pans, columns are made FINER times as close together and every FINERth is taken from where
it stands: steps of a quarter of a pixel, which no eye sees.
"""

import math
from dataclasses import dataclass

from pipeline.core.data import Box
from pipeline.core.layout import Pane

FINER = 4  # steps to an output pixel while the camera pans
GLIDES = 0.75  # of the source's size at least: in smaller ones fine lines would flicker
PANS = 1e-3  # pixels from one picture to the next: less is standing


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a crop: take `cut` pixels from `start`, scale to `scaled`, keep from `trim`."""

    start: int  # even
    cut: int
    scaled: int
    trim: int
    exact: float  # where `trim` should be


def axis(start: float, length: float, available: int, wanted: int) -> Axis:
    """How to get `wanted` pixels from the stretch `start`, `length` of `available` pixels."""
    length = min(max(length, 2.0), float(available))
    start = min(max(start, 0.0), available - length)
    scale = wanted / length
    cut = min(available, math.ceil(length / 2) * 2 + 2)
    first = min(math.floor(start / 2) * 2, available - cut) if cut < available else 0
    scaled = max(wanted, round(cut * scale))
    exact = min(max(0.0, (start - first) * scale), float(scaled - wanted))
    return Axis(first, cut, scaled, round(exact), exact)


def glides(x: Axis) -> bool:
    """Whether there is room between the clip's columns for steps that are seen."""
    return x.scaled >= GLIDES * x.cut


def finer(x: Axis) -> int:
    """The first of the FINER * scaled columns that is taken."""
    # middles: output pixel n lies at n + 1/2, fine pixel k at (k + 1/2) / FINER
    return round(FINER * (x.exact + 0.5) - 0.5)


class Pans:
    """Remembers where the crop of each pane was."""

    def __init__(self) -> None:
        self._seen: dict[Pane, Box] = {}

    def see(self, pane: Pane, box: Box) -> bool:
        """Whether the crop has just moved to the side, and has not jumped."""
        before, self._seen[pane] = self._seen.get(pane, box), box
        same = before.w == box.w and before.h == box.h
        return same and PANS < abs(box.x - before.x) < box.w / 8
