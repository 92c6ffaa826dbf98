"""Tells who says each word, from spans of speech with the name of their speaker."""

from collections.abc import Sequence

from pipeline.core.data import Span, Word


def speakers_of(words: Sequence[Word], turns: Sequence[tuple[Span, str]]) -> tuple[int, ...]:
    """Return the number of each word's speaker: 0 is the first to speak, 1 the second, …

    `words` in order; `turns` in any order, on the words' clock. Of turns that overlap, the one that
    began last counts, because it interrupts the other. A word outside of all turns is said by who
    spoke before; without turns, one speaker says all.
    """
    coming = sorted(turns, key=lambda turn: turn[0].start_s, reverse=True)  # the next one is last
    begun: list[tuple[Span, str]] = []  # not known to have ended; the one that began last is last
    numbers: dict[str, int] = {}
    found: list[int] = []
    name = None
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        while coming and coming[-1][0].start_s <= middle_s:
            begun.append(coming.pop())
        while begun and begun[-1][0].end_s <= middle_s:
            begun.pop()
        if begun:
            name = begun[-1][1]
        if name is not None:
            numbers.setdefault(name, len(numbers))
        found.append(numbers[name] if name is not None else 0)
    return tuple(found)
