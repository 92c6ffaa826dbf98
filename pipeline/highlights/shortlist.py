"""Lists the best spans that were weighed and not chosen, and what stood against each."""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.data import Candidate, CandidateFate
from pipeline.core.statistics import prefix_sums
from pipeline.highlights.details import Described
from pipeline.highlights.scoring import Candidates, Pick

MAX_CANDIDATES = 30
MAX_SHARED = 0.5  # share of the shorter span, in sentences; beyond it both are one moment


def shortlist(
    told: Described,
    found: Candidates,
    picks: Sequence[Pick],
    *,
    min_twin_similarity: float,
) -> tuple[Candidate, ...]:
    """Return at most MAX_CANDIDATES distinct spans beside the picks, best first.

    min_twin_similarity: cosine of the embeddings of two spans that make the same point.
    """
    best = _distinct(found, picks)
    others = [Pick(found, k) for k in best]
    centers = _centers(told, [*picks, *others])
    alike = centers[len(picks) :] @ centers[: len(picks)].T
    highlights = told.highlights(others)
    fates = [
        _fate(pick, picks, near, min_similarity=min_twin_similarity)
        for pick, near in zip(others, alike, strict=True)
    ]
    return tuple(
        Candidate(highlight=highlight, why=why, rival=rival)
        for highlight, (why, rival) in zip(highlights, fates, strict=True)
    )


def _distinct(found: Candidates, picks: Sequence[Pick]) -> list[int]:
    """Return the best spans that share little with each other and with the picks, best first."""
    left = found.preference.copy()
    for pick in picks:
        left[_shared(found, pick.first, pick.last) > MAX_SHARED] = -np.inf
    best: list[int] = []
    while len(best) < MAX_CANDIDATES and np.isfinite(left.max(initial=-np.inf)):
        k = int(left.argmax())
        best.append(k)
        left[_shared(found, int(found.first[k]), int(found.last[k])) > MAX_SHARED] = -np.inf
    return best


def _shared(found: Candidates, first: int, last: int) -> F64:
    """Return what each span shares with the sentences from `first` to `last`, of the shorter."""
    both: Indices = np.minimum(found.last, last) - np.maximum(found.first, first) + 1
    shorter = np.minimum(found.last - found.first, last - first) + 1
    share: F64 = np.maximum(0, both) / shorter
    return share


def _centers(told: Described, spans: Sequence[Pick]) -> F64:
    """Return the unit means of the embeddings of spans, (len(spans), d)."""
    sums = prefix_sums(told.known.vectors)
    first, last = np.array([(s.first, s.last) for s in spans], np.intp).reshape(-1, 2).T
    centers: F64 = sums[last + 1] - sums[first]
    centers /= np.maximum(1e-9, np.linalg.norm(centers, axis=1, keepdims=True))
    return centers


def _fate(
    pick: Pick,
    picks: Sequence[Pick],
    alike: F64,
    *,
    min_similarity: float,
) -> tuple[CandidateFate, int | None]:
    """Return what stood against a span, and the place of the pick that did."""
    for place, other in enumerate(picks):
        if pick.first <= other.last and other.first <= pick.last:
            return "overlaps", place
    if len(picks) and alike.max() > min_similarity:
        return "repeats", int(alike.argmax())
    return "weaker", None
