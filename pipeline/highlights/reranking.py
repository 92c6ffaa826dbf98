"""A language model's second opinion on the best candidates.

The best BEST of them, no two of the same moment, are graded and ordered anew by the mean of both
ranks; spans that share a moment with one of them move with it. Borders stay as they are. Whatever
goes wrong, the candidates come back as they were, and the log says why.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.control import Control, with_time_limit
from pipeline.core.data import Sentence
from pipeline.core.errors import Canceled
from pipeline.highlights.grading import HIGHEST, LOWEST, BadAnswer, Judge
from pipeline.highlights.scoring import Candidates

log = logging.getLogger(__name__)

Indices = npt.NDArray[np.intp]

BEST = 30
SAME_MOMENT = 0.5  # intersection over union, in sentences, from which two spans are one moment
OPINION = 0.5  # what the model's ranks count; the rest is the built-in score's


def reranked(
    found: Candidates, sentences: Sequence[Sentence], judge: Judge, control: Control
) -> Candidates:
    """The candidates, preferred as the model and the built-in score see them together.

    Raises Canceled, and nothing else.
    """
    best, moment = moments(found)
    if len(best) < 2:
        return found
    texts = [" ".join(s.text for s in sentences[found.first[k] : found.last[k] + 1]) for k in best]
    began = time.monotonic()
    try:
        grades = _checked(
            judge.grade(texts, with_time_limit(judge.timeout_s, control.check)), len(best)
        )
    except Canceled:
        raise
    except Exception as error:  # a model, or a network, fails in more ways than can be listed
        told = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        log.warning("reranker %s: %s; using the built-in score alone", judge.name, told)
        return found
    spent_s = time.monotonic() - began
    log.info("reranker %s: %d candidates graded in %.1f s", judge.name, len(best), spent_s)
    return _moved(found, best, moment, blended(grades))


def moments(found: Candidates, most: int = BEST) -> tuple[Indices, Indices]:
    """The best candidates, best first, of which no two are the same moment; and each span's moment.

    The second array says for each span which of the first it goes with, -1: none. That one is never
    worse than the span.
    """
    left, moment = found.preference.copy(), np.full(len(found.first), -1, np.intp)
    best: list[int] = []
    while len(best) < most and left.any():
        k = int(left.argmax())
        same = (_overlap(found, k) >= SAME_MOMENT) & (moment < 0)
        moment[same], left[same] = len(best), 0.0
        best.append(k)
    return np.array(best, np.intp), moment


def blended(grades: F64) -> Indices:
    """Which candidate comes at each place; they stand in the order of the built-in score.

    Equal grades share their ranks, and equal sums of ranks leave the built-in order.
    """
    better = (grades[None] > grades[:, None]).sum(1)
    equal = (grades[None] == grades[:, None]).sum(1)
    theirs = better + (equal - 1) / 2
    ours = np.arange(len(grades))
    return np.argsort((1 - OPINION) * ours + OPINION * theirs, kind="stable")


def _moved(found: Candidates, best: Indices, moment: Indices, order: Indices) -> Candidates:
    """The same scores, dealt out in another order; a moment's other spans change in proportion."""
    gain = np.ones(len(best) + 1)  # the last: of what is no part of a moment
    gain[order] = found.preference[best] / found.preference[best][order]
    factor = gain[moment]
    return replace(
        found,
        worth=np.minimum(1.0, found.worth * factor),
        preference=found.preference * factor,
    )


def _overlap(found: Candidates, k: int) -> F64:
    """Intersection over union of every span with span k, in sentences."""
    first, last = found.first[k], found.last[k]
    inside = np.minimum(found.last, last) - np.maximum(found.first, first) + 1
    around = np.maximum(found.last, last) - np.minimum(found.first, first) + 1
    shared: F64 = np.maximum(inside, 0) / around
    return shared


def _checked(grades: Sequence[float], wanted: int) -> F64:
    """Raises BadAnswer where they are not `wanted` grades, or say nothing."""
    values = np.array(grades, np.float64)
    if values.shape != (wanted,):
        raise BadAnswer(f"{values.size} grades for {wanted} candidates")
    if not np.all((values >= LOWEST) & (values <= HIGHEST)):  # not a number neither
        raise BadAnswer(f"grades outside {LOWEST} to {HIGHEST}")
    if np.ptp(values) == 0:
        raise BadAnswer(f"every candidate got the same grade, {values[0]:g}")
    return values
