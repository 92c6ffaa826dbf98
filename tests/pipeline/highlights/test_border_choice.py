"""Borders are those that are expected to fit best: agreement counts, and a torn payoff costs."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.highlights.border_choice import choose_borders
from pipeline.highlights.scoring import Candidates


def spans(rows: list[tuple[int, int, float]]) -> Candidates:
    """Candidates with these first and last sentences and preferences."""
    first, last = np.array([(a, b) for a, b, _ in rows]).T
    none = np.zeros(len(rows))
    preference = np.array([p for _, _, p in rows])
    return Candidates(
        first, last, last, none, none, none, none, worth=none, preference=preference, unwanted=none
    )


def test_a_clear_winner_stays() -> None:
    found = spans([(3, 9, 5.0), (3, 10, 0.0), (4, 9, 0.0), (3, 8, 0.0)])
    assert choose_borders(found, [0]) == [0]


def test_an_end_that_several_spans_agree_on_outweighs_one_that_is_a_little_likelier() -> None:
    found = spans([(3, 7, 1.0), (3, 10, 0.95), (4, 10, 0.9), (2, 10, 0.9)])
    (chosen,) = choose_borders(found, [0])
    assert found.last[chosen] == 10


def test_of_two_ends_that_are_equally_likely_the_later_one_is_chosen() -> None:
    """A clip that ends before the payoff is worse than one with a sentence too many."""
    found = spans([(0, 8, 1.0), (0, 9, 1.0)])
    assert choose_borders(found, [0]) == [1]


def test_no_pick_grows_into_another() -> None:
    found = spans([(0, 5, 1.0), (0, 8, 1.2), (7, 12, 3.0)])
    assert choose_borders(found, [0, 2]) == [0, 2]


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 12), st.floats(-5, 5)), min_size=1, max_size=60
    )
)
def test_picks_stay_apart_whatever_the_odds(drawn: list[tuple[int, int, float]]) -> None:
    found = spans([(a, a + n, p) for a, n, p in drawn])
    order = np.argsort(-found.preference, kind="stable")
    picked: list[int] = []
    for k in order:
        if all(found.last[k] < found.first[o] or found.first[k] > found.last[o] for o in picked):
            picked.append(int(k))
    chosen = choose_borders(found, picked)
    assert len(chosen) == len(picked)
    taken = sorted((int(found.first[k]), int(found.last[k])) for k in chosen)
    assert all(a[1] < b[0] for a, b in pairwise(taken))
