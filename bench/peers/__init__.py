"""The engines that are compared, each loaded in a process of its own (`python -m bench.peers`).

Every module here has `load(threads, weights)`, which returns an `Engine` whose weights are in
memory. Peers run with their own defaults but for what is named in `settings`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an engine made of one file; word times in seconds from the file's beginning."""

    text: str
    words: tuple[tuple[str, float, float], ...]  # word, start, end
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A loaded engine."""

    settings: str
    packages: tuple[str, ...]  # whose versions belong to its figures
    hear: Callable[[Path], Heard]
