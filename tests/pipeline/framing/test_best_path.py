"""The best path is the best of all paths, tried one by one."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest

from pipeline.core.arrays import F64
from pipeline.framing.best_path import best_path


def gain(path: tuple[int, ...], reward: F64, costs: F64, shortest: int) -> float:
    """What a path brings; nothing at all if a stay is too short."""
    stays = [len(list(stay)) for _, stay in groupby(path)]
    if len(stays) > 1 and min(stays) < shortest:
        return -np.inf
    changes = sum(costs[n] for n, (a, b) in enumerate(pairwise(path), 1) if a != b)
    return float(sum(reward[state, n] for n, state in enumerate(path)) - changes)


@pytest.mark.parametrize("seed", range(60))
def test_no_other_path_brings_more(seed: int) -> None:
    random = np.random.default_rng(seed)
    shortest, states = int(random.integers(1, 4)), int(random.integers(1, 4))
    count = int(random.integers(2 * shortest, 9))
    reward = random.normal(size=(states, count))
    costs = random.uniform(0.0, 1.0, size=count)
    path = tuple(best_path(reward, costs, shortest))
    paths = product(range(states), repeat=count)
    best = max(gain(p, reward, costs, shortest) for p in paths)
    assert gain(path, reward, costs, shortest) == pytest.approx(best)


def test_where_two_stays_do_not_fit_one_choice_stays_unless_it_costs() -> None:
    reward = np.array([[1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.9, 0.9, 0.9]])
    assert best_path(reward, np.zeros(5), 3) == [1] * 5
    reward[1, :2] = -1.0
    reward[0, 2:] = -1.0
    assert best_path(reward, np.zeros(5), 3) == [0, 0, 1, 1, 1]
