"""Dynamic time warping finds the path that a plain, slow implementation finds."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import align


def plain_path_cost(cost: np.ndarray) -> float:
    """The textbook recurrence, one cell at a time."""
    n, m = cost.shape
    best = np.full((n + 1, m + 1), np.inf)
    best[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            best[i, j] = cost[i - 1, j - 1] + min(
                best[i - 1, j - 1], best[i - 1, j], best[i, j - 1]
            )
    return float(best[n, m])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 14)), min_size=1, max_size=4),
       st.integers(0, 2**31))  # fmt: skip
def test_the_batched_warp_is_as_cheap_as_the_plain_one(
    shapes: list[tuple[int, int]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    costs = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    for cost, path in zip(costs, align.warp(costs), strict=True):
        steps = np.diff(path, axis=0)
        assert path[0].tolist() == [0, 0]
        assert path[-1].tolist() == [cost.shape[0] - 1, cost.shape[1] - 1]
        assert set(map(tuple, steps.tolist())) <= {(0, 1), (1, 0), (1, 1)}
        assert np.isclose(cost[path[:, 0], path[:, 1]].sum(), plain_path_cost(cost), atol=1e-4)


def test_tokens_begin_where_attention_moves() -> None:
    tokens, states = 5, 100
    attention = torch.full((tokens, 2, 1500), 1e-4)
    for token in range(tokens):
        attention[token, :, token * 20 : token * 20 + 20] = 1.0
    (onsets,) = align.token_states([attention], [states])
    assert np.abs(onsets - np.arange(tokens) * 20).max() <= 3
