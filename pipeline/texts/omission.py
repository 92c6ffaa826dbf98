"""Condenses an interview that nearly fits an article: it is printed exchange by exchange.

A reader follows a conversation best as it was held. Exchanges that say little are left out, and
more of them until the rest fits.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import drop_reactions
from pipeline.texts.exchanges import MAX_LEAD_CHARS, Exchanges
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.self_contained import has_verb, is_self_contained

MAX_SURPLUS = 1.6  # ratio of what is told to the room; of a longer talk, only passages are chosen
MOMENT_GAIN = 1.0  # for the share of a unit that is of a moment
MIN_UNIT_CHARS = 60
# minimum characters of the last exchange, which often takes leave: "Are you sailing today?"
MIN_LAST_CHARS = 150
MIN_WORTH_SHARE = 0.62  # minimum share of the median line of a moment, for a short exchange
MIN_LONG_WORTH_SHARE = 0.45  # the same for a longer answer, which a guest gives for a reason
MIN_LONG_CHARS = 250
# maximum characters of a sentence that says nothing without one that is left out
MAX_DEPENDENT_CHARS = 60

Passage = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """An exchange."""

    lines: Passage
    topic: int

    @property
    def size(self) -> int:
        return _size(self.lines)

    @property
    def worth(self) -> float:
        """Return how much it says, higher is better."""
        answer = [n for n in self.lines if not n.question]
        weight = sum((n.weight + MOMENT_GAIN * n.moment) * n.size for n in answer)
        return weight / max(1, _size(tuple(answer)))


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
    *held, (leaving, ending) = exchanges.units()
    for question, said in [*held, (leaving, exchanges.before_remark(ending))]:
        told = _drop_noise([n for n in said if n.index not in aside], exchanges)
        asked = [n for n in question if n.question]
        answer = tuple(n for n in drop_reactions((*asked, *told)) if n not in asked)
        lines = _trim(question, answer, plan) if answer else ()
        while lines and lines[-1].question:
            lines = lines[:-1]
        least_chars = MIN_LAST_CHARS if question is leaving else MIN_UNIT_CHARS
        if not lines or _size(lines) < least_chars:
            continue
        unit = _Unit(lines, topic_of[max(lines, key=lambda n: n.size).index])
        least = MIN_WORTH_SHARE if unit.size < MIN_LONG_CHARS else MIN_LONG_WORTH_SHARE
        if unit.worth >= least * plan.bar:
            yield unit


def _trim(question: Passage, said: Passage, plan: Outline) -> Passage:
    """Return an exchange without what is worth little before or after a moment in it.

    What leads to a moment stays, with the question, unless a stranger can begin with the moment.
    """
    inside = [at for at, n in enumerate(said) if n.moment]
    if not inside:
        return (*question, *said)
    first, last = inside[0], inside[-1] + 1
    before, after = said[:first], said[last:]
    opening = strip_conjunction(said[first].text, plan.language)
    begins = is_self_contained(opening, plan.language) and has_verb(opening, plan.language)
    if _is_dull(before, plan.bar) and (begins or _size(before) > MAX_LEAD_CHARS):
        question = before = ()
    kept = () if _is_dull(after, plan.bar) else after
    return (*question, *before, *said[first:last], *kept)


def _is_dull(lines: Passage, bar: float) -> bool:
    """Return whether lines are worth little."""
    weight = sum(n.weight * n.size for n in lines)
    return weight < MIN_WORTH_SHARE * bar * _size(lines)


def _size(lines: Passage) -> int:
    return sum(n.size for n in lines)


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
