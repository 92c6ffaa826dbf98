"""Chooses the sentences of each topic for an article.

The best moments are kept whole: a story needs its middle. Every topic contributes passages, runs of
successive sentences, because sentences spoken together read as one thought. Passages with words
that are specific to the topic come first; the remaining room goes to the passages with the most
content.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pipeline.language.disfluencies import bare
from pipeline.texts.content_selection import trim_moment
from pipeline.texts.exchanges import Exchanges
from pipeline.texts.omission import omit
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Least, Passage, Topic, content, free_runs, mean_weight, passages

MOMENTS_SHARE = 1.0, 0.2  # share of the room, for moments of a short and of a long talk
SHORT_S, LONG_S = 600.0, 2700.0  # a short and a long talk; the best moment is always kept
CHARS_PER_TOPIC = 520  # characters of an article for each topic
MAX_TOPICS = 12
MAX_TOPIC_SHARE = 1.3  # maximum share of the mean length of a topic
MAX_TERMS = 6  # that are specific to a topic
NEW_TERM_GAIN = 0.9  # that each new term adds to a passage's worth
MAX_NEW_TERMS = 6  # that count in one passage
DOUBLING_GAIN = 0.1  # for each doubling of a passage's length: fewer seams
ANSWER_GAIN = 0.2  # for a passage that is an answer from its beginning on
OPENING_GAIN = 0.1  # for a passage that begins with a question or advice
MIN_WEIGHT_SHARE = 0.55  # minimum share of the median line of a moment, for the weight of a passage
MIN_PASSAGE_CHARS = 180
PASSAGE_SHARE = 0.25  # share of a topic's characters that are enough for a passage in a short talk
# The same for a passage that tells what nothing else of its topic tells.
MIN_SPARE_WEIGHT_SHARE, MIN_SPARE_CHARS = 0.4, 120
MIN_TOLD_TERMS = 2  # minimum number of a topic's terms; with fewer, the topic is not told


def condense(plan: Outline, room: float, aside: Collection[int]) -> list[list[Passage]]:
    """Return passages of each topic, in order; `room` in characters, `aside` is used elsewhere.

    In an interview a passage may begin with an answer whose question can be printed before it.
    """
    if (nearly_all := omit(plan, room, aside)) is not None:
        return nearly_all
    exchanges = Exchanges(plan.lines)
    whole = _whole_moments(
        plan, room * float(np.interp(plan.lines[-1].end_s, (SHORT_S, LONG_S), MOMENTS_SHARE))
    )
    most = max(1, min(MAX_TOPICS, round(room / CHARS_PER_TOPIC)))
    topics = _merge(_split_long(plan.topics, most), most)
    pools, left = [], room
    for topic, terms in zip(topics, _terms(topics, plan.language), strict=True):
        kept = {n.index for n in topic if n.index in whole and n.index not in aside}
        taken = kept | set(aside)
        all_chars = PASSAGE_SHARE * sum(n.size for n in topic)
        strict, spare = (
            [
                _Candidate.of(p, terms, exchanges, seams)
                for run in free_runs(topic, taken)
                for p, seams in passages(run, exchanges, least, plan.language)
            ]
            for least in (
                Least(weight=MIN_WEIGHT_SHARE * plan.bar, chars=min(MIN_PASSAGE_CHARS, all_chars)),
                Least(
                    weight=MIN_SPARE_WEIGHT_SHARE * plan.bar, chars=min(MIN_SPARE_CHARS, all_chars)
                ),
            )
        )
        told = {w for n in topic if n.index in taken for w in content(n, plan.language)}
        pool = _Pool(topic, kept, terms, terms - told, strict, spare)
        kept_chars = sum(n.size for n in topic if n.index in kept)
        left -= kept_chars + _fill([pool], room / len(topics) - kept_chars)
        pools.append(pool)
    left -= _fill(pools, left)  # room that some topics did not need
    for pool in pools:
        left -= pool.complete(left)
    return [runs for pool in pools if (runs := pool.runs())]


def _whole_moments(plan: Outline, room: float) -> set[int]:
    """Return indices of the lines of the best moments that fit."""
    found: set[int] = set()
    for n, moment in enumerate(map(trim_moment, plan.moments)):
        size = sum(line.size for line in moment)
        if n == 0 or size <= room:
            found |= {line.index for line in moment if not line.chatter}
            room -= size
    return found


def _split_long(topics: Sequence[Topic], most: int) -> list[Topic]:
    """Halve topics that are much longer than the mean of `most`: each part of a talk is told."""
    limit = MAX_TOPIC_SHARE * sum(map(len, topics)) / most
    found: list[Topic] = []
    for topic in topics:
        parts = max(1, math.ceil(len(topic) / limit))
        ends = [round(n * len(topic) / parts) for n in range(parts + 1)]
        found += [topic[a:b] for a, b in pairwise(ends)]
    return found


def _merge(topics: Sequence[Topic], most: int) -> list[Topic]:
    """Merge topics down to `most`: the shortest goes to the shorter of its neighbors."""
    found = list(topics)
    while len(found) > most:
        at = min(range(len(found)), key=lambda n: len(found[n]))
        beside = [n for n in (at - 1, at + 1) if 0 <= n < len(found)]
        other = min(beside, key=lambda n: len(found[n]))
        first = min(at, other)
        found[first : first + 2] = [found[first] + found[first + 1]]
    return found


def _terms(topics: Sequence[Topic], language: str) -> list[set[str]]:
    """Return words specific to each topic (tf-idf: Salton and Buckley, 1988)."""
    counts = [Counter(w for n in t if not n.chatter for w in content(n, language)) for t in topics]
    document_counts = Counter(word for count in counts for word in count)

    def own(count: Counter[str]) -> set[str]:
        def rank(word: str) -> tuple[float, str]:
            return -count[word] * math.log(1 + len(topics) / document_counts[word]), word

        return set(sorted((word for word in count if count[word] > 1), key=rank)[:MAX_TERMS])

    return [own(count) for count in counts]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage, its mean weight, and its words that are specific to the topic."""

    lines: Passage
    weight: float
    terms: frozenset[str]
    answers: bool  # a question, from the beginning on
    seams: float  # what it gains by where it begins and ends

    @classmethod
    def of(
        cls, passage: Passage, terms: Collection[str], exchanges: Exchanges, seams: float
    ) -> "_Candidate":
        said = {bare(t) for n in passage for t in n.text.split()}
        return cls(
            passage,
            mean_weight(passage),
            frozenset(said.intersection(terms)),
            answers=exchanges.begins_answer(passage[0]),
            seams=seams,
        )

    @property
    def size(self) -> int:
        return sum(n.size for n in self.lines)

    def worth(self, open_terms: Collection[str]) -> float:
        """Return the value, higher is better; `open_terms` occur in no chosen passage yet."""
        new = sum(term in open_terms for term in self.terms)
        opening = self.lines[0].question or self.lines[0].general
        longer = DOUBLING_GAIN * math.log2(len(self.lines))
        return (
            self.weight
            + NEW_TERM_GAIN * min(MAX_NEW_TERMS, new)
            + longer
            + OPENING_GAIN * opening
            + ANSWER_GAIN * self.answers
            + self.seams
        )


@dataclass(slots=True)
class _Pool:
    """A topic: its kept lines and its candidate passages."""

    topic: Topic
    kept: Collection[int]  # indices of lines of moments
    terms: Collection[str]
    open_terms: set[str]
    left: list[_Candidate]
    spare: list[_Candidate]  # weaker ones as well, for a topic that is not told otherwise
    chosen: list[Passage] = field(default_factory=list)

    def best(self, room: float) -> _Candidate | None:
        """Return the best candidate of at most `room` characters."""
        fitting = (c for c in self.left if c.size <= room)
        return max(fitting, key=lambda c: c.worth(self.open_terms), default=None)

    def complete(self, room: float) -> int:
        """Add weaker passages until two of the topic's terms are told; return their characters."""
        added = 0
        while len(self.terms) - len(self.open_terms) < MIN_TOLD_TERMS:
            telling = [
                c for c in self.spare if c.terms & self.open_terms and c.size <= room - added
            ]
            if not telling:
                break
            best = max(telling, key=lambda c: (len(c.terms & self.open_terms), c.weight, -c.size))
            self.take(best)
            added += best.size
        return added

    def take(self, taken: _Candidate) -> None:
        """Choose a candidate; drop those that overlap with it."""
        self.chosen.append(taken.lines)
        self.open_terms -= taken.terms
        first, last = taken.lines[0].index, taken.lines[-1].index
        self.left, self.spare = (
            [c for c in found if c.lines[-1].index < first or c.lines[0].index > last]
            for found in (self.left, self.spare)
        )

    def runs(self) -> list[Passage]:
        """Return the topic's text in order: moments and chosen passages."""
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
    """Choose from the pools, the best first, up to `room` characters; return how many."""
    chosen_chars = 0
    while True:
        found = [(pool, best) for pool in pools if (best := pool.best(room - chosen_chars))]
        if not found:
            return chosen_chars
        pool, best = max(found, key=lambda pair: pair[1].worth(pair[0].open_terms))
        pool.take(best)
        chosen_chars += best.size
