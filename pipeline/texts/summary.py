"""Sums up a talk in its own sentences: a summary, and points to take away."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.texts import Statement
from pipeline.language import languages
from pipeline.texts.content_selection import moments, strip_frame, takeaways
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline

MIN_TAKEAWAYS = 3  # that make a list
MAX_TAKEAWAYS = 5
MAX_SUMMARY_SENTENCES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What stands around the sections of an article, and sums up a talk elsewhere."""

    summary: Sequence[Line]  # at most three, in the order spoken
    points: Sequence[Line]  # takeaways: at least three, or none

    @property
    def used(self) -> set[int]:
        """Return the lines that the sections leave out: all but those of moments."""
        return {n.index for n in (*self.summary, *self.points) if not n.moment}


def point(line: Line, language: str) -> Statement:
    """Return a line as a sentence that stands alone."""
    return Statement(text=strip_frame(line, language), sources=line.sources)


def summarize(plan: Outline) -> Summary:
    """Choose the summary and the takeaways among the sentences outside the moments."""
    inside = {n.index for moment in moments(plan) for n in moment}
    wanted = MAX_SUMMARY_SENTENCES + MAX_TAKEAWAYS
    found = takeaways(plan, inside, wanted)
    summary = _spread([n for n in found if not n.counted], plan.lines[-1].index)
    points = [n for n in found if n not in summary]
    if len(summary) < MAX_SUMMARY_SENTENCES:  # restate what the moments come to
        outside = {n.index for n in plan.lines} - inside
        telling = [n for n in takeaways(plan, outside, wanted) if n.general and not n.counted]
        missing = MAX_SUMMARY_SENTENCES - len(summary)
        best = sorted(telling, key=lambda n: -n.weight)[:missing]
        summary = sorted([*summary, *best], key=lambda n: n.index)
    listed = languages.language(plan.language).takeaways_heading
    return Summary(
        summary=summary, points=points if listed and len(points) >= MIN_TAKEAWAYS else ()
    )


def _spread(lines: Sequence[Line], last: int) -> list[Line]:
    """Return three lines, of each third of a talk if possible; `last`: the index of its end."""
    thirds: dict[int, Line] = {}
    for line in sorted(lines, key=lambda n: n.weight):
        thirds[min(2, 3 * line.index // max(1, last))] = line
    left = [n for n in sorted(lines, key=lambda n: -n.weight) if n not in thirds.values()]
    found = [*thirds.values(), *left[: MAX_SUMMARY_SENTENCES - len(thirds)]]
    return sorted(found, key=lambda n: n.index)
