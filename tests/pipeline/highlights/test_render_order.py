"""Clips are rendered so that they are there soonest."""

from dataclasses import replace
from itertools import permutations

import whole_moments
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import Highlight, Span
from pipeline.highlights.render_order import render_order

SECONDS = st.lists(st.floats(0.5, 300), max_size=6)


def highlight(seconds: float, left_out: tuple[Span, ...] = ()) -> Highlight:
    # each begins at 0, so that no rounding makes two lengths one
    return replace(whole_moments.highlight(0, 0, 0.5), end_s=seconds, left_out=left_out)


@given(SECONDS)
def test_no_order_has_a_smaller_mean_time_until_a_clip_is_there(seconds: list[float]) -> None:
    def total(order: list[int] | tuple[int, ...]) -> float:
        return sum(seconds[n] * (len(order) - at) for at, n in enumerate(order))

    order = render_order([highlight(s) for s in seconds])
    assert sorted(order) == list(range(len(seconds)))
    least = min(map(total, permutations(range(len(seconds)))))
    assert total(order) <= least * (1 + 1e-9)


@given(SECONDS, st.integers(2, 4))
def test_side_by_side_the_shortest_is_first_and_then_the_longest(
    seconds: list[float], at_once: int
) -> None:
    order = render_order([highlight(s) for s in seconds], at_once=at_once)
    assert sorted(order) == list(range(len(seconds)))
    assert [seconds[n] for n in order[:1]] == sorted(seconds)[:1]
    rest = [seconds[n] for n in order[1:]]
    assert rest == sorted(rest, reverse=True)


def test_what_a_clip_leaves_out_is_not_rendered() -> None:
    short = highlight(60.0, left_out=(Span(start_s=10.0, end_s=55.0),))
    assert render_order([highlight(30.0), short]) == [1, 0]
