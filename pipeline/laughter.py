"""The chance that people laugh after a sentence, from its wording (training/laughs.py)."""

from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load


def evidence(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Embeddings (n, d) → what the head reads (n, 2d): each sentence beside the one before it."""
    before = np.vstack((np.zeros_like(vectors[:1]), vectors[:-1]))
    return np.hstack((vectors, before)).astype(np.float32)


def laughter(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Probability in [0, 1] for each of n sentence embeddings (n, d)."""
    head = _head()
    logits = evidence(vectors) @ head["weight"] + head["bias"]
    odds: npt.NDArray[np.float32] = 1.0 / (1.0 + np.exp(-logits))
    return odds


@cache
def _head() -> dict[str, npt.NDArray[np.float32]]:
    stored = resources.files("pipeline").joinpath("weights/laughter.safetensors").read_bytes()
    head: dict[str, npt.NDArray[np.float32]] = load(stored)
    return head
