"""Whole jobs of the product and of a peer, each in a process (`python -m bench.whole_job`).

Every side answers the same request with the same facts, so `bench.job` need not tell them apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Span = tuple[float, float]  # start and end in the source, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A job to do; clips go to `out`."""

    file: Path
    out: Path
    clips: int | None  # None: the side's own number
    spans: tuple[Span, ...] = ()  # to render in place of its own picks, which it makes all the same
    encoder: tuple[str, int, str] | None = None  # preset, CRF, pictures a second; None: its own
    lossless: bool = False  # after the clock has stopped, encode the first clip without loss, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a job gave; times count from its beginning."""

    stages: dict[str, float]  # seconds by stage
    first_s: float  # until the first clip was finished
    picks: tuple[Span, ...]
    clips: tuple[Path, ...]
    texts: tuple[str, ...]  # kinds
    finish: Callable[[], Path | None]  # encodes the first clip without loss; None if not asked to


Side = Callable[[Request], Made]
