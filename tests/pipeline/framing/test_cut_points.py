"""Cuts fall between sentences, at a breath, and in a pause just before the next word."""

import numpy as np
import pytest

from pipeline.core.data import Word
from pipeline.framing.cut_points import (
    BREATH_COST,
    INSIDE_COST,
    MAX_SHIFT_S,
    ONSET_LEAD_S,
    WORD_COST,
    cut_points,
)

STEP_S = 1 / 6
TIMES = np.arange(60, dtype=np.float64) * STEP_S


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=1.0)


@pytest.mark.parametrize(
    ("text", "gap_s", "cost"),
    [("so", 0.02, WORD_COST), ("so", 0.22, WORD_COST), ("so", 1.5, BREATH_COST), ("So.", 1.5, 0.0)],
)
@pytest.mark.parametrize("end_s", np.linspace(2.0, 2.2, 9))
def test_a_pause_is_cut_at_one_moment_and_words_are_not(
    text: str, gap_s: float, cost: float, end_s: float
) -> None:
    times = TIMES
    words = (word(text, 0.0, end_s), word("Then", end_s + gap_s, 9.0))
    costs, exact = cut_points(times, words)
    inside = (times > 0.0) & (times < 9.0)
    best_s = end_s + gap_s - ONSET_LEAD_S if gap_s > 0.25 else end_s + gap_s / 2
    pause = inside & (times >= end_s) & (times <= end_s + gap_s)
    pause[round(best_s / STEP_S)] = True
    assert (costs[pause] == cost).all()
    assert (costs[inside & ~pause] == INSIDE_COST).all()
    near = pause & (np.abs(times - best_s) <= MAX_SHIFT_S)
    assert near.any()
    assert exact[near] == pytest.approx(best_s)
    assert (exact[~near] == times[~near]).all()


def test_the_exact_moments_ascend_and_are_near() -> None:
    starts = np.cumsum([0.1, 0.4, 0.3, 0.9, 0.35, 1.4, 0.5, 0.31])
    words = [word("and" if n % 3 else "end.", t, t + 0.25) for n, t in enumerate(starts)]
    _, exact = cut_points(TIMES, words)
    assert (np.diff(exact) >= 0).all()
    assert np.abs(exact - TIMES).max() <= MAX_SHIFT_S


def test_without_words_any_moment_is_free() -> None:
    costs, exact = cut_points(TIMES, ())
    assert (costs == 0).all()
    assert (exact == TIMES).all()
