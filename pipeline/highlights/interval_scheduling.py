"""Spans that do not overlap and together gain most: weighted interval scheduling.

By dynamic programming over the sentences (Kleinberg, Tardos: Algorithm Design, 2005, chapter 6),
here with a bound on how many there may be.
"""

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64

Indices = npt.NDArray[np.intp]


def schedule(first: Indices, last: Indices, gain: F64, most: int) -> list[int]:
    """Indices of at most `most` spans, in the order of the talk, with the largest sum of gains.

    first, last: sentences of each span, both inclusive. Spans without a gain are left out.
    """
    useful = np.flatnonzero(gain > 0)
    if most < 1 or not len(useful):
        return []
    useful = useful[np.argsort(last[useful], kind="stable")]
    ends = last[useful] + 1
    count = int(ends[-1])
    most = min(most, count)
    # the largest sum of at most k spans (rows) among the first n sentences (columns)
    best = np.zeros((most + 1, count + 1))
    choice = np.full((most + 1, count + 1), -1, np.intp)  # the span that ends there, if one does
    bounds = np.searchsorted(ends, np.arange(count + 2))
    for n in range(1, count + 1):
        best[:, n] = best[:, n - 1]
        ending = useful[bounds[n] : bounds[n + 1]]
        if not len(ending):
            continue
        sums = best[:-1][:, first[ending]] + gain[ending]
        top = sums.argmax(1)
        found = sums[np.arange(most), top]
        better = np.flatnonzero(found > best[1:, n])
        best[1 + better, n] = found[better]
        choice[1 + better, n] = ending[top[better]]
    return _back(first, choice, most, count)


def _back(first: Indices, choice: Indices, k: int, n: int) -> list[int]:
    """The spans of the best sum, from its end."""
    picked: list[int] = []
    while k and n:
        if choice[k, n] < 0:
            n -= 1
        else:
            picked.append(int(choice[k, n]))
            k, n = k - 1, int(first[choice[k, n]])
    return picked[::-1]
