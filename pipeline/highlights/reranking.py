"""Combines the built-in score of the best candidates with a language model's grades.

The best MAX_GRADED candidates, no two of the same moment, are graded and reordered by the mean of
both ranks; spans of the same moment move along. Borders stay as they are. On any failure the
candidates are returned unchanged, and the log says why.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.control import Control, with_time_limit
from pipeline.core.data import Sentence
from pipeline.core.errors import Canceled
from pipeline.highlights import scoring
from pipeline.highlights.grading import HIGHEST, LOWEST, BadAnswer, Judge
from pipeline.highlights.scoring import Candidates

log = logging.getLogger(__name__)


MAX_GRADED = 30
MIN_SAME_MOMENT_IOU = 0.5  # intersection over union, in sentences, of spans of one moment
MIN_READ_SHARE = 2 / 3  # of the answers; with fewer the model does not understand the task
MODEL_WEIGHT = 0.5  # of the model's ranks; the rest is the built-in score's


def rerank(
    found: Candidates, sentences: Sequence[Sentence], judge: Judge, control: Control
) -> Candidates:
    """Return the candidates with preferences from the model and the built-in score together.

    Raises only Canceled.
    """
    best, moment = moments(found)
    if len(best) < 2:
        return found
    texts = [" ".join(s.text for s in sentences[found.first[k] : found.last[k] + 1]) for k in best]
    began = time.monotonic()
    try:
        grades = _check_grades(
            judge.grade(texts, with_time_limit(judge.timeout_s, control.check)), len(best)
        )
    except Canceled:
        raise
    except Exception as error:  # models and networks fail in more ways than can be listed
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        log.warning("reranker %s: %s; using the built-in score alone", judge.name, reason)
        return found
    spent_s = time.monotonic() - began
    log.info("reranker %s: %d candidates graded in %.1f s", judge.name, len(best), spent_s)
    return _apply_order(found, best, moment, blend_ranks(grades))


def moments(found: Candidates, max_moments: int = MAX_GRADED) -> tuple[Indices, Indices]:
    """Return the best candidates of distinct moments, best first, and each span's moment.

    The second array has an index into the first for each span, -1 for none. The candidate at that
    index is never worse than the span.
    """
    remaining, moment = found.preference.copy(), np.full(len(found.first), -1, np.intp)
    best: list[int] = []
    while len(best) < max_moments and np.isfinite(remaining).any():
        k = int(remaining.argmax())
        same = (_overlap(found, k) >= MIN_SAME_MOMENT_IOU) & (moment < 0)
        moment[same], remaining[same] = len(best), -np.inf
        best.append(k)
    return np.array(best, np.intp), moment


def blend_ranks(grades: F64) -> Indices:
    """Return the candidate at each place, from grades in the order of the built-in score.

    Equal grades share their ranks, and equal sums of ranks keep the built-in order.
    """
    better = (grades[None] > grades[:, None]).sum(1)
    equal = (grades[None] == grades[:, None]).sum(1)
    ours = np.arange(len(grades))
    theirs = np.where(np.isnan(grades), ours, better + (equal - 1) / 2)
    return np.argsort((1 - MODEL_WEIGHT) * ours + MODEL_WEIGHT * theirs, kind="stable")


def _apply_order(found: Candidates, best: Indices, moment: Indices, order: Indices) -> Candidates:
    """Deal the same scores out in another order; a moment's other spans change as much."""
    gain = np.zeros(len(best) + 1)  # the last is for spans outside any moment
    gain[order] = found.preference[best] - found.preference[best][order]
    worth = scoring.odds_of(found.worth) + gain[moment]
    return replace(found, worth=scoring.worth(worth), preference=found.preference + gain[moment])


def _overlap(found: Candidates, k: int) -> F64:
    """Return the intersection over union of every span with span k, in sentences."""
    first, last = found.first[k], found.last[k]
    inside = np.minimum(found.last, last) - np.maximum(found.first, first) + 1
    around = np.maximum(found.last, last) - np.minimum(found.first, first) + 1
    shared: F64 = np.maximum(inside, 0) / around
    return shared


def _check_grades(grades: Sequence[float], wanted: int) -> F64:
    """Check the grades. Raises BadAnswer unless they are `wanted` distinguishing grades.

    Some may be nan: that candidate keeps its place.
    """
    values = np.array(grades, np.float64)
    if values.shape != (wanted,):
        raise BadAnswer(f"{values.size} grades for {wanted} candidates")
    read = values[~np.isnan(values)]
    if len(read) < MIN_READ_SHARE * wanted:
        raise BadAnswer(f"{wanted - len(read)} of {wanted} answers have no grade that can be read")
    if not np.all((read >= LOWEST) & (read <= HIGHEST)):
        raise BadAnswer(f"grades outside {LOWEST} to {HIGHEST}")
    if np.ptp(read) == 0:
        raise BadAnswer(f"every candidate got the same grade, {read[0]:g}")
    return values
