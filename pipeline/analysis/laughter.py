"""Estimate the probability of laughter after a sentence from the surrounding text.

Trained by training/laughs.py.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from safetensors.numpy import load

from pipeline.core.arrays import F32
from pipeline.core.data import Sentence
from pipeline.core.statistics import logistic

AROUND = 9  # sentences over which the rate of speaker changes is measured
_MAX_WORDS = 40.0  # longer sentences count as this long


def evidence(sentences: Sequence[Sentence], vectors: F32) -> F32:
    """Return the head's input, (n, 3d + 7), for n sentences and their embeddings (n, d).

    It holds the embeddings of each sentence and its neighbors, speaker changes, and lengths: people
    laugh after something short, and where speakers change quickly.
    """
    before = np.vstack((np.zeros_like(vectors[:1]), vectors[:-1]))
    after = np.vstack((vectors[1:], np.zeros_like(vectors[:1])))
    who = [s.speaker for s in sentences]
    changes = np.array([a != b for a, b in pairwise(who)], np.float32)
    changes = np.concatenate(([0.0], changes, [0.0]))  # before each sentence, and at the end
    change_rate = np.convolve(changes[1:], np.full(AROUND, 1 / AROUND), "same")[: len(who)]
    words = np.array([max(1, len(s.text.split())) for s in sentences])
    root = np.sqrt(np.minimum(words, _MAX_WORDS))
    following = np.append(root[1:], 0.0)
    small = (
        changes[1:],
        changes[:-1],
        2.0 * change_rate,
        root / 6.0,
        following / 6.0,
        np.minimum(root, 2.0),
        np.minimum(following, 2.0),
    )
    return np.hstack((vectors, before, after, np.stack(small, 1) / 2.0)).astype(np.float32)


def laugh_chances(sentences: Sequence[Sentence], vectors: F32) -> F32:
    """Return a probability in [0, 1] for each of n sentences, given their embeddings (n, d)."""
    if not len(sentences):
        return np.zeros(0, np.float32)
    head = _head()
    logits = evidence(sentences, vectors) @ head["weight"] + head["bias"]
    chances: F32 = logistic(logits)
    return chances


@cache
def _head() -> dict[str, F32]:
    stored = resources.files("pipeline").joinpath("weights/laughter.safetensors").read_bytes()
    head: dict[str, F32] = load(stored)
    return head
