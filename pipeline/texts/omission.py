"""Condenses an interview that nearly fits an article: it is printed exchange by exchange.

A reader follows a conversation best as it was held. Exchanges that say little are left out, and
more of them until the rest fits.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.texts.content_selection import drop_reactions
from pipeline.texts.exchanges import MAX_LEAD_CHARS, Exchanges
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline

MAX_SURPLUS = 1.6  # of what is told to the room; of a longer talk, only passages are chosen
MOMENT_GAIN = 1.0  # for the share of a unit that is of a moment
MIN_UNIT_CHARS = 60
MIN_WORTH_SHARE = 0.62  # of the median line of a moment, for a short exchange
MIN_LONG_WORTH_SHARE = 0.45  # the same for a longer answer, which a guest gives for a reason
MIN_LONG_CHARS = 250
MAX_DEPENDENT_CHARS = 60  # of a sentence that says nothing without one that is left out

Passage = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """An exchange."""

    lines: Passage
    topic: int

    @property
    def size(self) -> int:
        return sum(n.size for n in self.lines)

    @property
    def worth(self) -> float:
        """Return how much it says, higher is better."""
        answer = [n for n in self.lines if not n.question]
        weight = sum((n.weight + MOMENT_GAIN * n.moment) * n.size for n in answer)
        return weight / max(1, sum(n.size for n in answer))


def omit(plan: Outline, room: float, aside: Collection[int]) -> list[list[Passage]] | None:
    """Return what is told of each topic, in order; None if a talk is no interview, or too long.

    `room` in characters; `aside`: positions of lines that are told elsewhere.
    """
    exchanges = Exchanges(plan.lines)
    if not exchanges.found:
        return None
    units = list(_units(plan, exchanges, aside))
    size = sum(unit.size for unit in units)
    if not units or size > MAX_SURPLUS * room:
        return None
    for lightest in sorted(units, key=lambda unit: unit.worth):
        if size <= room:
            break
        if sum(unit.topic == lightest.topic for unit in units) > 1:
            units.remove(lightest)
            size -= lightest.size
    return [[unit.lines for unit in run] for _, run in groupby(units, lambda unit: unit.topic)]


def _units(plan: Outline, exchanges: Exchanges, aside: Collection[int]) -> Iterator[_Unit]:
    topic_of = {n.index: at for at, topic in enumerate(plan.topics) for n in topic}
    for question, said in exchanges.units():
        told = _drop_noise([n for n in said if n.index not in aside], exchanges)
        lines = _trim((*question, *drop_reactions(told)), plan.bar) if told else ()
        while lines and lines[-1].question:
            lines = lines[:-1]
        if not lines or sum(n.size for n in lines) < MIN_UNIT_CHARS:
            continue
        unit = _Unit(lines, topic_of[max(lines, key=lambda n: n.size).index])
        least = MIN_WORTH_SHARE if unit.size < MIN_LONG_CHARS else MIN_LONG_WORTH_SHARE
        if unit.worth >= least * plan.bar:
            yield unit


def _trim(lines: Passage, bar: float) -> Passage:
    """Return an exchange without what is worth little before or after a moment in it."""
    inside = [at for at, n in enumerate(lines) if n.moment]
    if not inside:
        return lines
    first, last = inside[0], inside[-1] + 1
    before, after = lines[:first], lines[last:]
    if _is_dull(before, bar) and lines[first].opens:
        before = ()
    return (*before, *lines[first:last], *(() if _is_dull(after, bar) else after))


def _is_dull(lines: Passage, bar: float) -> bool:
    """Return whether lines are more than a lead to what follows, and worth little."""
    size = sum(n.size for n in lines)
    weight = sum(n.weight * n.size for n in lines)
    return size > MAX_LEAD_CHARS and weight < MIN_WORTH_SHARE * bar * size


def _drop_noise(lines: Sequence[Line], exchanges: Exchanges) -> list[Line]:
    """Drop small talk, talk about the talk and reactions, with what depends on them."""
    found: list[Line] = []
    dropped = False
    for line in lines:
        depends = dropped and not line.opens and line.size <= MAX_DEPENDENT_CHARS
        noise = line.noise and not exchanges.begins_answer(line)
        dropped = line.chatter or line.ceremony or noise or depends
        if not dropped:
            found.append(line)
    return found
