"""Titles of chapters: what the host asked, the term that a chapter is about, or a whole thought.

Where a language's file has `[nouns]`, terms are nouns, and questions and thoughts that lean on
something are no titles; a noun that few lines say is better than such a sentence.

A term is about a chapter if it is said there again and again, and much more often than elsewhere in
the talk (Church and Gale 1995, "Inverse document frequency", make the same point of words).
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts import nouns
from pipeline.texts.chatter import asks
from pipeline.texts.collocations import Term, as_heading, terms_of
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.section_headings import SectionHeadings
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.unfit_sentences import restarts

MIN_TITLE_WORDS = 2
MIN_QUESTION_CHARS = 24  # minimum characters of a question as a title
OPENING_LINES = 4  # first lines of a chapter, in which a question may be what it is about
EARLY_LINES = 8  # first lines of a chapter, in which its term is mostly said first
EARLY_GAIN = 1.5  # gain of a term that is said there
MIN_LINES = {1: 3, 2: 2}  # minimum lines of a chapter that say a name of one word, or a term of two
# minimum lift of a term: how much more often it is said in its chapter than elsewhere
MIN_LIFT = 2.0
FEW_LINES = {1: 2, 2: 2}  # minimum lines of a chapter that has no better title
HIGH_LIFT = 4.0  # minimum lift of a term that is said in so few
MIN_REPEATED = 2  # lines of a chapter with a noun that its title may be about
LONG_TERM_GAIN = 1.3  # gain of two words, which say more than one


class ChapterTitles:
    """The titles of the chapters of one talk; none is given twice."""

    def __init__(self, plan: Outline) -> None:
        self._plan = plan
        self._headings = SectionHeadings(plan, set())
        self._by_nouns = languages.language(plan.language).nouns is not None
        self._said: list[tuple[tuple[Term, str], ...]]
        if self._by_nouns:
            found = nouns.mentions([n.text for n in plan.lines], plan.language)
            self._said = [tuple(((noun,), form) for noun, form in line) for line in found]
        else:
            self._said = [terms_of(n.text, plan.language) for n in plan.lines]
        self._place = {n.index: at for at, n in enumerate(plan.lines)}
        self._terms: list[set[Term]] = [set(dict(said)) for said in self._said]
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
        plan = self._plan
        here = self._here(told)
        if len(told) > 1:
            yield from (self._asked(line) for line in told[:OPENING_LINES])
        yield self._term(told, here, MIN_LINES, MIN_LIFT)
        others = " ".join(
            n.text for n in plan.lines if not told[0].index <= n.index <= told[-1].index
        )
        heading = self._headings.heading([told], others)
        leans = bare(heading.partition(" ")[0]) in lexicon.grammar(plan.language).subjects
        if heading and not leans and (not self._by_nouns or self._states(heading, here)):
            yield heading  # "You're spending an output" says little without what was said before
        if self._by_nouns:
            spaces = languages.language(plan.language).spaces  # where not, fewer nouns are found
            yield self._term(told, here, FEW_LINES, HIGH_LIFT)
            if not spaces:
                asked = (self._headings.asked(line) for line in told[:OPENING_LINES])
                yield from (q for q in asked if nouns.asks_alone(q, None, plan.language))
            few = not spaces and len(plan.lines) < nouns.SHORT_TALK  # too few to repeat a noun
            if heading and not leans:
                alone = few or nouns.states_alone(heading, None, plan.language)
                yield heading if alone else ""

    def _asked(self, line: Line) -> str:
        """Return a host's question that can be a title, else ""."""
        asked, language = self._headings.asked(line), self._plan.language
        if not asked or not self._by_nouns:
            return asked
        named = {noun for (noun, *_) in self._terms[self._place[line.index]]}
        return asked if nouns.asks_alone(asked, named, language) else ""

    def _states(self, heading: str, here: Counter[Term]) -> bool:
        about = {noun for (noun, *_), count in here.items() if count >= MIN_REPEATED}
        return nouns.states_alone(heading, about, self._plan.language)

    def _here(self, told: Sequence[Line]) -> Counter[Term]:
        """Return how many lines of a chapter say each term."""
        return Counter(term for n in told for term in self._terms[self._place[n.index]])

    def _term(
        self,
        told: Sequence[Line],
        here: Counter[Term],
        least: Mapping[int, int],
        min_lift: float,
    ) -> str:
        """Return the term that a chapter is about, as a title, or ""."""
        at = [self._place[n.index] for n in told]
        early = {term for i in at[:EARLY_LINES] for term in self._terms[i]}
        expected = len(at) / len(self._plan.lines)
        worth: dict[Term, float] = {}
        for term, count in here.items():
            lift = count / (self._all[term] * expected)
            if (
                count >= least[len(term)]
                and lift >= min(min_lift, 0.9 / expected)
                and self._speakers.isdisjoint(term)
                and term not in self._named
                and lexicon.grammar(self._plan.language).emphatic.isdisjoint(term)
            ):
                gain = (EARLY_GAIN if term in early else 1.0) * LONG_TERM_GAIN ** (len(term) - 1)
                worth[term] = gain * count * math.log(1 + lift)
        for term in sorted(worth, key=lambda term: (worth[term], term), reverse=True):
            if title := self._as_title(term, told):
                self._named.add(term)
                return title
        return ""

    def _as_title(self, term: Term, told: Sequence[Line]) -> str:
        if not self._by_nouns:
            return as_heading(term, told, self._plan.language)
        forms = [form for line in self._said for other, form in line if other == term]
        return nouns.heading(forms, [n.text for n in told], self._plan.language)


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
