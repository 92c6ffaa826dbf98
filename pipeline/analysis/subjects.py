"""Tell what sentences are about apart from how people talk.

A few directions of an encoder's space hold what all talk has in common: that something is a
reaction, a question, an aside. Without them, the distance of two sentences tells more of their
subjects (all but the top; Mu, Viswanath 2018, ICLR). training/topic_boundaries.py finds them.
"""

from functools import cache
from importlib import resources

import numpy as np
from safetensors.numpy import load

from pipeline.core.arrays import F32, F64


def subjects(meaning: F32) -> F64:
    """Return what sentences are about, unit vectors (n, d); meaning: `Moments.meaning`, (n, d)."""
    wide, common = meaning.astype(np.float64), _common()
    left: F64 = wide - wide @ common.T @ common
    left /= np.maximum(1e-9, np.linalg.norm(left, axis=1, keepdims=True))
    return left


@cache
def _common() -> F64:
    """Return the directions that all talk has in common, (k, d), orthonormal."""
    stored = resources.files("pipeline").joinpath("weights/subjects.safetensors").read_bytes()
    common: F64 = load(stored)["common"].astype(np.float64)
    return common
