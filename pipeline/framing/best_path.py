"""Finds the sequence of choices with the highest reward, each kept for a least time."""

import numpy as np

from pipeline.core.arrays import F64


def best_path(reward: F64, change_costs: F64, shortest: int) -> list[int]:
    """Return the best state at each of n moments, by dynamic programming.

    reward: (states, n). change_costs: (n,), of a change just before each moment; the first is
    not used. Every stay lasts at least `shortest` moments; if two such stays do not fit, one state
    covers everything, as long as it never costs anything.
    """
    n = reward.shape[1]
    if n < 2 * shortest:
        alone = int(np.argmax(reward.sum(axis=1)))
        if n < 2 or reward[alone].min() >= 0:
            return [alone] * n
        shortest = n // 2
    sums = np.hstack([np.zeros((len(reward), 1)), reward.cumsum(axis=1)])
    best = np.full(n + 1, -np.inf)  # best sum before each moment, if a stay ends there
    best[0] = 0.0
    stays = [(0, 0)] * (n + 1)  # begin and state of each such stay
    ahead = np.full(len(reward), -np.inf)  # best sum before a stay, less the sums up to it
    begins = np.zeros(len(reward), dtype=np.int64)
    for end in range(shortest, n + 1):
        begin = end - shortest
        cost = change_costs[begin] if begin else 0.0  # the first stay is not a change
        gain = best[begin] - cost - sums[:, begin]
        begins = np.where(gain > ahead, begin, begins)
        ahead = np.maximum(gain, ahead)
        state = int(np.argmax(ahead + sums[:, end]))
        best[end] = ahead[state] + sums[state, end]
        stays[end] = int(begins[state]), state
    path: list[int] = []
    end = n
    while end > 0:
        begin, state = stays[end]
        path = [state] * (end - begin) + path
        end = begin
    return path
