"""Tells where a change of picture does not disturb what is said: between sentences, at a breath."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import Word
from pipeline.language.sentences import ends_sentence

PAUSE_S = 0.25  # pause between two words in which the speaker breathes
ONSET_LEAD_S = 0.12  # lead of a cut in a pause before the next word, as editors do
BREATH_COST = 0.15  # seconds of full interest, beside a cut between two sentences
WORD_COST = 0.6  # cost of a cut between two words spoken without a pause
INSIDE_COST = 2.5  # cost of a cut inside a word
MAX_SHIFT_S = 0.4  # maximum move of a cut within a pause; shorter than a take, so that none is lost


def cut_points(times: F64, words: Sequence[Word]) -> tuple[F64, F64]:
    """Return what a cut near each time costs, and when exactly it would be, shapes (n,).

    `times` are ascending and evenly spaced, seconds; the exact times ascend as well, and are at
    most half a step away, or MAX_SHIFT_S in a pause, all of which is cut where an editor would.
    Costs are in seconds of full interest; without words no cut costs anything.
    """
    costs, exact = np.zeros(len(times)), times.copy()
    if len(times) < 2 or not words:
        return costs, exact
    between = [(before, after, *_between(before, after)) for before, after in pairwise(words)]
    for before, after, at_s, cost in between:
        pause = (times >= before.end_s) & (times <= after.start_s)
        costs[pause] = cost
        exact[pause & (np.abs(times - at_s) <= MAX_SHIFT_S)] = at_s
    for word in words:
        costs[(times > word.start_s) & (times < word.end_s)] = INSIDE_COST
    step_s = float(times[1] - times[0])
    placed = np.zeros(len(times), np.bool_)
    for _, _, at_s, cost in between:
        n = round((at_s - float(times[0])) / step_s)
        if 0 <= n < len(times) and not (placed[n] and costs[n] <= cost):
            costs[n], exact[n], placed[n] = cost, at_s, True
    return costs, exact


def _between(before: Word, after: Word) -> tuple[float, float]:
    """Return when to cut between two words, and the cost."""
    gap_s = after.start_s - before.end_s
    at_s = after.start_s - ONSET_LEAD_S if gap_s >= PAUSE_S else before.end_s + gap_s / 2
    if ends_sentence(before.text, after.text):
        return at_s, 0.0
    return at_s, BREATH_COST if gap_s >= PAUSE_S else WORD_COST
