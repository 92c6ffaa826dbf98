"""Breaks a sentence into lines of about equal width, rather after a mark than within a phrase.

As few lines as possible, and of all ways to break it into so many the one with the smallest sum of
costs, found by dynamic programming as in Knuth and Plass, "Breaking paragraphs into lines" (1981).
"""

import math
import unicodedata
from collections.abc import Sequence
from itertools import accumulate, pairwise

from pipeline.captions.grouping import Measure

# Of a line that does not end with a mark; as much as one that is this much wider or narrower than
# the mean, as a share of it.
WITHOUT_MARK = 0.2


def balance(words: Sequence[str], width: float, measure: Measure) -> list[str] | None:
    """Return the lines, at most `width` pixels wide; None if a word is wider, or there is none.

    `words` are joined by spaces.
    """
    space, widths = measure(" "), [measure(word) for word in words]
    if not words or max(widths) > width:
        return None
    ends = [0.0, *accumulate(w + space for w in widths)]  # pixels, with a space after each word
    count = _fewest(widths, space, width)
    mean = (ends[-1] - count * space) / count

    def cost(first: int, end: int) -> float:
        wide = ends[end] - ends[first] - space
        if wide > width:
            return math.inf
        torn = end < len(words) and unicodedata.category(words[end - 1][-1])[0] != "P"
        return (wide / mean - 1) ** 2 + torn * WITHOUT_MARK**2

    # By the number of words in them: the cost of the best lines so far, and where each begins.
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ()), *[(math.inf, ())] * len(words)]
    for _ in range(count):
        best = [
            min((best[n][0] + cost(n, end), (*best[n][1], n)) for n in range(end))
            if end
            else (math.inf, ())
            for end in range(len(words) + 1)
        ]
    starts = [*best[-1][1], len(words)]
    return [" ".join(words[a:b]) for a, b in pairwise(starts)]


def _fewest(widths: Sequence[float], space: float, width: float) -> int:
    """Return how many lines words need that are filled one after another."""
    count, filled = 1, -space
    for wide in widths:
        if filled + space + wide > width:
            count, filled = count + 1, -space
        filled += space + wide
    return count
