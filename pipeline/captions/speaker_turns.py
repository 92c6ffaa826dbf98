"""Tells who says each word, from spans of speech with the name of their speaker."""

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.core.data import Span, Word


def speakers_of(words: Sequence[Word], turns: Sequence[tuple[Span, str]]) -> tuple[int, ...]:
    """Return the number of each word's speaker: 0 is the first to speak, 1 the second, …

    `turns` in any order, on the words' clock. A word outside of them is said by who spoke before;
    without turns, one speaker says all.
    """
    ordered = sorted(turns, key=lambda turn: turn[0].start_s)
    starts = [span.start_s for span, _ in ordered]
    numbers: dict[str, int] = {}
    found: list[int] = []
    name = None
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        n = bisect_right(starts, middle_s) - 1
        if n >= 0 and middle_s < ordered[n][0].end_s:
            name = ordered[n][1]
        if name is not None:
            numbers.setdefault(name, len(numbers))
        found.append(numbers[name] if name is not None else 0)
    return tuple(found)
