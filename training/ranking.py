"""Learns which windows of an episode an editor chose, and measures how well they are found.

Each episode has one labeled span, and other good spans are unlabeled. Windows therefore compete
only within their episode (softmax over its windows), a window counts by how far its overlap with a
zone exceeds one half, and there are few, strongly regularized parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pipeline.analysis import lexical_features, salience
from pipeline.analysis.salience import Head, Heads, Spans
from pipeline.core.arrays import F64
from training.corpus import Episode

DIRECTIONS = 64  # principal directions of the embeddings
WINDOWS_S = (20.0, 30.0, 45.0)  # lengths of the windows that compete
RIDGE = {"wording": 2.8, "meaning": 1.0, "speaking": 1.0, "directions": 1.6}
STEPS = 60
HALF = 0.5  # share of a window or of a zone


@dataclass(frozen=True, slots=True)
class Prepared:
    """The contribution of an episode to the loss."""

    windows: F64  # (w, features)
    wanted: F64  # (w,), sums to 1


def directions(episodes: Sequence[Episode]) -> F64:
    """Compute the principal directions of sentences about their talk's mean, (DIRECTIONS, d)."""
    moved = [e.vectors - e.vectors.mean(0) for e in episodes]
    spread = sum((m.T @ m for m in moved), np.zeros((moved[0].shape[1],) * 2))
    _, vectors = np.linalg.eigh(spread)
    basis = vectors[:, ::-1][:, :DIRECTIONS].T
    sign = np.sign(basis[np.arange(DIRECTIONS), np.abs(basis).argmax(1)])  # a fixed sign
    found: F64 = basis * sign[:, None]
    return found


def prepare(episode: Episode, basis: F64, columns: Sequence[int]) -> Prepared | None:
    """Compute the features of the windows; None if no window has half of a zone."""
    table = salience.table(episode.sentences, episode.vectors, episode.seen, basis)[:, columns]
    spans = np.concatenate([salience.windows(episode.sentences, s) for s in WINDOWS_S])
    wanted = np.maximum(0.0, episode.share(spans) - HALF)
    if not wanted.any():
        return None
    windows = salience.means(table, spans, salience.lengths(episode.sentences))
    return Prepared(windows, wanted / wanted.sum())


def ridges() -> F64:
    """Return the ridge strength of each weight, (len(salience.NAMES) + DIRECTIONS,).

    The many weights that may pick up a show's manner and subject are bound more strongly than the
    few for a sentence's place in the talk's meaning and turns, which carry over to unseen shows.
    """
    counts = (
        len(lexical_features.NAMES),
        len(salience.MEANING),
        len(salience.SPEAKING),
        DIRECTIONS,
    )
    return np.repeat(list(RIDGE.values()), counts)


def fit(prepared: Sequence[Prepared], ridge: F64) -> F64:
    """Fit weights (features,) that maximize the likelihood of the chosen windows."""
    windows = torch.from_numpy(np.concatenate([p.windows for p in prepared]))
    wanted = torch.from_numpy(np.concatenate([p.wanted for p in prepared]))
    sizes = torch.tensor([len(p.wanted) for p in prepared])
    episode = torch.repeat_interleave(torch.arange(len(prepared)), sizes)
    bound = torch.from_numpy(ridge)
    weight = torch.zeros(windows.shape[1], dtype=windows.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = windows @ weight
        total = torch.zeros(len(prepared), dtype=scores.dtype).index_add(0, episode, scores.exp())
        likelihood = wanted @ scores - total.log().sum()
        value = -likelihood / len(prepared) + bound @ weight.square()
        torch.autograd.backward(value)
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call] # torch gives it no types
    return weight.detach().numpy()


def train(episodes: Sequence[Episode], columns: Sequence[int] | None = None) -> Head:
    """Train a head on the episodes; if `columns` is given, on these features only."""
    basis = directions(episodes)
    count = len(salience.NAMES) + len(basis)
    used = list(range(count) if columns is None else columns)
    prepared = [p for p in (prepare(e, basis, used) for e in episodes) if p is not None]
    weight = np.zeros(count)
    weight[used] = fit(prepared, ridges()[used])
    return Head(basis=basis, weight=weight)


def train_both(episodes: Sequence[Episode], columns: Sequence[int] | None = None) -> Heads:
    """Train a head for each encoder, on episodes read with moments."""
    return Heads(train(episodes, columns), train([e.multilingual for e in episodes], columns))


def tile_scores(episode: Episode, own: F64, tiles: Spans) -> F64:
    """Return the score of each tile: the mean score of its sentences, weighted by words."""
    return salience.means(own[:, None], tiles, salience.lengths(episode.sentences))[:, 0]


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


def hit(scores: F64, labels: F64, first: int = 10) -> float:
    """Return 1 if a positive is among the first ranks, else 0."""
    return float((labels[np.argsort(-scores, kind="stable")[:first]] > 0).any())
