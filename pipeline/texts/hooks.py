"""Chooses what a thread or a post opens with: a moment that a stranger can begin to read."""

from collections.abc import Collection, Sequence

from pipeline.language import languages
from pipeline.language.cleanup import split_sentences
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    drop_reactions,
    moments,
    takeaways,
)
from pipeline.texts.genre import cast
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import has_verb, is_self_contained

MAX_SKIPPED_LINES = 3  # maximum lines of a moment, before a line that can open it
MIN_LEAD_LINES = 2
MAX_TEASERS = 3
MAX_REPORT_CHARS = 16  # before reported words that answer what a stranger has not heard
MIN_KEPT_SHARE = 0.6  # minimum share of a moment, for its later lines to open a text


def opening_moments(plan: Outline, hook: int) -> list[tuple[Line, ...]]:
    """Return the moments without reactions, the one to open with first, the others best first.

    hook: 1 opens with the best moment that can open a text, 2 with the second best, and so on; if
    there are fewer, with a sentence that stands alone before the best moment; without one, with
    the last of them. A list comes after all others: "Three things, in this order" does not tell a
    stranger what they are for.
    """
    told = [drop_reactions(moment) for moment in moments(plan)]
    tellers: Collection[str | None] = cast(plan.lines).tellers or (None,)
    opened = [
        (at, run)
        for at, moment in enumerate(told)
        if (run := _open(moment, plan.language, tellers))
    ]
    opened.sort(key=lambda found: _begins_list(found[1]))
    if not opened:
        first, *others = told
        return [_without_questions(first, tellers), *others]
    if hook > len(opened) and (teaser := _teaser(plan, told, hook - len(opened))):
        at, run = opened[0]
        return [(teaser, *run), *told[:at], *told[at + 1 :]]
    at, run = opened[min(hook, len(opened)) - 1]
    return [run, *told[:at], *told[at + 1 :]]


def _teaser(plan: Outline, told: Sequence[Sequence[Line]], number: int) -> Line | None:
    """Return a takeaway from outside the moments, the best if `number` is 1; None without."""
    found = takeaways(plan, {n.index for moment in told for n in moment}, 2 * MAX_TEASERS)
    found = sorted((n for n in found if not n.counted), key=lambda n: -n.weight)
    return found[number - 1] if number <= len(found) else None


def _begins_list(run: Sequence[Line]) -> bool:
    """Whether a run begins with the first point of a list, or announces it."""
    return any(line.counted == 1 for line in run[:2])


def _without_questions(moment: Sequence[Line], tellers: Collection[str | None]) -> tuple[Line, ...]:
    """Return a moment from the first thing on that is told rather than asked."""
    for skip, line in enumerate(moment):
        if line.speaker in tellers and not line.question:
            return tuple(moment[skip:])
    return tuple(moment)


def _open(
    moment: Sequence[Line], language: str, tellers: Collection[str | None]
) -> tuple[Line, ...]:
    """Return a moment from a line on that a stranger can begin with, or nothing.

    What somebody else asks, or says before they ask, is no opening: what is told answers it without
    it, or not.
    """
    several = len({n.speaker for n in moment}) > 1
    opening_mark, _ = languages.language(language).quotation_marks
    total = sum(n.size for n in moment)
    for skip, line in enumerate(moment[: MAX_SKIPPED_LINES + 1]):
        rest = moment[skip:]
        if len(rest) < min(MIN_LEAD_LINES, len(moment)):
            break
        if sum(n.size for n in rest) < MIN_KEPT_SHARE * total:
            break
        first = strip_conjunction(split_sentences(line.text)[0], language)
        asked = (line.question and several) or (
            line.speaker not in tellers and (line.question or several)
        )
        announces = len(rest) > 1 and rest[1].counted == 1  # "Three things, in this order."
        alone = is_self_contained(first, language) and (announces or has_verb(first, language))
        answers = opening_mark in first[:MAX_REPORT_CHARS]  # "I said, “I do conservatories.”"
        if not (asked or answers) and line.solid and alone:
            return tuple(rest)
    return ()
