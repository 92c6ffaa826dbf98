"""When each token was spoken: the peaks of the alignment heads' attention, in order.

A few of Whisper's heads look, while a token is chosen, at the very sound with which it begins.
The usual reading (openai/whisper's timing.py: all alignment heads, smoothed over 140 ms, dynamic
time warping, a token begins where the path reaches it) is early by what lies between two words:
on words said one by one a quarter of a second. Here the warping goes over the peaks instead: the
likeliest sequence of states, one a token and none before the one before it, all windows of a
batch at once.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from pipeline.core.arrays import F32
from pipeline.core.control import Check, unchecked

AROUND = 2  # states on either side of a peak whose weight tells where between states it lies
FLOOR = 1e-4  # attention that is as good as none
# A head's peak lies 30 ms behind the onset: measured with Whisper base on 850 words of known
# onset, the middle half of them within 15 ms of this.
LATE = 1.0  # states, of 20 ms, from the beginning of one to where its peak is seen

Indices = npt.NDArray[np.int64]


def token_states(
    attention: Sequence[torch.Tensor], states: Sequence[int], check: Check = unchecked
) -> list[F32]:
    """Where each token begins, in encoder states and parts of them, ascending, per window.

    attention: per window (tokens, heads, 1500); row i is the attention while token i was chosen.
    states: per window how many of the 1500 states are sound; the rest is padding.
    check: called before each window, and before they are aligned; may raise to stop.
    """
    weights = []
    for part, count in zip(attention, states, strict=True):
        check()
        weights.append(_mean(part[..., :count]))
    check()
    paths = ascending([np.log(w + FLOOR) for w in weights])
    return [
        np.maximum(_centre(w, path) - LATE, 0.0) for w, path in zip(weights, paths, strict=True)
    ]


def _mean(attention: torch.Tensor) -> F32:
    """Mean over heads, each row of a head summing to 1: (tokens, states)."""
    weights = attention.float()
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)
    result: F32 = weights.mean(1).cpu().numpy()
    return result


def ascending(scores: Sequence[F32]) -> list[Indices]:
    """Per (tokens, states) matrix one state a token, none before the last one's, with the most sum.

    All matrices advance together, one token at a time: as many steps as the longest has tokens.
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
    return [_back(came_from[: s.shape[0], b], int(last[b])) for b, s in enumerate(scores)]


def _back(came_from: npt.NDArray[np.int16], last: int) -> Indices:
    """The states of a path, from the one of its last token."""
    path = np.empty(len(came_from), np.int64)
    for i in range(len(came_from) - 1, -1, -1):
        path[i] = last
        last = int(came_from[i, last])
    return path


def _centre(weights: F32, path: Indices) -> F32:
    """The weights' centre around each state of the path, never before the one before it."""
    columns = weights.shape[1]
    near = path[:, None] + np.arange(-AROUND, AROUND + 1)
    inside = (near >= 0) & (near < columns)
    near = near.clip(0, columns - 1)
    mass = np.where(inside, np.take_along_axis(weights, near, 1), 0.0) + 1e-9
    centres = (mass * near).sum(1) / mass.sum(1)
    return np.maximum.accumulate(centres).astype(np.float32)
