"""Fits weights to what was chosen among others, and measures how well it is ranked.

What competes does so within its talk (softmax), because a talk has one or a few choices and others
would have been good, too; the few weights are strongly regularized.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from pipeline.core.arrays import F64

STEPS = 60
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What competes within a talk."""

    windows: F64  # (w, features)
    wanted: F64  # (w,), sums to 1


def fitted(loss: Callable[..., torch.Tensor], *starts: torch.Tensor, steps: int) -> list[Any]:
    """Return the weights at which a loss of them is least, from these starts on, by L-BFGS."""
    weights = [start.clone().requires_grad_() for start in starts]
    optimizer = torch.optim.LBFGS(weights, max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        value = loss(*weights)
        torch.autograd.backward(value)
        return value

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch has no types for it
    return [weight.detach().numpy() for weight in weights]


def fit_logistic(features: F64, right: F64, *, ridge: float | F64, steps: int = STEPS) -> F64:
    """Fit a logistic regression by maximum likelihood, weights (k,); features: (n, k).

    ridge: one for all weights, or (k,).
    """
    x, y, bound = torch.from_numpy(features), torch.from_numpy(right), torch.as_tensor(ridge)

    def loss(weight: torch.Tensor) -> torch.Tensor:
        entropy = binary_cross_entropy_with_logits(x @ weight, y)
        return entropy + (bound * weight.square()).sum() / len(y) / 2

    [weight] = fitted(loss, torch.zeros(x.shape[1], dtype=torch.float64), steps=steps)
    return np.asarray(weight, np.float64)


def fit(prepared: Sequence[Prepared], ridge: F64) -> F64:
    """Fit weights (features,) that maximize the likelihood of the chosen windows."""
    windows = torch.from_numpy(np.concatenate([p.windows for p in prepared]))
    wanted = torch.from_numpy(np.concatenate([p.wanted for p in prepared]))
    sizes = torch.tensor([len(p.wanted) for p in prepared])
    episode = torch.repeat_interleave(torch.arange(len(prepared)), sizes)
    bound = torch.from_numpy(ridge)

    def loss(weight: torch.Tensor) -> torch.Tensor:
        scores = windows @ weight
        total = torch.zeros(len(prepared), dtype=scores.dtype).index_add(0, episode, scores.exp())
        likelihood = wanted @ scores - total.log().sum()
        return -likelihood / len(prepared) + bound @ weight.square()

    [weight] = fitted(loss, torch.zeros(windows.shape[1], dtype=windows.dtype), steps=STEPS)
    return np.asarray(weight, np.float64)


def auc(scores: F64, labels: F64) -> float:
    """Return the chance that a positive outranks a negative (Mann–Whitney); ties count half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = labels > 0
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def average_precision(scores: F64, labels: F64) -> float:
    """Return the mean precision at the rank of each positive."""
    ranked = labels[np.argsort(-scores, kind="stable")] > 0
    found = np.cumsum(ranked)
    return float((found[ranked] / (np.flatnonzero(ranked) + 1)).mean())


def f1(found: Bools, truth: Bools) -> float:
    """Return the harmonic mean of precision and recall."""
    return float(2 * (found & truth).sum() / max(1, found.sum() + truth.sum()))
