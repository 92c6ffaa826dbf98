"""Standard scores and sums over spans."""

import numpy as np
import pytest

from pipeline.core.statistics import logistic, span_sums, standardize


def test_scores_have_no_mean_are_bounded_and_count_less_where_there_are_few() -> None:
    values = np.array([0.0, 0.0, 0.0, 0.0, 10.0])
    scores = standardize(values, half_weight_at=5, limit=9.0)
    assert scores.mean() == pytest.approx(0)
    assert scores[4] == pytest.approx(2.0 / 2)
    assert standardize(values, half_weight_at=5, limit=1.0)[4] == pytest.approx(0.5)


@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0]])
def test_nothing_stands_out_where_nothing_varies(values: list[float]) -> None:
    assert not standardize(np.array(values), half_weight_at=5, limit=9.0).any()


def test_sums_over_spans_hold_both_ends() -> None:
    rows = np.arange(8.0).reshape(4, 2)
    first, last = np.array([0, 1, 3]), np.array([0, 3, 3])
    assert span_sums(rows, first, last).tolist() == [[0, 1], [12, 15], [6, 7]]
    assert span_sums(rows[:, 0], first, last).tolist() == [0, 12, 6]


def test_the_logistic_function_keeps_the_precision() -> None:
    assert logistic(np.zeros(1, np.float32)).dtype == np.float32
    assert logistic(np.zeros(1)).tolist() == [0.5]
