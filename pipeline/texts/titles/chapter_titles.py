"""Titles of chapters: what the host asked, the term that a chapter is about, or a whole thought.

A term is about a chapter if it is said there again and again, and much more often than elsewhere in
the talk (Church and Gale 1995, "Inverse document frequency", make the same point of words). Where a
language's file has `[nouns]`, terms are nouns.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts.line import MIN_SURE, Line
from pipeline.texts.outline import Outline
from pipeline.texts.standing import standing
from pipeline.texts.titles import nouns
from pipeline.texts.titles.collocations import Term, as_heading, terms_of

MIN_QUESTION_CHARS = 20  # minimum characters of a question as a title
MIN_ASKED = 0.35  # minimum probability that it stands alone
OPENING_LINES = 4  # first lines of a chapter, in which a question may be what it is about
EARLY_LINES = 8  # first lines of a chapter, in which its term is mostly said first
EARLY_GAIN = 1.5  # gain of a term that is said there
MIN_LINES = {1: 3, 2: 2}  # minimum lines of a chapter that say a name of one word, or a term of two
# minimum lift of a term: how much more often it is said in its chapter than elsewhere
MIN_LIFT = 2.0
FEW_LINES = {1: 2, 2: 2}  # minimum lines of a chapter that has no better title
HIGH_LIFT = 4.0  # minimum lift of a term that is said in so few
LONG_TERM_GAIN = 1.3  # gain of two words, which say more than one


class ChapterTitles:
    """The titles of the chapters of one talk; none is given twice."""

    def __init__(self, plan: Outline, taken: Iterable[tuple[str, ...]] = ()) -> None:
        """taken: titles, as `cleanup.plain` returns them, that are not given."""
        self._plan = plan
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
        self._taken = set(taken)

    def take(self, title: str) -> bool:
        """Return whether a title is new, and remember it."""
        new = plain(title) not in self._taken
        self._taken.add(plain(title))
        return new

    def find(self, first: int, until: int | None, *, thoughts: bool = True) -> Statement | None:
        """Return the title of the sentences from `first` to before `until`, or None.

        thoughts: whether one of the sentences themselves may be the title.
        """
        plan = self._plan
        end = plan.lines[-1].index + 1 if until is None else until
        told = [n for n in plan.lines if first <= n.index < end and n.aside < MIN_SURE]
        if not told:
            return None
        titles = (t for t in self._candidates(told, thoughts=thoughts) if t)
        title = next((t for t in titles if width(t) <= MAX_TITLE_CHARS and self.take(t)), "")
        if not title:
            return None
        sources = [n.index for n in told if title.rstrip(".?!").casefold() in n.text.casefold()]
        return Statement(text=title, sources=tuple(sources[:1]))

    def _candidates(self, told: Sequence[Line], *, thoughts: bool) -> Iterator[str]:
        """Yield titles, the best first."""
        here = self._here(told)
        if len(told) > 1 and thoughts:
            yield from map(self._asked, told[:OPENING_LINES])
        yield self._term(told, here, MIN_LINES, MIN_LIFT)
        if thoughts:
            whole = (n.text.rstrip(".。") for n in standing(self._plan, MAX_TITLE_CHARS, told))
            yield from (text for text in whole if text[-1:] not in "!！")
        if self._by_nouns:
            yield self._term(told, here, FEW_LINES, HIGH_LIFT)
        if thoughts:
            sure = sorted((n for n in told if n.printable), key=lambda n: -n.alone)
            yield from (n.text.rstrip(".。") for n in sure if n.alone >= MIN_ASKED)

    def _asked(self, line: Line) -> str:
        """Return a host's question that can be a title, else ""."""
        hosts = self._plan.cast.hosts
        asked = strip_conjunction(line.text, self._plan.language)
        fits = line.question and line.speaker in hosts and width(asked) >= MIN_QUESTION_CHARS
        whole = line.printable and line.alone >= MIN_ASKED and len(split_sentences(asked)) == 1
        return asked if fits and whole else ""

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
