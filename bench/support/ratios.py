"""Reads from results the figures that do not depend on how fast the machine is.

These are ratios to a peer in the same run, exponents, and ratios of two lengths. They can be
compared between machines, and with the results that are committed; seconds cannot.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WORSE = 0.10  # by which a figure must be worse to count, if it is also outside the spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A figure and its spread; without runs to tell, the spread is the figure alone."""

    name: str
    value: float
    low: float
    high: float
    more_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Regression:
    """A figure that became worse."""

    name: str
    before: Ratio
    now: Ratio

    @property
    def worse_by(self) -> float:
        """How much worse it is, as a share of what it was."""
        change = self.now.value / self.before.value - 1
        return -change if self.now.more_is_better else change

    def __str__(self) -> str:
        was, is_ = self.before, self.now
        return (
            f"{self.name}: {is_.value:.3g} ({is_.low:.3g}–{is_.high:.3g}), was {was.value:.3g} "
            f"({was.low:.3g}–{was.high:.3g}): {self.worse_by:.0%} worse"
        )


def _ratio(name: str, row: Mapping[str, Any], key: str, *, more: bool = True) -> Ratio:
    value = float(row[key])
    low, high = float(row.get(f"{key} low", value)), float(row.get(f"{key} high", value))
    return Ratio(name=name, value=value, low=low, high=high, more_is_better=more)


def _asr(found: Mapping[str, Any]) -> Iterator[Ratio]:
    for row in found["speed"][1:]:
        if isinstance(row.get("s / ours"), float) and row["engine"] != "KlipFast":
            yield _ratio(f"recognition of {row['file']}, {row['engine']}", row, "s / ours")


def _render(found: Mapping[str, Any]) -> Iterator[Ratio]:
    for row in found["rows"]:
        if row["side"] != "ours":
            name = f"rendering of {row['file']}, {row['quality']}, {row['side']}"
            yield _ratio(name, row, "ours is")


def _job(found: Mapping[str, Any]) -> Iterator[Ratio]:
    for row in found["rows"]:
        if "time ÷ ours" in row:
            yield _ratio(f"whole job of {row['file']}, {row['side']}", row, "time ÷ ours")


def _api(found: Mapping[str, Any]) -> Iterator[Ratio]:
    bare, *ours = found["rows"]
    for row in ours:
        value = row["p50 ms"] / bare["p50 ms"]
        name = f"median latency, {row['server']} ÷ {bare['server']}"
        yield Ratio(name=name, value=value, low=value, high=value, more_is_better=False)


def _growth(found: Mapping[str, Any]) -> Iterator[Ratio]:
    for row in found["laws"]:
        clips = row["number of clips"]
        yield _ratio(f"exponent of time, clips: {clips}", row, "time", more=False)
        yield _ratio(f"growth of memory, clips: {clips}", row, "peak memory", more=False)


READERS: dict[str, Callable[[Mapping[str, Any]], Iterator[Ratio]]] = {
    "asr": _asr,
    "render": _render,
    "job": _job,
    "api": _api,
    "growth": _growth,
}


def ratios(name: str, found: Mapping[str, Any]) -> dict[str, Ratio]:
    """Return the comparable figures of a result by name. Raises KeyError for a foreign format."""
    return {ratio.name: ratio for ratio in READERS[name](found)}


def regressions(before: Mapping[str, Ratio], now: Mapping[str, Ratio]) -> list[Regression]:
    """Return what is more than WORSE worse, and whose spread does not meet the former one."""
    pairs = [Regression(name, before[name], now[name]) for name in now if name in before]
    return [pair for pair in pairs if pair.worse_by > WORSE and _apart(pair)]


def _apart(pair: Regression) -> bool:
    """Return whether the better end of the new spread is worse than the worse end of the old."""
    if pair.now.more_is_better:
        return pair.now.high < pair.before.low
    return pair.now.low > pair.before.high
