"""Standard scores, means over spans and the logistic function, as every scorer here uses them."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32, F64

Floats = TypeVar("Floats", F32, F64)


def standardize(values: F64, *, half_weight_at: int, limit: float) -> F64:
    """Standard scores of (n,) within ±`limit`, shrunk where there are few; zeros without spread.

    A handful of values tells little of what is usual: n of them count n / (n + half_weight_at), so
    with `half_weight_at` values what stands out counts half (credibility weight; Bühlmann 1967).
    """
    spread = float(values.std()) if len(values) else 0.0
    if spread < 1e-9:
        return np.zeros_like(values)
    scores: F64 = np.clip((values - values.mean()) / spread, -limit, limit)
    return scores * (len(values) / (len(values) + half_weight_at))


def prefix_sums(values: F64) -> F64:
    """(n + 1, …): sums of the first 0 … n rows of (n, …)."""
    return np.concatenate((np.zeros((1, *values.shape[1:])), np.cumsum(values, 0)))


def span_sums(values: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """(m, …): sums of rows first … last, both included, of (n, …)."""
    sums = prefix_sums(values)
    total: F64 = sums[last + 1] - sums[first]
    return total


def logistic(values: Floats) -> Floats:
    """Any number to (0, 1), in the precision of `values`."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)), values.dtype)
