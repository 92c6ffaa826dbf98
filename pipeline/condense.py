"""Chooses what an article tells of each topic. Knows no form of text.

The best moments are told whole: a story without its middle is none. Of every topic there is
something, first of all sentences with the words that set it apart from the others; what is left of
the room goes where most is said. A sentence that points back brings along what it points to.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from pipeline import words
from pipeline.outline import Line, Outline
from pipeline.selection import opened
from pipeline.spoken import bare

Topic = tuple[Line, ...]

WHOLE = 0.65  # of the room that moments may take; the best one is told in any case
EVEN = 0.6  # of the room that topics share evenly; the rest goes by what they weigh
TOPIC = 650  # characters of an article to one topic
MOST_TOPICS = 12
TERMS = 6  # that set a topic apart
TERM = 0.6  # what one that was not told yet adds to a line's weight
NEW_TERMS = 3  # of them count, in one line
LEAST = 3  # lines that make a section, where none of them is a moment's
LEAD_IN = 3  # lines that a line may bring along
WORTH = 0.75  # of the weight of a moment's middle line: from here on a line says something
SHORTEST = 30  # characters of a line that does


def condensed(plan: Outline, room: float, aside: Collection[int]) -> list[list[Line]]:
    """Lines of each topic, in order; `room` in characters, `aside` are told elsewhere."""
    whole = _whole(plan, WHOLE * room)
    topics = _merged(plan.topics, max(1, min(MOST_TOPICS, round(room / TOPIC))))
    weights = [sum(n.weight * len(n.text) for n in t if not n.chatter) for t in topics]
    total = max(1e-9, sum(weights))
    terms = _terms(topics, plan.language)
    found = []
    for topic, weight, own in zip(topics, weights, terms, strict=True):
        share = room * (EVEN / len(topics) + (1 - EVEN) * weight / total)
        told = {n.index for n in topic if n.index in whole}
        share -= sum(len(n.text) for n in topic if n.index in told)
        here = tuple(n for n in topic if n.index not in aside)
        usable = {n.index for n in here if n.index not in told and _says_something(n, plan)}
        told |= _chosen(here, usable, told, own, share)
        lines = [n for n in topic if n.index in told and n.index not in aside]
        if len(lines) >= LEAST or any(n.index in whole for n in lines):
            found.append(lines)
    return found


def _says_something(line: Line, plan: Outline) -> bool:
    """Whether a line outside the moments may stand in an article."""
    return not line.chatter and len(line.text) >= SHORTEST and line.weight >= WORTH * plan.bar


def _whole(plan: Outline, room: float) -> set[int]:
    """Indices of the lines of the best moments that fit."""
    found: set[int] = set()
    for n, moment in enumerate(map(opened, plan.moments)):
        size = sum(len(line.text) for line in moment)
        if n == 0 or size <= room:
            found |= {line.index for line in moment}
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


def _chosen(
    topic: Topic, usable: set[int], told: set[int], terms: set[str], room: float
) -> set[int]:
    """Indices of the weightiest usable lines, those with new terms first, up to `room` characters.

    A line that points back brings along the very ones before it, or stays away: pointing at
    another it would say what nobody said. `told` are in the article anyway.
    """
    lines = {line.index: line for line in topic}
    found: set[int] = set()
    left, open_terms = [lines[i] for i in sorted(usable)], set(terms)

    def worth(line: Line) -> float:
        new = len(open_terms & {bare(t) for t in line.text.split()})
        return line.weight + TERM * min(NEW_TERMS, new)

    while left:
        line = max(left, key=worth)
        left.remove(line)
        run = _led_in(line, lines, found | told)
        fresh = [n for n in run if n.index not in found]
        size = sum(len(n.text) for n in fresh)
        if not fresh or size > room:
            continue
        room -= size
        found |= {n.index for n in fresh}
        open_terms -= {bare(t) for n in fresh for t in n.text.split()}
    return found


def _led_in(line: Line, lines: Mapping[int, Line], told: Collection[int]) -> list[Line]:
    """The line and those that it leans on, as far as they are not told; none where one is lost."""
    run = [line]
    while not run[0].alone and run[0].index - 1 not in told:
        before = lines.get(run[0].index - 1)
        if before is None or before.chatter or len(run) > LEAD_IN:
            return []
        run.insert(0, before)
    return run


def _words(line: Line, language: str) -> set[str]:
    small = words.stop_words(language)
    return {w for t in line.text.split() if len(w := bare(t)) > 3 and w not in small}
