"""Raises the spans that people go back to on the page of a source, where it tells them.

Such a curve says what a part is worth to those who watched the whole, and nothing of where a clip
should begin: so the bonus is small, and has a limit.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import Replayed
from pipeline.core.statistics import prefix_sums

MAX_GAIN = 1.0  # nats, for a span that is replayed more than all else
MIN_TOLD = 0.8  # standing from which a reason names it
INTRO_SHARE = 0.02  # share of the source at its beginning that is ignored: everybody begins there
MIN_PARTS = 10  # minimum number of parts for a curve to say anything
UNKNOWN = 0.5  # standing where a curve says nothing


def standings(curve: Sequence[Replayed], start_s: F64, end_s: F64) -> F64:
    """Return which share of the curve's parts each span (m,) is replayed more than, (m,), 0..1.

    curve: parts of the source; those that overlap an earlier one are left out.
    """
    parts = list[Replayed]()
    for part in sorted(curve, key=lambda p: (p.start_s, p.end_s)):
        if part.start_s < part.end_s and (not parts or part.start_s >= parts[-1].end_s):
            parts.append(part)
    if len(parts) < MIN_PARTS:
        return np.full(len(start_s), UNKNOWN)
    begins, ends, values = np.array([(p.start_s, p.end_s, p.value) for p in parts]).T
    share = (values[:, None] > values).mean(1) + (values[:, None] == values).mean(1) / 2
    share[begins < INTRO_SHARE * ends[-1]] = UNKNOWN
    times = np.stack((begins, ends), 1).ravel()
    known, weighted = (
        np.repeat(prefix_sums((ends - begins) * by), 2)[1:-1] for by in (np.ones(len(share)), share)
    )

    def between(sums: F64) -> F64:
        found: F64 = np.interp(end_s, times, sums) - np.interp(start_s, times, sums)
        return found

    seconds = between(known)
    whole = seconds > 0
    return np.where(whole, between(weighted) / np.where(whole, seconds, 1.0), UNKNOWN)


def gains(curve: Sequence[Replayed], start_s: F64, end_s: F64) -> F64:
    """Return what spans gain by their standing, nats, (m,): nothing below the middle."""
    return MAX_GAIN * np.clip(2 * standings(curve, start_s, end_s) - 1, 0.0, 1.0)
