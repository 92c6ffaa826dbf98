"""Standard scores, sums over spans and the logistic function, shared by all scorers."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32, F64

Floats = TypeVar("Floats", F32, F64)


def standardize(values: F64, *, half_weight_at: int, limit: float) -> F64:
    """Return standard scores of shape (n,) within ±`limit`; zeros if the values do not vary.

    A few values are weak evidence of what is usual, so the scores of n values are scaled by n / (n
    + half_weight_at): with `half_weight_at` values, an outlier counts half (credibility weight;
    Bühlmann 1967).
    """
    spread = float(values.std()) if len(values) else 0.0
    if spread < 1e-9:
        return np.zeros_like(values)
    scores: F64 = np.clip((values - values.mean()) / spread, -limit, limit)
    return scores * (len(values) / (len(values) + half_weight_at))


def prefix_sums(values: F64) -> F64:
    """Return the sums of the first 0 … n rows of (n, …), shape (n + 1, …)."""
    return np.concatenate((np.zeros((1, *values.shape[1:])), np.cumsum(values, 0)))


def span_sums(values: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Return the sums of rows first … last, both inclusive, of (n, …), shape (m, …)."""
    sums = prefix_sums(values)
    total: F64 = sums[last + 1] - sums[first]
    return total


def logistic(values: Floats) -> Floats:
    """Map any number to (0, 1), in the precision of `values`."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)), values.dtype)
