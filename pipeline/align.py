"""When each token was spoken: dynamic time warping over the alignment heads' attention.

Method: openai/whisper's timing.py (attention of chosen heads, normalised over tokens, median
filter, DTW). The warping here runs all windows of a batch at once along anti-diagonals.
Knows nothing of words or audio.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from pipeline.control import Check, unchecked

MEDIAN = 7  # states (140 ms): smooths single-frame jumps of a head

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


def token_states(
    attention: Sequence[torch.Tensor], states: Sequence[int], check: Check = unchecked
) -> list[Indices]:
    """First encoder state of each token, per window.

    attention: per window (tokens, heads, 1500); row i is the attention while token i was chosen.
    states: per window how many of the 1500 states are sound; the rest is padding.
    check: called before each window, and before they are warped; may raise to stop.
    """
    costs = []
    for weights, count in zip(attention, states, strict=True):
        check()
        costs.append(-_prepared(weights, count))
    check()
    return [_onsets(path) for path in warp(costs)]


def _prepared(attention: torch.Tensor, states: int) -> Floats:
    """Mean over heads of normalised, smoothed attention: (tokens, states), higher is likelier."""
    weights = attention[..., :states].float()
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
    spread, mean = torch.std_mean(weights, dim=0, keepdim=True, unbiased=False)
    weights = (weights - mean) / spread.clamp(min=1e-6)
    half = MEDIAN // 2
    if states > half:
        padded = F.pad(weights, (half, half), mode="reflect")
        weights = padded.unfold(-1, MEDIAN, 1).median(-1).values
    result: Floats = weights.mean(1).cpu().numpy()
    return result


def warp(costs: list[Floats]) -> list[Indices]:
    """Cheapest monotonic path through each (tokens, states) matrix, as rows (token, state).

    Steps are one token, one state, or both. All matrices advance together, one anti-diagonal at a
    time, so the cost is tokens + states vector operations for a whole batch.
    """
    if not costs:
        return []
    rows = max(c.shape[0] for c in costs)
    columns = max(c.shape[1] for c in costs)
    batch = len(costs)
    skewed = np.zeros((rows + columns - 1, batch, rows), np.float32)
    token = np.arange(rows)
    for b, cost in enumerate(costs):
        n, m = cost.shape
        for i in range(n):
            skewed[i : i + m, b, i] = cost[i]
    trace = np.zeros(skewed.shape, np.int8)  # 0: both, 1: token, 2: state
    before = np.full((batch, rows), np.inf, np.float32)  # diagonal k-1
    before_that = before.copy()  # diagonal k-2
    for k in range(rows + columns - 1):
        both = np.full_like(before, np.inf)
        both[:, 1:] = before_that[:, :-1]
        next_token = np.full_like(before, np.inf)
        next_token[:, 1:] = before[:, :-1]
        if k == 0:
            both[:, 0] = 0.0
        choices = np.stack((both, next_token, before))
        trace[k] = choices.argmin(0)
        here = choices.min(0) + skewed[k]
        here[:, (token > k) | (k - token >= columns)] = np.inf
        before_that, before = before, here
    return [_walk(trace[:, b], *costs[b].shape) for b in range(batch)]


def _walk(trace: npt.NDArray[np.int8], tokens: int, states: int) -> Indices:
    """Follow the trace back from the last cell to the first."""
    i, j = tokens - 1, states - 1
    path = [(i, j)]
    while i > 0 or j > 0:
        step = trace[i + j, i] if i > 0 and j > 0 else (1 if i > 0 else 2)
        i -= step != 2
        j -= step != 1
        path.append((i, j))
    return np.array(path[::-1], np.int64)


def _onsets(path: Indices) -> Indices:
    """State at which the path first reaches each token."""
    _, first = np.unique(path[:, 0], return_index=True)
    onsets: Indices = path[first, 1]
    return onsets
