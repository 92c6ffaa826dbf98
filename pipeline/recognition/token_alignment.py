"""Align tokens with the sound: an ordered path over the peaks of the alignment heads' attention.

While a token is chosen, a few of Whisper's heads attend to the very sound with which it starts. The
usual reading (openai/whisper's timing.py: all alignment heads, smoothed over 140 ms, dynamic time
warping, a token starts where the path reaches it) is early by the gap between two words: a quarter
of a second for words spoken one by one. Here the warping follows the peaks instead: it finds the
likeliest non-decreasing sequence of states, one per token, for all windows of a batch at once.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from pipeline.core.arrays import F32
from pipeline.core.control import Check, unchecked

AROUND = 2  # states on either side of a peak whose weights locate it between states
FLOOR = 1e-4  # added before the logarithm: attention well below it counts as none
# A head's peak lies 30 ms after the onset: measured with Whisper base on 850 words of known onset,
# the middle half of them within 15 ms of this.
PEAK_DELAY = 1.0  # states of 20 ms, from the start of a state to where its peak is seen

Indices = npt.NDArray[np.int64]


def token_states(
    attention: Sequence[torch.Tensor], states: Sequence[int], check: Check = unchecked
) -> list[F32]:
    """Return where each token starts in each window, in fractional encoder states, ascending.

    attention: per window (tokens, heads, 1500); row i is the attention while token i was chosen.
    states: per window, how many of the 1500 states are sound; the rest is padding.
    check: called before each window and before the alignment; may raise to stop.
    """
    weights = []
    for part, count in zip(attention, states, strict=True):
        check()
        weights.append(_average_heads(part[..., :count]))
    check()
    paths = find_paths([np.log(w + FLOOR) for w in weights])
    return [
        np.maximum(_center_peaks(w, path) - PEAK_DELAY, 0.0)
        for w, path in zip(weights, paths, strict=True)
    ]


def _average_heads(attention: torch.Tensor) -> F32:
    """Average over heads after scaling each row of a head to sum 1: (tokens, states)."""
    weights = attention.float()
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
    result: F32 = weights.mean(1).cpu().numpy()
    return result


def find_paths(scores: Sequence[F32]) -> list[Indices]:
    """Find the non-decreasing path with the largest sum, one state per token, in each matrix.

    The matrices are (tokens, states). All of them advance together, one token at a time, so the
    number of steps is the token count of the longest.
    """
    if not scores:
        return []
    tokens = max(s.shape[0] for s in scores)
    columns = max(s.shape[1] for s in scores)
    padded = np.full((tokens, len(scores), columns), -np.inf, np.float32)
    for b, score in enumerate(scores):
        padded[: score.shape[0], b, : score.shape[1]] = score
        padded[score.shape[0] :, b, : score.shape[1]] = 0.0
    here = np.arange(columns)
    came_from = np.zeros(padded.shape, np.int16)
    total = padded[0].copy()
    for i in range(1, tokens):
        best = np.maximum.accumulate(total, axis=-1)
        came_from[i] = np.maximum.accumulate(np.where(total == best, here, 0), axis=-1)
        total = best + padded[i]
    last = total.argmax(-1)
    return [_trace_back(came_from[: s.shape[0], b], int(last[b])) for b, s in enumerate(scores)]


def _trace_back(came_from: npt.NDArray[np.int16], last: int) -> Indices:
    """Trace a path back from the state of its last token."""
    path = np.empty(len(came_from), np.int64)
    for i in range(len(came_from) - 1, -1, -1):
        path[i] = last
        last = int(came_from[i, last])
    return path


def _center_peaks(weights: F32, path: Indices) -> F32:
    """Return the center of the weights around each state of the path, made non-decreasing."""
    columns = weights.shape[1]
    near = path[:, None] + np.arange(-AROUND, AROUND + 1)
    inside = (near >= 0) & (near < columns)
    near = near.clip(0, columns - 1)
    mass = np.where(inside, np.take_along_axis(weights, near, 1), 0.0) + 1e-9
    centers = (mass * near).sum(1) / mass.sum(1)
    return np.maximum.accumulate(centers).astype(np.float32)
