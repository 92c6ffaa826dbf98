"""The engines to compare, each loaded in a process of its own (`python -m bench.peers`).

Every module has a function `load(threads, weights)` that returns an `Engine` with its weights in
memory. Peers run with their own defaults except for those named in `settings`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An engine's transcript of a file; word times in seconds from the beginning of the file."""

    text: str
    words: tuple[tuple[str, float, float], ...]  # word, start, end
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A loaded engine."""

    settings: str
    packages: tuple[str, ...]  # whose versions are reported with the figures
    hear: Callable[[Path], Heard]
