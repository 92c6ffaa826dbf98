"""Score where a talk changes its topic, learned from where people set chapters.

TextTiling's idea (Hearst 1997, Computational Linguistics 23) on embeddings at four scales, and its
depth, how far such a distance exceeds those around it; combined with speakers, questions, and the
words with which people change the subject, of the sentence and its neighbors. All features are
relative to the talk, and the head is linear; trained by training/topic_boundaries.py. Pauses are
not among the features, because times in the training texts are interpolated between time stamps.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np

from pipeline.analysis import lexical_cues
from pipeline.analysis.window_distances import window_distances
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from pipeline.core.statistics import standardize

SCALES = (3, 10, 30, 60)  # sentences on either side that are compared
DEPTH_SCALES = (3, 10, 30)  # scales of the distances whose depth counts
DEPTH_RADII = (6, 15)  # sentences on either side, above whose mean a distance stands out
START = 3  # sentences before which too few are compared
SOON = 3  # "asks soon": a question follows within this many sentences
HALF_WEIGHT_SENTENCES = 10  # in a talk with this many sentences, scores count half
MAX_SPREADS = 4.0  # limit of a feature or score, in spreads
OWN = (
    *(f"distance {scale}" for scale in SCALES),
    "turn",
    "turn before",
    "turn after",
    "another",
    "asks",
    "asks soon",
    "marker",
    "moves on",
    "length",
)
NEIGHBORS = ("turn", "another", "asks", "marker", "moves on", "length")  # theirs count as well
NAMES = (
    *OWN,
    *(f"depth {scale} in {radius}" for radius in DEPTH_RADII for scale in DEPTH_SCALES),
    *(f"{name} of the one before" for name in NEIGHBORS),
    *(f"{name} of the next" for name in NEIGHBORS),
)
_MARKER = re.compile(
    r"^(?:so|now|okay|ok|all ?right|well|right|cool|yeah,? so|and so|also|great|awesome)\b",
    re.IGNORECASE,
)
_MOVES_ON = re.compile(
    r"\b(?:let's|let us|next|mov(?:e|ing) on|switch(?:ing)? gears|talk(?:ing)? about|tell us|"
    r"(?:want|wanted|like|love) to (?:ask|talk|know|hear|get into)|"
    r"another (?:thing|question|topic)|"
    r"speaking of|i'm curious|curious (?:about|how|what|to)|(?:first|second|last|final) question|"
    r"before we|jump(?:ing)? into|div(?:e|ing) into|start(?:ing)? with|get(?:ting)? started|"
    r"introduce|welcome|wrap(?:ping)? up|in conclusion)\b",
    re.IGNORECASE,
)


def strength(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """Return the strength of the topic change before each sentence, (n,).

    0 is the talk's average, 1 its spread. vectors: unit embeddings (n, d).
    """
    if not len(sentences):
        return np.zeros(0)
    return relative(evidence(sentences, vectors) @ _head())


def evidence(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """Return the features of n sentences and their embeddings (n, d), (n, len(NAMES)).

    All features are relative to the talk.
    """
    who = [s.speaker or "" for s in sentences]
    words = np.array([max(1, len(s.text.split())) for s in sentences], np.float64)
    change = np.array([1.0, *(float(a != b) for a, b in pairwise(who))])
    turn = np.cumsum(change).astype(np.intp) - 1
    spoken = np.log1p(np.bincount(turn, words))  # log of the words of each turn
    before = np.where(turn > 0, spoken[np.maximum(turn - 1, 0)], 0.0)
    names = {name: words[[w == name for w in who]].sum() for name in who}
    main = max(names, key=lambda name: names[name])
    cues = [lexical_cues.read(s.text) for s in sentences]
    asks = np.array([float(c.question) for c in cues])
    soon = np.array([asks[i + 1 : i + 1 + SOON].any() for i in range(len(asks))], np.float64)
    own = (
        *(_distances(vectors, scale) for scale in SCALES),
        change,
        change * before,
        change * spoken[turn],
        np.array([float(w != main) for w in who]),
        asks,
        soon,
        np.array([float(bool(_MARKER.match(s.text))) for s in sentences]),
        np.array([float(bool(_MOVES_ON.search(s.text))) for s in sentences]),
        np.sqrt(np.minimum(words, 40.0)),
    )
    by_name = dict(zip(OWN, map(relative, own), strict=True))
    near = np.stack([by_name[name] for name in NEIGHBORS])
    columns = (
        *by_name.values(),
        *(_depths(by_name[f"distance {s}"], r) for r in DEPTH_RADII for s in DEPTH_SCALES),
        *np.pad(near, ((0, 0), (1, 0)))[:, :-1],
        *np.pad(near, ((0, 0), (0, 1)))[:, 1:],
    )
    return np.stack([relative(column) for column in columns], 1)


def relative(values: F64) -> F64:
    """Standardize values within a talk, shrunk in short talks; zeros if the values do not vary."""
    return standardize(values, half_weight_at=HALF_WEIGHT_SENTENCES, limit=MAX_SPREADS)


def _distances(vectors: F64, scale: int) -> F64:
    """Return the distances of neighboring windows; at the talk's start, the mean of the others."""
    found = window_distances(vectors, scale)
    found[:START] = found[START:].mean() if len(found) > START else 0.0
    return found


def _depths(distances: F64, radius: int) -> F64:
    """Return how far each distance exceeds the mean of those within `radius`, itself among them."""
    padded = np.pad(distances, radius, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1)
    found: F64 = distances - around.mean(1)
    return found


@cache
def _head() -> F64:
    """Return the weights (len(NAMES),)."""
    stored = json.loads(resources.files("pipeline").joinpath("weights/borders.json").read_text())
    return np.array([stored["weights"][name] for name in NAMES])
