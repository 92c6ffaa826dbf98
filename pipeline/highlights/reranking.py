"""Reorders the best candidates by what a language model prefers, two at a time.

The best MAX_CANDIDATES, no two of the same moment, are compared in pairs of neighbors, each pair in
both orders, because models favor a place. How many is fixed beforehand (`Judge.pairs`), so that two
runs of a talk give one order; where the time limit cuts them short, the log says so. The built-in
score is the prior of a Bradley-Terry model (1952) of what a reader would post, and each comparison
one observation. Borders stay as they are. On any failure the candidates are returned unchanged, and
the log says why.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.control import Check, Control, TooSlow, with_time_limit
from pipeline.core.data import Sentence
from pipeline.core.errors import Canceled
from pipeline.core.statistics import logistic
from pipeline.highlights import scoring
from pipeline.highlights.comparison import BadAnswer, Judge
from pipeline.highlights.scoring import Candidates

log = logging.getLogger(__name__)

MAX_CANDIDATES = 20
PAIRS_AT_ONCE = 4
MAX_APART = 3  # places between two candidates that are compared
MIN_SAME_MOMENT_IOU = 0.5  # intersection over union, in sentences, of spans of one moment
MIN_READ_SHARE = 2 / 3  # share of readable answers below which the model misunderstands the task
UNSURE = 1.0  # standard deviation of the built-in score, log-odds that a reader would post
STEPS = 20  # iterations of Newton's method

Result = tuple[int, int, float]  # two candidates, and how likely the first is the better one


def rerank(
    found: Candidates, sentences: Sequence[Sentence], judge: Judge, control: Control
) -> tuple[Candidates, int]:
    """Return the candidates with preferences from the model and the built-in score together.

    Also return how many pairs the time was too short for. Raises only Canceled.
    """
    best, moment = _moments(found)
    if len(best) < 2:
        return found, 0
    texts = [" ".join(s.text for s in sentences[found.first[k] : found.last[k] + 1]) for k in best]
    prior = scoring.CONFIDENCE_PER_NAT * found.preference[best]
    began = time.monotonic()
    try:
        results, left = _compare(texts, prior, judge, control)
    except Canceled:
        raise
    except Exception as error:  # models and networks fail in more ways than can be listed
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        log.warning("reranker %s: %s; using the built-in score alone", judge.name, reason)
        return found, 0
    spent_s = time.monotonic() - began
    log.info("reranker %s: %d pairs compared in %.1f s", judge.name, len(results), spent_s)
    order = np.argsort(-strengths(prior, results), kind="stable")
    return _apply_order(found, best, moment, order), left


def _moments(found: Candidates) -> tuple[Indices, Indices]:
    """Return the best candidates of distinct moments, best first, and each span's moment.

    The second array has an index into the first for each span, -1 for none. The candidate at that
    index is never worse than the span.
    """
    remaining, moment = found.preference.copy(), np.full(len(found.first), -1, np.intp)
    best: list[int] = []
    while len(best) < MAX_CANDIDATES and np.isfinite(remaining).any():
        k = int(remaining.argmax())
        same = (_overlap(found, k) >= MIN_SAME_MOMENT_IOU) & (moment < 0)
        moment[same], remaining[same] = len(best), -np.inf
        best.append(k)
    return np.array(best, np.intp), moment


def strengths(prior: F64, results: Sequence[Result]) -> F64:
    """Return the likeliest log-odds of each candidate, given those expected and the results."""
    strength = prior.copy()
    if not results:
        return strength
    a, b = (np.array([r[k] for r in results], np.intp) for k in (0, 1))
    won = np.array([r[2] for r in results], np.float64)
    sides = np.zeros((len(results), len(prior)))
    rows = np.arange(len(results))
    sides[rows, a], sides[rows, b] = 1.0, -1.0
    for _ in range(STEPS):
        expected = logistic(sides @ strength)
        slope = sides.T @ (won - expected) - (strength - prior) / UNSURE**2
        curve = (sides.T * (expected * (1 - expected))) @ sides + np.eye(len(prior)) / UNSURE**2
        strength = strength + np.linalg.solve(curve, slope)
    return strength


def _compare(
    texts: Sequence[str], prior: F64, judge: Judge, control: Control
) -> tuple[list[Result], int]:
    """Return the results of the judge's number of pairs, or of fewer if the time is up: how many.

    Raises what the model raises, its time-outs only before the first result, and BadAnswer unless
    most answers can be read and some depend on what is compared.
    """
    check = with_time_limit(judge.timeout_s, control.check)
    results: list[Result] = []
    asked: set[tuple[int, int]] = set()
    left = 0
    while pairs := _next_pairs(strengths(prior, results), asked)[: judge.pairs - len(asked)]:
        try:
            results += _ask(texts, pairs, judge, check)
        except (TooSlow, TimeoutError):
            if not results:
                raise
            left = judge.pairs - len(asked)
            log.warning(
                "reranker %s: %d of %d pairs compared in %g s (llm.timeout_s); another run may "
                "order the clips differently, unless llm.pairs is lower",
                *(judge.name, len(asked), judge.pairs, judge.timeout_s),
            )
            break
        asked |= {*pairs}
    if len(results) < MIN_READ_SHARE * len(asked):
        unread = len(asked) - len(results)
        raise BadAnswer(f"{unread} of {len(asked)} pairs have no answer that can be read")
    if len(results) > PAIRS_AT_ONCE and all(won == 0.5 for _, _, won in results):
        raise BadAnswer("its answers do not depend on what is compared")
    return results, left


def _next_pairs(strength: F64, asked: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return neighbors in today's order that have not been compared, the best first."""
    order = np.argsort(-strength, kind="stable").tolist()
    pairs: list[tuple[int, int]] = []
    for apart in range(1, MAX_APART + 1):
        for a, b in zip(order, order[apart:], strict=False):
            pair = (min(a, b), max(a, b))
            if pair not in asked and not any({a, b} & {*other} for other in pairs):
                pairs.append(pair)
                if len(pairs) == PAIRS_AT_ONCE:
                    return pairs
    return pairs


def _ask(
    texts: Sequence[str], pairs: Sequence[tuple[int, int]], judge: Judge, check: Check
) -> list[Result]:
    """Return the results of pairs, each asked in both orders; without those that are not read."""
    both = [order for a, b in pairs for order in ((a, b), (b, a))]
    answers = judge.compare([(texts[a], texts[b]) for a, b in both], check)
    first, second = np.array(answers, np.float64).reshape(-1, 2).T
    won = (first + 1.0 - second) / 2
    return [(a, b, float(w)) for (a, b), w in zip(pairs, won, strict=True) if np.isfinite(w)]


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
