"""Names the field that a clip is about, as people search for it: #baking, #personalfinance.

A hundred and fifty fields stand in fields.tsv with a hashtag in each language and a
sentence that describes them. A field is named if the clip, with the talk around it, means its
description clearly more than other fields, and more than other talks mean it: both as standard
scores. training/hashtags.py computes the vectors and the usual scores.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from safetensors.numpy import load

from pipeline.core.arrays import F64

MAX_FIELDS = 1
MIN_AMONG_FIELDS = 2.8  # spreads above the other fields
MIN_SUM = 9.0  # minimum sum of that and of the spreads above other talks
DATA = "highlights/fields.tsv"
WEIGHTS = "weights/fields.safetensors"


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields, in one order."""

    names: tuple[Mapping[str, str], ...]  # hashtags by language, and "gloss"
    vectors: F64  # (n, d), unit, about their mean
    usual: F64  # (n,): mean of its cosine with talks
    spread: F64  # (n,)


def nearest(meaning: F64, first: int, last: int, language: str) -> tuple[str, ...]:
    """Return the hashtags of the fields of a span, at most MAX_FIELDS, the clearest first.

    meaning: what each sentence of the talk is about, (n, d), unit vectors; both ends inclusive.
    """
    fields = _stored()
    cosine = fields.vectors @ (blend(meaning, first, last))
    among = (cosine - cosine.mean()) / cosine.std()
    total = among + (cosine - fields.usual) / fields.spread
    clear = np.flatnonzero((among >= MIN_AMONG_FIELDS) & (total >= MIN_SUM))
    best = clear[np.argsort(-total[clear], kind="stable")][:MAX_FIELDS]
    found = (fields.names[i] for i in best)
    return tuple(f"#{names.get(language, names['en'])}" for names in found)


def blend(meaning: F64, first: int, last: int) -> F64:
    """Return the unit mean of a span and its talk, (d,)."""
    total = _unit(meaning[first : last + 1].mean(0)) + _unit(meaning.mean(0))
    return _unit(total)


def _unit(vector: F64) -> F64:
    unit: F64 = vector / max(1e-9, float(np.linalg.norm(vector)))
    return unit


def tags(language: str) -> frozenset[str]:
    """Return the hashtags of all fields in a language, in English where it has none of its own."""
    return frozenset(f"#{names.get(language, names['en'])}" for names in _names())


@cache
def _names() -> tuple[Mapping[str, str], ...]:
    return read_names()


def read_names() -> tuple[Mapping[str, str], ...]:
    """Return the rows of the data file: hashtags by language, and "gloss"."""
    text = resources.files("pipeline").joinpath(DATA).read_text(encoding="utf-8")
    rows: Sequence[Mapping[str, str]] = list(
        csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    return tuple(rows)


@cache
def _stored() -> Fields:
    data = load(resources.files("pipeline").joinpath(WEIGHTS).read_bytes())
    numbers = {name: value.astype(np.float64) for name, value in data.items()}
    return Fields(_names(), **numbers)
