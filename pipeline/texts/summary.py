"""Sums up a talk in its own sentences: a summary, and points to take away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile

from pipeline.core.texts import Statement
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import width
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    moments,
    strip_frame,
    takeaways,
)
from pipeline.texts.genre import cast
from pipeline.texts.hooks import opening_moments
from pipeline.texts.insight import named_subjects, subjects
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import says_again
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS

MIN_TAKEAWAYS = 3  # that make a list
MAX_TAKEAWAYS = 5
MAX_SUMMARY_SENTENCES = 3
LEAD_IN = 3  # lines before the first point of a list that announce it, and that point
MIN_OVERVIEW_SENTENCES = 2
SUBJECT_GAIN = 0.15  # gain of a sentence, for each of the talk's subjects that it names
FIGURE_COST = 0.4  # cost of a sentence with figures: a detail
MIN_TEASER_CHARS = 60  # minimum characters of the beginning of a moment
# minimum share of the median line of a moment, for a sentence from elsewhere
MIN_WEIGHT_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What stands around the sections of an article, and sums up a talk elsewhere."""

    summary: Sequence[Line]  # at most three, in the order spoken
    points: Sequence[Line]  # takeaways: at least three, or none

    @property
    def used(self) -> set[int]:
        """Return the lines that the sections leave out; what the summary says, they tell."""
        return {n.index for n in self.points if not n.moment}


def point(line: Line, language: str) -> Statement:
    """Return a line as a sentence that stands alone."""
    return Statement(text=strip_frame(line, language), sources=line.sources)


def summarize(plan: Outline) -> Summary:
    """Choose the summary and the takeaways among the sentences outside the moments."""
    inside = {n.index for moment in moments(plan) for n in moment}
    wanted = MAX_SUMMARY_SENTENCES + MAX_TAKEAWAYS
    found = takeaways(plan, inside, wanted)
    summary = _spread([n for n in found if not n.counted], plan)
    points = [n for n in found if n not in summary]
    if len(summary) < MAX_SUMMARY_SENTENCES:  # restate what the moments come to
        outside = {n.index for n in plan.lines} - inside
        telling = [n for n in takeaways(plan, outside, wanted) if n.general and not n.counted]
        missing = MAX_SUMMARY_SENTENCES - len(summary)
        best = sorted(telling, key=lambda n: -n.weight)[:missing]
        summary = sorted([*summary, *best], key=lambda n: n.index)
    listed = languages.language(plan.language).takeaways_heading
    return Summary(
        summary=summary if len(summary) >= MIN_OVERVIEW_SENTENCES else (),
        points=points if listed and len(points) >= MIN_TAKEAWAYS else (),
    )


def overview(plan: Outline, taken: Collection[tuple[str, ...]]) -> list[Statement]:
    """Return the summary without what is in `taken`; where it has hardly a sentence, another text.

    That is the beginning of the best moment, or else takeaways.
    taken: texts as `cleanup.plain` returns them.
    """
    told = [point(n, plan.language) for n in summarize(plan).summary]
    found = [s for s in told if not says_again(s.text, taken)]
    if len(found) >= MIN_OVERVIEW_SENTENCES:
        return found
    teaser = _teaser(plan, taken)
    if sum(width(s.text) for s in teaser) >= MIN_TEASER_CHARS:
        return teaser
    said = {*taken, *(plain(s.text) for s in found)}
    own = tuple(n for n in told_lines(plan) if not n.counted)  # a step says little alone
    best = takeaways(replace(plan, lines=own or plan.lines), (), MAX_TAKEAWAYS)
    others = (point(n, plan.language) for n in best)
    new = [s for s in others if not says_again(s.text, said)]
    new = new[: MAX_SUMMARY_SENTENCES - len(found)]
    return sorted([*found, *new], key=lambda s: s.sources)


def _teaser(plan: Outline, taken: Collection[tuple[str, ...]]) -> list[Statement]:
    """Return the beginning of the best moment, as far as one person tells it; maybe nothing.

    Without what is said elsewhere, and then from a sentence on that a stranger can begin with.
    """
    opening = opening_moments(plan, hook=1)[0][:MAX_SUMMARY_SENTENCES]
    told = takewhile(lambda n: n.speaker == opening[0].speaker and not n.question, opening)
    found = [
        Statement(text=strip_conjunction(n.text, plan.language), sources=n.sources) for n in told
    ]
    new = (s for s in found if not says_again(s.text, taken))
    return list(dropwhile(lambda s: not _begins(s.text, plan.language), new))


def _begins(text: str, language: str) -> bool:
    return width(text) >= MIN_SENTENCE_CHARS and is_self_contained(text, language)


def told_lines(plan: Outline) -> list[Line]:
    """Return the lines about the talk's subject: of who tells, not much lighter than a moment's.

    Those that announce a list are left out: without it they say nothing.
    """
    tellers = frozenset(cast(plan.lines).tellers)
    leading = {n.index - ahead for n in plan.lines if n.counted == 1 for ahead in range(LEAD_IN)}
    return [
        n
        for n in plan.lines
        if n.index not in leading
        and (n.speaker in tellers or not tellers)
        and (n.moment or n.weight >= MIN_WEIGHT_SHARE * plan.bar)
        and not (n.chatter or n.ceremony or n.explains)
    ]


def _spread(lines: Sequence[Line], plan: Outline) -> list[Line]:
    """Return three lines, of each third of a talk if possible, which name its subjects."""
    last, about = plan.lines[-1].index, subjects(plan.lines, plan.language)

    def rank(line: Line) -> float:
        named = SUBJECT_GAIN * named_subjects(line.text, about, plan.language)
        return line.weight + named - FIGURE_COST * any(c.isdigit() for c in line.text)

    thirds: dict[int, Line] = {}
    for line in sorted(lines, key=rank):
        thirds[min(2, 3 * line.index // max(1, last))] = line
    left = [n for n in sorted(lines, key=rank, reverse=True) if n not in thirds.values()]
    found = [*thirds.values(), *left[: MAX_SUMMARY_SENTENCES - len(thirds)]]
    return sorted(found, key=lambda n: n.index)
