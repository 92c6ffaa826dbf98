"""How far the meaning moves at each sentence: TextTiling's comparison of neighboring windows.

Hearst 1997, Computational Linguistics 23, on embeddings in place of words.
"""

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.statistics import prefix_sums


def window_distances(vectors: F64, scale: int) -> F64:
    """Return 1 - cosine between the means of `scale` sentences before and from each sentence on.

    vectors: (n, d). The first of the n distances is 1: nothing comes before.
    """
    count = len(vectors)
    sums = prefix_sums(vectors)
    at = np.arange(count)
    before = sums[at] - sums[np.maximum(0, at - scale)]
    after = sums[np.minimum(count, at + scale)] - sums[at]
    size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    found: F64 = 1.0 - (before * after).sum(1) / np.maximum(size, 1e-9)
    return found
