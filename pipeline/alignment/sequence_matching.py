"""Match the words of two texts in order.

Runs of words that occur once in each text are matched first and put in order, as in patience diff;
what lies between them is small and matched exactly. Hours of talk thus take a second, where a table
over both texts would have a billion cells.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.control import Check, unchecked

Pair = tuple[int, int]  # index in the first text, index in the second
Ids = npt.NDArray[np.int64]

ANCHOR_WORDS = (4, 3, 2, 1)  # lengths of an anchor, tried in order
MIN_ANCHORED_CELLS = 10_000  # a table of up to this size is cheaper than searching anchors
MAX_TABLE_CELLS = 4_000_000  # a larger section without anchors is not matched
MAX_WEIGHED_LETTERS = 8  # a longer word is no stronger evidence
# Words considered before the first anchor and after the last, in addition to twice the number of
# words that the other text has there.
END_MARGIN_WORDS = 8
# A matched word of up to this many letters is dropped if it lies more than this many words off the
# diagonal of both neighbors.
DOUBTFUL = 3


def match(one: Sequence[str], other: Sequence[str], check: Check = unchecked) -> list[Pair]:
    """Return pairs of equal words, ascending in both texts; "" equals nothing.

    `check` is called before each section is matched.
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
    pending = [(0, len(a), 0, len(b))]
    while pending:
        check()
        a0, a1, b0, b1 = pending.pop()
        rows, columns = a1 - a0, b1 - b0
        if not rows or not columns:
            continue
        anchors = _find_anchors(a[a0:a1], b[b0:b1]) if rows * columns > MIN_ANCHORED_CELLS else []
        if not anchors:
            if rows * columns <= MAX_TABLE_CELLS:
                found = _match_by_table(a[a0:a1], b[b0:b1], weight[a0:a1])
                pairs += [(a0 + i, b0 + j) for i, j in found]
            continue
        here = [(a0 + i, b0 + j) for i, j in anchors]
        pairs += here
        pending += _split_at_anchors(here, (a0, a1, b0, b1), (len(a), len(b)))
    return list(_drop_doubtful(sorted(pairs), one))


def _split_at_anchors(
    anchors: Sequence[Pair], bounds: tuple[int, int, int, int], ends: Pair
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the sections between anchors.

    At the ends of a text, a section is limited by the number of words that the other text has
    there.
    """
    a0, a1, b0, b1 = bounds
    (fa, fb), (la, lb) = anchors[0], anchors[-1]
    low_a, low_b = a0, b0
    if a0 == 0 and b0 == 0:
        low_a, low_b = (
            max(0, fa - 2 * fb - END_MARGIN_WORDS),
            max(0, fb - 2 * fa - END_MARGIN_WORDS),
        )
    high_a, high_b = a1, b1
    if (a1, b1) == ends:
        left_a, left_b = a1 - la, b1 - lb
        high_a, high_b = (
            min(a1, la + 2 * left_b + END_MARGIN_WORDS),
            min(b1, lb + 2 * left_a + END_MARGIN_WORDS),
        )
    yield low_a, fa, low_b, fb
    for (i, j), (k, m) in pairwise(anchors):
        yield i + 1, k, j + 1, m
    yield la + 1, high_a, lb + 1, high_b


def _find_anchors(a: Ids, b: Ids) -> list[Pair]:
    """Return the longest ascending chain of runs that occur once in each text; may be empty."""
    for length in ANCHOR_WORDS:
        places = _unique_runs(b, length)
        common = [(i, places[run]) for run, i in _unique_runs(a, length).items() if run in places]
        if common:
            return _longest_chain(sorted(common))
    return []


def _unique_runs(ids: Ids, length: int) -> dict[tuple[int, ...], int]:
    """Return the runs of words that occur once, with their positions."""
    words = ids.tolist()
    runs = [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
    count = Counter(runs)
    return {run: i for i, run in enumerate(runs) if count[run] == 1 and -1 not in run}


def _longest_chain(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the longest subsequence of pairs that also ascends in the second index."""
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


def _match_by_table(a: Ids, b: Ids, weight: npt.NDArray[np.float32]) -> list[Pair]:
    """Return the heaviest common subsequence, from a table of all pairs."""
    best = np.zeros((len(a) + 1, len(b) + 1), np.float32)
    for i, (word, w) in enumerate(zip(a, weight, strict=True)):
        if word < 0:
            best[i + 1] = best[i]
            continue
        extended = np.where(b == word, best[i, :-1] + w, 0.0)
        best[i + 1, 1:] = np.maximum.accumulate(np.maximum(best[i, 1:], extended))
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


def _drop_doubtful(pairs: Sequence[Pair], words: Sequence[str]) -> Iterator[Pair]:
    """Yield the pairs, dropping isolated short words that lie off their neighbors' diagonal."""
    shift = [j - i for i, j in pairs]
    for n, (i, j) in enumerate(pairs):
        near = [shift[m] for m in (n - 1, n + 1) if 0 <= m < len(pairs)]
        astray = all(abs(shift[n] - s) > DOUBTFUL for s in near)
        if not (near and astray and len(words[i]) <= DOUBTFUL):
            yield i, j
