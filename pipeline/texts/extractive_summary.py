"""Chooses what an article tells of each topic.

The best moments are told whole: a story without its middle is none. Of every topic there is
something: passages, sentences that follow one another, since what was said in one breath reads as
one thought. Those that hold words which set the topic apart come first; what is left of the room
goes where most is said. A passage begins with what stands alone.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pipeline.language import lexicon
from pipeline.language.disfluencies import bare
from pipeline.texts.content_selection import rounded, told
from pipeline.texts.outline import Line, Outline
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS

Topic = tuple[Line, ...]
Passage = tuple[Line, ...]

WHOLE = 1.0, 0.4  # of the room that moments may take, of a short and of a long talk …
SHORT_S, LONG_S = 600.0, 2700.0  # … which are so long; the best one is told in any case
EVEN = 0.8  # of the room that topics share evenly; the rest goes by what they weigh
TOPIC = 520  # characters of an article to one topic
MOST_TOPICS = 12
TERMS = 6  # that set a topic apart
TERM = 0.3  # what each that was not told yet adds to a passage's worth
NEW_TERMS = 4  # of them count, in one passage
MAX_PASSAGE_LINES = 7  # lines of a passage
LONGER = 0.06  # in favour of each doubling of a passage: fewer seams
OPENS_WELL = 0.1  # in favour of a passage that begins with what asks, advises or surprises
WORTH = 0.65  # of the weight of a moment's middle line: from here on a passage says something
MIN_PASSAGE_CHARS = 120  # characters of a passage
SOLID = 0.75  # of its characters are in sentences that neither doubt nor talk about the talk


def condensed(plan: Outline, room: float, aside: Collection[int]) -> list[list[Passage]]:
    """Passages of each topic, in order; `room` in characters, `aside` are told elsewhere."""
    whole = _whole(plan, room * float(np.interp(plan.lines[-1].end_s, (SHORT_S, LONG_S), WHOLE)))
    topics = _merged(plan.topics, max(1, min(MOST_TOPICS, round(room / TOPIC))))
    weights = [sum(n.weight * n.size for n in t if not n.chatter) for t in topics]
    total = max(1e-9, sum(weights))
    pools, left = [], room
    for topic, weight, terms in zip(topics, weights, _terms(topics, plan.language), strict=True):
        kept = {n.index for n in topic if n.index in whole and n.index not in aside}
        pool = _Pool(topic, kept, terms, _candidates(plan, topic, terms, kept | set(aside)))
        told_anyway = sum(n.size for n in topic if n.index in kept)
        share = room * (EVEN / len(topics) + (1 - EVEN) * weight / total)
        left -= told_anyway + _fill([pool], share - told_anyway)
        pools.append(pool)
    _fill(pools, left)  # what some topics had no use for
    return [runs for pool in pools if (runs := pool.runs())]


def _whole(plan: Outline, room: float) -> set[int]:
    """Indices of the lines of the best moments that fit."""
    found: set[int] = set()
    for n, moment in enumerate(map(rounded, plan.moments)):
        size = sum(line.size for line in moment)
        if n == 0 or size <= room:
            found |= {line.index for line in moment if not line.chatter}
            room -= size
    return found


def _merged(topics: Sequence[Topic], most: int) -> list[Topic]:
    """At most so many: the shortest goes to the shorter of its neighbours."""
    found = list(topics)
    while len(found) > most:
        at = min(range(len(found)), key=lambda n: len(found[n]))
        beside = [n for n in (at - 1, at + 1) if 0 <= n < len(found)]
        other = min(beside, key=lambda n: len(found[n]))
        first = min(at, other)
        found[first : first + 2] = [found[first] + found[first + 1]]
    return found


def _terms(topics: Sequence[Topic], language: str) -> list[set[str]]:
    """Words of each topic that the others have less (tf-idf: Salton and Buckley, 1988)."""
    counts = [Counter(w for n in t if not n.chatter for w in _words(n, language)) for t in topics]
    spread = Counter(word for count in counts for word in count)

    def own(count: Counter[str]) -> set[str]:
        def rank(word: str) -> tuple[float, str]:
            return -count[word] * math.log(1 + len(topics) / spread[word]), word

        return set(sorted((word for word in count if count[word] > 1), key=rank)[:TERMS])

    return [own(count) for count in counts]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage, its mean weight, and which of the words that set its topic apart it has."""

    lines: Passage
    weight: float
    terms: frozenset[str]

    @property
    def size(self) -> int:
        return sum(n.size for n in self.lines)

    def worth(self, open_terms: Collection[str]) -> float:
        """Higher is better; `open_terms` are those that nothing told yet has."""
        new = sum(term in open_terms for term in self.terms)
        opening = self.lines[0].question or self.lines[0].general
        longer = LONGER * math.log2(len(self.lines))
        return self.weight + TERM * min(NEW_TERMS, new) + longer + OPENS_WELL * opening


@dataclass(slots=True)
class _Pool:
    """A topic: what is told of it, and what may be."""

    topic: Topic
    kept: Collection[int]  # indices of lines of moments
    open_terms: set[str]
    left: list[_Candidate]
    chosen: list[Passage] = field(default_factory=list)

    def best(self, room: float) -> _Candidate | None:
        """What of it is worth most, in at most `room` characters."""
        fitting = (c for c in self.left if c.size <= room)
        return max(fitting, key=lambda c: c.worth(self.open_terms), default=None)

    def take(self, taken: _Candidate) -> None:
        """Tell it; what overlaps is gone."""
        self.chosen.append(taken.lines)
        self.open_terms -= taken.terms
        first, last = taken.lines[0].index, taken.lines[-1].index
        self.left = [c for c in self.left if c.lines[-1].index < first or c.lines[0].index > last]

    def runs(self) -> list[Passage]:
        """What is told, in order: moments, and the passages that were chosen."""
        inside = {n.index: at for at, passage in enumerate(self.chosen) for n in passage}
        lines = [n for n in self.topic if n.index in self.kept or n.index in inside]
        if not lines:
            return []
        breaks = [
            at
            for at, (a, b) in enumerate(pairwise(lines), 1)
            if inside.get(a.index) != inside.get(b.index)
        ]
        return [tuple(lines[a:b]) for a, b in pairwise([0, *breaks, len(lines)])]


def _fill(pools: Sequence[_Pool], room: float) -> int:
    """Choose from the pools, the best first, up to `room` characters; returns how many."""
    told_of = 0
    while True:
        found = [(pool, best) for pool in pools if (best := pool.best(room - told_of))]
        if not found:
            return told_of
        pool, best = max(found, key=lambda pair: pair[1].worth(pair[0].open_terms))
        pool.take(best)
        told_of += best.size


def _candidates(
    plan: Outline, topic: Topic, terms: Collection[str], taken: Collection[int]
) -> list[_Candidate]:
    has = {n.index: {bare(t) for t in n.text.split()} & set(terms) for n in topic}
    return [
        _Candidate(p, _mean(p), frozenset().union(*(has[n.index] for n in p)))
        for run in _free(topic, taken)
        for p in _within(run, plan)
    ]


def _free(topic: Topic, taken: Collection[int]) -> Iterator[Topic]:
    """Runs of lines that are neither taken nor chatter, nothing between them."""
    run: list[Line] = []
    for line in topic:
        gone = line.chatter or line.index in taken
        if run and (gone or line.index != run[-1].index + 1):
            yield tuple(run)
            run = []
        if not gone:
            run.append(line)
    yield tuple(run)


def _within(run: Topic, plan: Outline) -> Iterator[Passage]:
    """Passages of a run that may stand: they begin alone, end with a statement, say something."""
    for first, line in enumerate(run):
        asked = first > 0 and run[first - 1].question and not line.question
        if (asked and run[first - 1].speaker != line.speaker) or not _opens(line):
            continue  # an answer needs its question
        for last in range(first, min(len(run), first + MAX_PASSAGE_LINES)):
            if run[last].question or not run[last].solid:
                continue
            passage = told(run[first : last + 1])
            if passage[0] != line or sum(n.size for n in passage) < MIN_PASSAGE_CHARS:
                continue
            if _mean(passage) >= WORTH * plan.bar and _mostly_solid(passage):
                yield passage


def _opens(line: Line) -> bool:
    """Whether a passage may begin here."""
    return (
        line.alone
        and (line.solid or line.question)
        and line.size >= MIN_SENTENCE_CHARS
        and not line.counted
    )


def _mean(passage: Passage) -> float:
    size = sum(n.size for n in passage)
    return sum(n.weight * n.size for n in passage) / size


def _mostly_solid(passage: Passage) -> bool:
    size = sum(n.size for n in passage)
    return sum(n.size for n in passage if n.solid or n.question) >= SOLID * size


def _words(line: Line, language: str) -> set[str]:
    small = lexicon.stop_words(language)
    return {w for t in line.text.split() if len(w := bare(t)) > 3 and w not in small}
