"""Tells what kind of moment a span is: a story, an answer, a list, a joke …

A linear model over the mean meaning of the span, the meaning of its first sentence, what is counted
of its sentences (`moments.features`) and their number. Since it is linear, the score of every span
of a talk follows from prefix sums. training/kinds.py trains it on planted moments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from safetensors.numpy import load

from pipeline.analysis import moments
from pipeline.core.arrays import F32, F64, Indices
from pipeline.core.data import MOMENT_KINDS, Sentence
from pipeline.core.statistics import prefix_sums

WEIGHTS = "weights/kinds.safetensors"
SIZES = (20.0, 6.0, 1.0, 1.0)  # scales of the input's parts, so that one ridge suits all


@dataclass(frozen=True, slots=True)
class Weights:
    """One column for each of MOMENT_KINDS."""

    mean: F64  # (d, kinds): of the mean meaning
    opening: F64  # (d, kinds): of the first sentence's meaning
    counted: F64  # (len(moments.NAMES), kinds)
    length: F64  # (kinds,): of the logarithm of the number of sentences
    bias: F64  # (kinds,)


def chances(sentences: Sequence[Sentence], meaning: F32, first: Indices, last: Indices) -> F64:
    """Return the probability of each of MOMENT_KINDS for spans, (spans, kinds).

    meaning: what each sentence is about, (n, d), unit vectors; both ends inclusive.
    """
    known = _stored()
    wide = meaning.astype(np.float64)
    counted = moments.features(sentences, meaning).astype(np.float64)
    sums = prefix_sums(wide @ known.mean + counted @ known.counted)
    count = last + 1 - first
    logits = (sums[last + 1] - sums[first]) / count[:, None]
    logits += (wide @ known.opening)[first]
    logits += np.log(count)[:, None] * known.length + known.bias
    logits -= logits.max(1, keepdims=True)
    odds = np.exp(logits)
    shares: F64 = odds / odds.sum(1, keepdims=True)
    return shares


@cache
def _stored() -> Weights:
    data = load(resources.files("pipeline").joinpath(WEIGHTS).read_bytes())
    assert data["bias"].shape == (len(MOMENT_KINDS),)
    return Weights(**{name: value.astype(np.float64) for name, value in data.items()})
