"""Titles of chapters and passages: what the host asks, or words that `title_fitness` chooses.

A title is also near what all of a chapter is about: one striking detail of five minutes is none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from pipeline.analysis.title_fitness import Rate
from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS, material, ranked
from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.text_limits import width
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline

MIN_QUESTION_CHARS = 20  # minimum characters of a question as a title
MIN_ASKED = 0.3  # minimum probability that it stands alone
OPENING_LINES = 4  # first lines, in which a question may be what all of it is about
MAX_ASIDE = 0.37  # mean probability of small talk or promotion, above which there is no title
MAX_TITLES = 12  # titles of a part that are tried; one is left if others have the best
CENTRAL_GAIN = 4.0  # nats for what the whole chapter is about, times the cosine


def titles(
    plan: Outline, parts: Sequence[Sequence[Line]], rate: Rate
) -> list[tuple[Statement, ...]]:
    """Return what each part of a talk could be called, the best first; () for none."""
    told = [[n for n in part if n.printable and not _chats(part)] for part in parts]
    found = [material([n.text for n in part], plan.language) for part in told]
    result = []
    for part, own, rated in zip(told, found, rate(found), strict=True):
        order = islice(ranked(rated.odds + CENTRAL_GAIN * rated.central), MAX_TITLES)
        texts = [*_asked(plan, part), *(own.clauses[at].text for at in order)]
        result.append(tuple(Statement(text=text, sources=_sources(text, part)) for text in texts))
    return result


def _chats(part: Sequence[Line]) -> bool:
    return sum(n.aside for n in part) > MAX_ASIDE * len(part)


def _asked(plan: Outline, part: Sequence[Line]) -> Iterator[str]:
    """Yield the host's questions that can be a title."""
    for line in part[:OPENING_LINES]:
        text = strip_conjunction(line.text, plan.language)
        asked = line.question and line.speaker in plan.cast.hosts and line.alone >= MIN_ASKED
        fits = MIN_QUESTION_CHARS <= width(text) <= MAX_TITLE_CHARS
        if asked and fits and len(split_sentences(text)) == 1:
            yield text


def entitle(plan: Outline, rate: Rate) -> Outline:
    """Return an outline whose passages have titles."""
    every = [*plan.moments, *plan.sections]
    found = titles(plan, [p.lines for p in every], rate)
    named = [replace(p, titles=own) for p, own in zip(every, found, strict=True)]
    count = len(plan.moments)
    return replace(plan, moments=tuple(named[:count]), sections=tuple(named[count:]))


def first_new(found: Iterable[Statement], taken: set[tuple[str, ...]]) -> Statement | None:
    """Return the first title that is not taken, as `cleanup.plain` has it, and take it."""
    for title in found:
        if (words := plain(title.text)) not in taken:
            taken.add(words)
            return title
    return None


def _sources(title: str, part: Sequence[Line]) -> tuple[int, ...]:
    """Return the sentence that has all of a title; () if none has."""
    words = title.rstrip(".?!").casefold()
    return next(((n.index,) for n in part if words in n.text.casefold()), ())
