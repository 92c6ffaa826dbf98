"""Chooses non-overlapping spans with the largest total gain: weighted interval scheduling.

It uses dynamic programming over the sentences (Kleinberg, Tardos: Algorithm Design, 2005, chapter
6), with a bound on the number of spans.
"""

import numpy as np

from pipeline.core.arrays import F64, Indices


def schedule(first: Indices, last: Indices, gain: F64, max_count: int) -> list[int]:
    """Return indices of at most `max_count` spans, in talk order, with the largest sum of gains.

    first, last: sentences of each span, both inclusive. Spans without a gain are ignored.
    """
    useful = np.flatnonzero(gain > 0)
    if max_count < 1 or not len(useful):
        return []
    useful = useful[np.argsort(last[useful], kind="stable")]
    ends = last[useful] + 1
    count = int(ends[-1])
    max_count = min(max_count, count)
    # the largest sum of at most k spans (rows) among the first n sentences (columns)
    best = np.zeros((max_count + 1, count + 1))
    choice = np.full((max_count + 1, count + 1), -1, np.intp)  # the span that ends there, or -1
    bounds = np.searchsorted(ends, np.arange(count + 2))
    for n in range(1, count + 1):
        best[:, n] = best[:, n - 1]
        ending = useful[bounds[n] : bounds[n + 1]]
        if not len(ending):
            continue
        sums = best[:-1][:, first[ending]] + gain[ending]
        top = sums.argmax(1)
        new_sums = sums[np.arange(max_count), top]
        better = np.flatnonzero(new_sums > best[1:, n])
        best[1 + better, n] = new_sums[better]
        choice[1 + better, n] = ending[top[better]]
    return _trace_back(first, choice, max_count, count)


def _trace_back(first: Indices, choice: Indices, k: int, n: int) -> list[int]:
    """Return the spans of the best sum, traced back from its end."""
    picked: list[int] = []
    while k and n:
        if choice[k, n] < 0:
            n -= 1
        else:
            picked.append(int(choice[k, n]))
            k, n = k - 1, int(first[choice[k, n]])
    return picked[::-1]
