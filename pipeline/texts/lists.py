"""Finds lists in speech: "First, …", "Second, …"."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.texts import Statement
from pipeline.language.cleanup import together
from pipeline.language.enumerations import uncounted
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.line import Line

MIN_POINTS = 2  # minimum points of a list
MAX_POINT_LINES = 3  # maximum lines of its last point


@dataclass(frozen=True, slots=True)
class Steps:
    """A run of lines that contains a list."""

    before: tuple[Line, ...]
    points: tuple[Statement, ...]  # without their "First" or "Second"
    after: tuple[Line, ...]


def steps(run: Sequence[Line], language: str) -> Steps | None:
    """Return the first list in a run; None without a list, or if several people speak in it.

    A point extends to the next one; the last point to the next sentence that stands alone.
    """
    starts: list[int] = []
    for at, line in enumerate(run):
        if line.counted == len(starts) + 1:
            starts.append(at)
    ends = [*starts[1:], _last_end(run, starts[-1])] if starts else []
    voices = {n.speaker for n in run[starts[0] : ends[-1]]} if starts else set()
    if len(starts) < MIN_POINTS or len(voices) > 1:
        return None
    points = tuple(
        Statement(
            text=strip_conjunction(
                together([uncounted(run[a].text, language), *(n.text for n in run[a + 1 : b])]),
                language,
            ),
            sources=tuple(n.index for n in run[a:b]),
        )
        for a, b in zip(starts, ends, strict=True)
    )
    return Steps(before=tuple(run[: starts[0]]), points=points, after=tuple(run[ends[-1] :]))


def _last_end(run: Sequence[Line], start: int) -> int:
    """Return where the last point ends: sentences that lean on it belong to it."""
    end = start + 1
    while (
        end < len(run)
        and end - start < MAX_POINT_LINES
        and run[end].speaker == run[start].speaker
        and not (run[end].alone or run[end].question)
    ):
        end += 1
    return end
