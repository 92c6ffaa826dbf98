"""Score how well each sentence represents its talk, learned from what editors put at the beginning.

A linear head over the wording, the sentence's position in the talk's meaning, the speaker, and the
main directions of the embedding. All features are relative to the talk: they are measured against
its own half-minute windows, so that nothing depends on a show's subject or style. Trained by
training/highlights.py with a softmax over the windows of an episode; docs/design/highlights.md
gives its metrics and limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from pipeline.analysis import lexical_features
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from pipeline.core.statistics import span_sums
from pipeline.language.writing_systems import word_equivalents

Spans = npt.NDArray[np.intp]  # (n, 2): first and last sentence, both inclusive

WINDOW_S = 30.0
MIN_WINDOW_SHARE = 0.6  # share of WINDOW_S that a window at the end of a talk must have
HALF_WEIGHT_WINDOWS = 6.0  # in a talk with this many windows, scores count half
MAX_SPREADS = 10.0  # limit of a score, in spreads
NEAR_S = 15.0  # on either side of a sentence: the near neighborhood
AROUND_S = 60.0  # on either side of a sentence: the wide neighborhood
SMOOTH_S = 10.0  # on either side of a sentence: averaged by `smooth`
PLACES = 150  # about this many evenly spaced sentences are compared with every sentence
NEAREST_SHARE = 0.1  # share of those sentences, the most similar ones, that count
MEANING = ("gist", "gist near", "gist around", "recurs")
SPEAKING = ("main speaker", "speaker's share", "turn")
NAMES = (*lexical_features.NAMES, *MEANING, *SPEAKING)


@dataclass(frozen=True, slots=True)
class Head:
    """The learned weights."""

    basis: F64  # (p, d): directions of embeddings
    weight: F64  # (len(NAMES) + p,)


@dataclass(frozen=True, slots=True)
class Heads:
    """One head for each encoder. In English both are heard, elsewhere the second alone."""

    english: Head
    multilingual: Head


@cache
def stored() -> Heads:
    """Return the heads that ship with the package."""
    found = load(
        resources.files("pipeline").joinpath("weights/highlights.safetensors").read_bytes()
    )
    return Heads(
        *(
            Head(
                basis=found[f"{name}.basis"].astype(np.float64),
                weight=found[f"{name}.weight"].astype(np.float64),
            )
            for name in ("english", "multilingual")
        )
    )


def score_sentences(
    sentences: Sequence[Sentence],
    vectors: F64,
    head: Head,
    *,
    seen: F64 | None = None,
) -> F64:
    """Return a score per sentence (n,): 0 is the talk's average, 1 about its spread over windows.

    vectors: unit embeddings (n, d); seen: `columns` of the sentences, if already computed. The
    score of a span is the mean over its sentences, weighted by words. The windows last half a
    minute.
    """
    if not len(sentences):
        return np.zeros(0)
    seen = columns(sentences, vectors) if seen is None else seen
    own = table(sentences, vectors, seen, head.basis) @ head.weight
    spans = windows(sentences)
    values = means(own[:, None], spans, lengths(sentences))[:, 0]
    spread = float(values.std())
    if spread < 1e-9:
        return np.zeros(len(sentences))
    scaled = (own - values.mean()) / spread * (len(spans) / (len(spans) + HALF_WEIGHT_WINDOWS))
    bounded: F64 = np.clip(scaled, -MAX_SPREADS, MAX_SPREADS)
    return bounded


def shares(sentences: Sequence[Sentence], vectors: F64, head: Head, *, seen: F64) -> F64:
    """Return what each feature adds to a sentence's score, in the head's units, (n, len(NAMES))."""
    if not len(sentences):
        return np.zeros((0, len(NAMES)))
    found = table(sentences, vectors, seen, head.basis) * head.weight
    return found[:, : len(NAMES)]


def smooth(sentences: Sequence[Sentence], own: F64) -> F64:
    """Average each sentence's value with its neighborhood, (n,), for use sentence by sentence.

    A "Yeah." in the middle of a story is part of the story.
    """
    return _within(sentences, own[:, None], SMOOTH_S)[:, 0]


def columns(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """Return all features of each sentence except its embedding, unscaled, (n, len(NAMES))."""
    if not len(sentences):
        return np.zeros((0, len(NAMES)))
    texts = [s.text for s in sentences]
    return np.hstack(
        (lexical_features.features(texts), _meaning(sentences, vectors), _speaking(sentences))
    )


def table(sentences: Sequence[Sentence], vectors: F64, seen: F64, basis: F64) -> F64:
    """Return `columns` and embedding directions, scaled by the talk's windows, (n, len(NAMES) + p).

    The directions do not apply to embeddings of another width, and are 0 for those.
    """
    along = np.zeros((len(vectors), len(basis)))
    if vectors.shape[1] == basis.shape[1]:
        along = (vectors - vectors.mean(0)) @ basis.T
    both = np.hstack((seen, along))
    usual = means(both, windows(sentences), lengths(sentences))
    spread = usual.std(0)
    varies = spread > 1e-9
    scaled: F64 = np.where(varies, (both - usual.mean(0)) / np.where(varies, spread, 1.0), 0.0)
    return scaled


def lengths(sentences: Sequence[Sentence]) -> F64:
    """Return the number of words of each sentence, at least one."""
    words = [sum(map(word_equivalents, s.text.split())) for s in sentences]
    return np.maximum(1.0, np.array(words, np.float64))


def windows(sentences: Sequence[Sentence], seconds: float = WINDOW_S) -> Spans:
    """Return, for each sentence, the window of `seconds` that starts with it.

    Windows at the end that are too short are dropped; a shorter talk is one window.
    """
    starts = np.array([s.start_s for s in sentences])
    ends = np.maximum.accumulate([s.end_s for s in sentences])
    last = np.minimum(np.searchsorted(ends, starts + seconds), len(starts) - 1)
    last = np.maximum(last, np.arange(len(starts)))
    spans = np.stack((np.arange(len(starts)), last), 1)
    whole = spans[ends[last] - starts >= MIN_WINDOW_SHARE * seconds]
    return whole if len(whole) else np.array([[0, len(starts) - 1]])


def means(values: F64, spans: Spans, weight: F64) -> F64:
    """Return the weighted mean of sentence values (n, k) over each span, (len(spans), k)."""
    first, last = spans[:, 0], spans[:, 1]
    total = span_sums(values * weight[:, None], first, last)
    found: F64 = total / span_sums(weight, first, last)[:, None]
    return found


def _meaning(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """Return how close each sentence, and the text around it, is to the subject of the talk.

    "recurs": the similarity of its neighborhood to the most similar ones elsewhere in the talk,
    which is high for recurring subjects and low for asides.
    """
    weight = np.minimum(lengths(sentences), 20.0)
    gist = _unit((vectors * weight[:, None]).sum(0))
    near, around = (_unit(_within(sentences, vectors, s)) for s in (NEAR_S, AROUND_S))
    middle = _middles(sentences)
    places = np.arange(0, len(middle), max(1, len(middle) // PLACES))
    similarity = near @ near[places].T
    elsewhere = np.abs(middle[:, None] - middle[places]) > AROUND_S
    similarity = np.sort(np.where(elsewhere, similarity, -1.0), 1)
    most = similarity[:, -max(1, int(NEAREST_SHARE * len(places))) :].mean(1)
    return np.stack((vectors @ gist, near @ gist, around @ gist, most), 1)


def _within(sentences: Sequence[Sentence], vectors: F64, seconds: float) -> F64:
    """Return the mean of the sentences within `seconds` of each sentence, weighted by words."""
    middle = _middles(sentences)
    first = np.searchsorted(middle, middle - seconds)
    last = np.searchsorted(middle, middle + seconds, side="right") - 1
    return means(vectors, np.stack((first, last), 1), lengths(sentences))


def _middles(sentences: Sequence[Sentence]) -> F64:
    """Return the middle of each sentence, made ascending even if the times are not."""
    middle = np.array([(s.start_s + s.end_s) / 2 for s in sentences])
    ascending: F64 = np.maximum.accumulate(middle)
    return ascending


def _unit(vectors: F64) -> F64:
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: F64 = vectors / np.maximum(size, 1e-9)
    return unit


def _speaking(sentences: Sequence[Sentence]) -> F64:
    """Return whether the main speaker speaks, the speaker's share, and the length of the turn.

    Editors nearly always show the guest. If speakers are unknown, all sentences have the same
    values.
    """
    names = [s.speaker or "" for s in sentences]
    known = {name: i for i, name in enumerate(dict.fromkeys(names))}
    who = np.array([known[name] for name in names])
    seconds = np.array([max(0.2, s.end_s - s.start_s) for s in sentences])
    share = np.bincount(who, seconds) / seconds.sum()
    turn = np.cumsum(np.concatenate(([0], who[1:] != who[:-1])))
    going = np.log1p(np.bincount(turn, seconds))[turn]
    return np.stack((who == share.argmax(), share[who], going), 1).astype(np.float64)
