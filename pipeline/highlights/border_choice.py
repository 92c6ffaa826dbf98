"""Chooses the borders of each pick among the spans of the same moment.

The likeliest span need not be the best one: several spans of a moment that agree on an end outweigh
one that is a little likelier, and a clip that cuts off a payoff is worse than one with a sentence
too many. So each span is judged by how well it is expected to fit, over what the others say (the
least Bayes risk; Kumar, Byrne 2004, HLT-NAACL).
"""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.highlights.scoring import Candidates

MIN_SAME_IOU = 1 / 3  # in sentences, of the spans of one moment
SHARPNESS = 2.0  # of the probabilities of spans, per nat of preference
TORN_COST = 0.1  # in IoU, of a border inside the moment
MAX_SPANS = 1500  # of one moment that are compared, the likeliest


def choose_borders(found: Candidates, picked: Sequence[int]) -> list[int]:
    """Return for each pick the span of its moment that is expected to fit best, in order.

    None overlaps another pick, and none has more promotion than the span that it replaces.
    """
    chosen = list(picked)
    for place, k in enumerate(chosen):
        others = np.array([other for other in chosen if other != k], np.intp)
        rows = _alike(found, k)
        free = np.ones(len(rows), bool)
        for other in others:
            free &= (found.until[rows] < found.first[other]) | (
                found.first[rows] > found.until[other]
            )
        rows = rows[free & (found.unwanted[rows] <= found.unwanted[k])]
        if len(rows) > 1:
            fit = _expected_fit(found, rows)
            chosen[place] = int(rows[int(fit.argmax())])
    return chosen


def _alike(found: Candidates, k: int) -> Indices:
    """Return the spans of the moment of span k, at most MAX_SPANS, ascending."""
    rows = np.flatnonzero(_iou(found, np.array([k]), np.arange(len(found.first)))[0] > MIN_SAME_IOU)
    if len(rows) > MAX_SPANS:
        rows = np.sort(rows[np.argsort(-found.preference[rows], kind="stable")[:MAX_SPANS]])
    return rows


def _expected_fit(found: Candidates, rows: Indices) -> F64:
    """Return how well each span is expected to fit the moment, (len(rows),)."""
    odds = SHARPNESS * found.preference[rows]
    chance = np.exp(odds - odds.max())
    first, last = found.first[rows], found.last[rows]
    tears = (first[:, None] > first) & (first[:, None] <= last)
    tears |= (last[:, None] >= first) & (last[:, None] < last)
    fit: F64 = (_iou(found, rows, rows) - TORN_COST * tears) @ (chance / chance.sum())
    return fit


def _iou(found: Candidates, these: Indices, those: Indices) -> F64:
    """Return the intersection over union of spans, in sentences, (len(these), len(those))."""
    first, last = found.first, found.last
    inside = np.minimum(last[these, None], last[those]) - np.maximum(
        first[these, None], first[those]
    )
    around = np.maximum(last[these, None], last[those]) - np.minimum(
        first[these, None], first[those]
    )
    shared: F64 = np.maximum(inside + 1, 0) / (around + 1)
    return shared
