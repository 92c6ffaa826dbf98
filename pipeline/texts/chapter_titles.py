"""Titles of chapters: what the host asked, the term that a chapter is about, or a whole thought.

A term is about a chapter if it is said there again and again, and much more often than elsewhere in
the talk (Church and Gale 1995, "Inverse document frequency", make the same point of words).
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import lexicon
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts.chatter import asks
from pipeline.texts.collocations import Term, as_heading, terms_of
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.section_headings import SectionHeadings
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.unfit_sentences import restarts

MIN_TITLE_WORDS = 2
MIN_QUESTION_CHARS = 24  # of a question as a title
OPENING_LINES = 4  # of a chapter, in which a question may be what it is about
EARLY_LINES = 8  # of a chapter, in which its term is mostly said first
EARLY_GAIN = 1.5  # of a term that is said there
MIN_LINES = {1: 3, 2: 2}  # of a chapter that say a name of one word, or a term of two
MIN_LIFT = 2.0  # of a term: how much more often it is said in its chapter than elsewhere
LONG_TERM_GAIN = 1.3  # of two words, which say more than one


class ChapterTitles:
    """The titles of the chapters of one talk; none is given twice."""

    def __init__(self, plan: Outline) -> None:
        self._plan = plan
        self._headings = SectionHeadings(plan, set())
        self._terms = [set(dict(terms_of(n.text, plan.language))) for n in plan.lines]
        self._all = Counter(term for found in self._terms for term in found)
        self._speakers = {bare(word) for n in plan.lines if n.speaker for word in n.speaker.split()}
        self._named: set[Term] = set()

    def find(self, first: int, until: int | None) -> Statement | None:
        """Return the title of the sentences from `first` to before `until`, or None."""
        plan = self._plan
        end = plan.lines[-1].index + 1 if until is None else until
        told = [n for n in plan.lines if first <= n.index < end and not n.chatter]
        if not told:
            return None
        title = next((t for t in self._candidates(told) if _is_title(t, plan.language)), "")
        if not title:
            return None
        self._headings.take(title)
        sources = [n.index for n in told if title.rstrip(".?!").casefold() in n.text.casefold()]
        return Statement(text=title, sources=tuple(sources[:1]))

    def _candidates(self, told: Sequence[Line]) -> Iterator[str]:
        """Yield titles, the best first."""
        if len(told) > 1:
            yield from (self._headings.asked(line) for line in told[:OPENING_LINES])
        yield self._term(told)
        plan = self._plan
        others = " ".join(
            n.text for n in plan.lines if not told[0].index <= n.index <= told[-1].index
        )
        heading = self._headings.heading([told], others)
        if bare(heading.partition(" ")[0]) not in lexicon.grammar(plan.language).subjects:
            yield heading  # "You're spending an output" says little without what was said before

    def _term(self, told: Sequence[Line]) -> str:
        """Return the term that a chapter is about, as a title, or ""."""
        inside = {n.index for n in told}
        at = [i for i, n in enumerate(self._plan.lines) if n.index in inside]
        here = Counter(term for i in at for term in self._terms[i])
        early = {term for i in at[:EARLY_LINES] for term in self._terms[i]}
        expected = len(at) / len(self._plan.lines)
        worth: dict[Term, float] = {}
        for term, count in here.items():
            lift = count / (self._all[term] * expected)
            if (
                count >= MIN_LINES[len(term)]
                and lift >= min(MIN_LIFT, 0.9 / expected)
                and self._speakers.isdisjoint(term)
                and term not in self._named
                and lexicon.grammar(self._plan.language).emphatic.isdisjoint(term)
            ):
                gain = (EARLY_GAIN if term in early else 1.0) * LONG_TERM_GAIN ** (len(term) - 1)
                worth[term] = gain * count * math.log(1 + lift)
        if not worth:
            return ""
        best = max(worth, key=lambda term: (worth[term], term))
        self._named.add(best)
        return as_heading(best, told, self._plan.language)


def _is_title(text: str, language: str) -> bool:
    """Whether a heading is short and complete enough without any text below it."""
    return (
        bool(text)
        and width(text) <= MAX_TITLE_CHARS
        and not restarts(text, language)
        and not text.endswith(("!", "！"))
        and (not asks(text) or _is_whole_question(text, language))
    )


def _is_whole_question(text: str, language: str) -> bool:
    """Whether a question names what it asks for."""
    asked = text.rstrip("?？\u202f\u00a0 ")  # the mark may stand apart, which is no word
    return width(text) >= MIN_QUESTION_CHARS and is_self_contained(asked, language)
