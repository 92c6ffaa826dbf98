"""Medians with their spread, and ratios of runs that took turns."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some runs, and the least and greatest of them."""

    median: float
    low: float
    high: float
    runs: int

    def fields(self, name: str) -> dict[str, float]:
        """Return the keys of a result row: NAME, "NAME low" and "NAME high"."""
        return {name: self.median, f"{name} low": self.low, f"{name} high": self.high}


def spread(values: Sequence[float]) -> Spread:
    """Return median and extremes. Raises ValueError without any value."""
    if not values:
        raise ValueError("no runs: a median needs at least one")
    return Spread(statistics.median(values), min(values), max(values), len(values))


def paired(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """Return theirs over ours, round by round, which evens out other load on the machine.

    Raises ValueError unless both have as many runs.
    """
    return spread([their / our for their, our in zip(theirs, ours, strict=True)])
