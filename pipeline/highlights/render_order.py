"""Decides in which order the clips of a talk are rendered."""

from collections.abc import Sequence

from pipeline.core.data import Highlight
from pipeline.core.timemap import pieces_of


def render_order(highlights: Sequence[Highlight], *, at_once: int = 1) -> list[int]:
    """Return the indices of the highlights in the order in which they are to be rendered.

    One after the other, the shortest come first: no other order has a smaller mean time until a
    clip is there (Smith 1956, Various optimizers for single-stage production). `at_once`, the
    number that is rendered side by side, changes that: after the shortest, which is there soonest,
    come the longest, so that none is left to be rendered alone at the end (Graham 1969, Bounds on
    multiprocessing timing anomalies).
    """
    shortest = sorted(range(len(highlights)), key=lambda n: _shown_s(highlights[n]))
    return shortest if at_once == 1 else shortest[:1] + shortest[:0:-1]


def _shown_s(highlight: Highlight) -> float:
    """Return the seconds of a highlight that its clip shows."""
    return sum(piece.duration_s for piece in pieces_of(highlight))
