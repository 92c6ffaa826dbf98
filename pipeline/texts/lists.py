"""Finds lists in speech: "First, …", "Second, …"."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.cleanup import together
from pipeline.language.enumerations import uncounted
from pipeline.texts.outline import Line

MIN_POINTS = 2  # of a list


@dataclass(frozen=True, slots=True)
class Steps:
    """A run of lines that contains a list."""

    before: tuple[Line, ...]
    points: tuple[str, ...]  # without their "First" or "Second"
    after: tuple[Line, ...]


def steps(run: Sequence[Line], language: str) -> Steps | None:
    """Return the first list in a run; None without a list, or if several people speak in it.

    A point extends to the next one; the last point is one sentence.
    """
    starts: list[int] = []
    for at, line in enumerate(run):
        if line.counted == len(starts) + 1:
            starts.append(at)
    ends = [*starts[1:], starts[-1] + 1] if starts else []
    voices = {n.speaker for n in run[starts[0] : ends[-1]]} if starts else set()
    if len(starts) < MIN_POINTS or len(voices) > 1:
        return None
    points = tuple(
        uncounted(together(n.text for n in run[a:b]), language)
        for a, b in zip(starts, ends, strict=True)
    )
    return Steps(before=tuple(run[: starts[0]]), points=points, after=tuple(run[ends[-1] :]))
