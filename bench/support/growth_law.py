"""Fits how a cost grows with the length of a talk."""

from collections.abc import Sequence

import numpy as np


def exponent(lengths: Sequence[float], costs: Sequence[float]) -> float:
    """Return e of the power law cost = c · length^e that fits best in the logarithms.

    Raises ValueError for fewer than two different lengths, or a value that is not positive.
    """
    if len(lengths) != len(costs) or len(set(lengths)) < 2:
        raise ValueError("an exponent needs a cost at each of two or more different lengths")
    if min(*lengths, *costs) <= 0:
        raise ValueError("an exponent needs positive lengths and costs")
    slope, _ = np.polyfit(np.log(lengths), np.log(costs), 1)
    return float(slope)
