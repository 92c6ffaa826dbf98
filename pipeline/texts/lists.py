"""Finds lists in what is said: "First, …", "Second, …"."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.cleanup import together
from pipeline.language.enumerations import uncounted
from pipeline.texts.outline import Line

MIN_POINTS = 2  # points that make a list


@dataclass(frozen=True, slots=True)
class Steps:
    """A run of lines with a list in it."""

    before: tuple[Line, ...]
    points: tuple[str, ...]  # without what counts them
    after: tuple[Line, ...]


def steps(run: Sequence[Line], language: str) -> Steps | None:
    """The first list in a run; None where nothing is counted, or another speaks in it.

    A point reaches up to the next one, the last is one sentence.
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
