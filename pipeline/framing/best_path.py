"""Finds the sequence of choices with the highest reward, each kept for a least time."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import Shot, Word
from pipeline.framing.cut_points import cut_points

STEP_S = 1 / 6  # interval between the moments at which somebody is chosen


def best_stays(
    shot: Shot,
    words: Sequence[Word],
    reward: Callable[[F64], F64],
    *,
    change_cost: float,
    shortest_s: float,
) -> Iterator[tuple[int, float, float]]:
    """Yield the best states of a shot, abutting, in order: number, start and end.

    `reward` returns what each state is worth a second at these times, shape (states, n). A change
    costs `change_cost`, and more where it would cut into `words`.
    """
    count = max(1, int((shot.end_s - shot.start_s) / STEP_S))  # the last is a bit longer
    times = np.asarray(shot.start_s + STEP_S * np.arange(count), np.float64)
    costs, exact = cut_points(times, words)
    shortest = max(1, math.ceil(shortest_s / STEP_S))
    chosen = best_path(reward(times) * STEP_S, change_cost + costs, shortest)
    start_s = shot.start_s
    for n in range(1, count + 1):
        if n == count or chosen[n] != chosen[n - 1]:
            end_s = shot.end_s if n == count else float(exact[n])
            yield chosen[n - 1], start_s, end_s
            start_s = end_s


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
