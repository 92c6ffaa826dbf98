"""Spans that do not overlap: never less than the best of all choices, nor more than allowed."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.highlights.interval_scheduling import schedule

SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.floats(-0.5, 2.0)), max_size=9)


def apart(spans: list[tuple[int, int]]) -> bool:
    ordered = sorted(spans)
    return all(a[1] < b[0] for a, b in pairwise(ordered))


@settings(max_examples=300, deadline=None)
@given(SPANS, st.integers(0, 5))
def test_no_other_choice_gains_more(spans: list[tuple[int, int, float]], most: int) -> None:
    first = np.array([a for a, _, _ in spans], np.intp)
    last = np.array([a + n for a, n, _ in spans], np.intp)
    gain = np.array([g for _, _, g in spans], np.float64)
    picked = schedule(first, last, gain, most)
    places = list(zip(first.tolist(), last.tolist(), strict=True))
    assert len(picked) <= most
    assert apart([places[k] for k in picked])
    best = max(
        float(gain[list(chosen)].sum())
        for size in range(most + 1)
        for chosen in combinations(range(len(spans)), size)
        if apart([places[k] for k in chosen])
    )
    assert abs(gain[picked].sum() - best) < 1e-9
    assert picked == sorted(picked, key=lambda k: places[k])


def test_an_hour_of_candidates_takes_no_time_to_speak_of() -> None:
    """The table is over sentences and picks, not over pairs of spans."""
    random = np.random.default_rng(1)
    first = random.integers(0, 1500, 40_000)
    last = first + random.integers(0, 20, 40_000)
    picked = schedule(first, last, random.random(40_000), 9)
    assert len(picked) == 9
