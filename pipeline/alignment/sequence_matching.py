"""Which words of one text are which words of another, both in order.

Runs of words that occur once in either text are found first and put in order, as patience diff
does it; what lies between them is small, and is matched exactly. So hours of talk take a second,
where a table over both texts would have a billion cells.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.control import Check, unchecked

Pair = tuple[int, int]  # index in the one text and in the other
Ids = npt.NDArray[np.int64]

RUNS = (4, 3, 2, 1)  # words of an anchor, tried in order
SMALL = 10_000  # cells of a table that is cheaper than looking for anchors
LARGE = 4_000_000  # cells of the largest table; beyond it nothing is matched
MAX_WEIGHED_LETTERS = 8  # letters: a longer word is no surer sign
BEYOND = 8  # words looked at before the first anchor and after the last, besides twice the other's
DOUBTFUL = 3  # letters of a word that may well be another, alone and off its place


def match(one: Sequence[str], other: Sequence[str], check: Check = unchecked) -> list[Pair]:
    """Pairs of equal words, ascending in both texts; "" is equal to nothing.

    `check` is called before each stretch that is looked at.
    """
    known: dict[str, int] = {}
    a, b = (
        np.array([known.setdefault(w, len(known)) if w else -1 for w in t], np.int64)
        for t in (one, other)
    )
    weight = np.array(
        [1.0 + min(len(w), MAX_WEIGHED_LETTERS) / MAX_WEIGHED_LETTERS for w in one], np.float32
    )
    pairs: list[Pair] = []
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        check()
        a0, a1, b0, b1 = waiting.pop()
        rows, columns = a1 - a0, b1 - b0
        if not rows or not columns:
            continue
        anchors = _anchors(a[a0:a1], b[b0:b1]) if rows * columns > SMALL else []
        if not anchors:
            if rows * columns <= LARGE:
                found = _table(a[a0:a1], b[b0:b1], weight[a0:a1])
                pairs += [(a0 + i, b0 + j) for i, j in found]
            continue
        here = [(a0 + i, b0 + j) for i, j in anchors]
        pairs += here
        waiting += _between(here, (a0, a1, b0, b1), (len(a), len(b)))
    return list(_trusted(sorted(pairs), one))


def _between(
    anchors: Sequence[Pair], bounds: tuple[int, int, int, int], ends: Pair
) -> Iterator[tuple[int, int, int, int]]:
    """What lies between anchors; at a text's ends no more of it than the other has words for."""
    a0, a1, b0, b1 = bounds
    (fa, fb), (la, lb) = anchors[0], anchors[-1]
    low_a, low_b = a0, b0
    if a0 == 0 and b0 == 0:
        low_a, low_b = max(0, fa - 2 * fb - BEYOND), max(0, fb - 2 * fa - BEYOND)
    high_a, high_b = a1, b1
    if (a1, b1) == ends:
        left_a, left_b = a1 - la, b1 - lb
        high_a, high_b = min(a1, la + 2 * left_b + BEYOND), min(b1, lb + 2 * left_a + BEYOND)
    yield low_a, fa, low_b, fb
    for (i, j), (k, m) in pairwise(anchors):
        yield i + 1, k, j + 1, m
    yield la + 1, high_a, lb + 1, high_b


def _anchors(a: Ids, b: Ids) -> list[Pair]:
    """The longest ascending chain of runs that occur once in either text; [] without any."""
    for length in RUNS:
        places = _once(b, length)
        common = [(i, places[run]) for run, i in _once(a, length).items() if run in places]
        if common:
            return _ascending(sorted(common))
    return []


def _once(ids: Ids, length: int) -> dict[tuple[int, ...], int]:
    """Runs of words that occur once, and where."""
    words = ids.tolist()
    runs = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    count = Counter(runs)
    return {run: i for i, run in enumerate(runs) if count[run] == 1 and -1 not in run}


def _ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest part of pairs, ascending in the first, that ascends in the second as well."""
    ends: list[int] = []  # smallest second index that ends a chain of each length
    places: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        before.append(places[at - 1] if at else -1)
        ends[at : at + 1] = [j]
        places[at : at + 1] = [n]
    chain: list[Pair] = []
    n = places[-1]
    while n >= 0:
        chain.append(pairs[n])
        n = before[n]
    return chain[::-1]


def _table(a: Ids, b: Ids, weight: npt.NDArray[np.float32]) -> list[Pair]:
    """The heaviest common subsequence, over a table of all pairs."""
    best = np.zeros((len(a) + 1, len(b) + 1), np.float32)
    for i, (word, w) in enumerate(zip(a, weight, strict=True)):
        if word < 0:
            best[i + 1] = best[i]
            continue
        taken = np.where(b == word, best[i, :-1] + w, 0.0)
        best[i + 1, 1:] = np.maximum.accumulate(np.maximum(best[i, 1:], taken))
    pairs: list[Pair] = []
    i, j = len(a), len(b)
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def _trusted(pairs: Sequence[Pair], words: Sequence[str]) -> Iterator[Pair]:
    """The pairs, less the short words that stand alone and off their neighbours' diagonal."""
    shift = [j - i for i, j in pairs]
    for n, (i, j) in enumerate(pairs):
        near = [shift[m] for m in (n - 1, n + 1) if 0 <= m < len(pairs)]
        astray = all(abs(shift[n] - s) > DOUBTFUL for s in near)
        if not (near and astray and len(words[i]) <= DOUBTFUL):
            yield i, j
