"""How much each sentence tells of its talk, learned from what editors put at the beginning.

A linear head over the wording, the place of a sentence in the talk's meaning, who speaks, and the
main directions of its embedding, all relative to the talk: each is measured against the talk's
own half minutes, so that nothing depends on a show's subject or manner. Trained by
training/highlights.py with a softmax over the windows of an episode; its metrics and limits stand
in docs/highlights.md.
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

Spans = npt.NDArray[np.intp]  # (n, 2): first and last sentence, both inclusive

WINDOW_S = 30.0
SHORT = 0.6  # of WINDOW_S: what a window at the end of a talk must have
HALF_WEIGHT_WINDOWS = 6.0  # windows: with so many, what stands out counts half
MAX_SPREADS = 10.0  # spreads: a sentence unlike all others counts no more
NEAR_S, AROUND_S = 15.0, 60.0  # on either side of a sentence: its neighbourhood
SMOOTH_S = 10.0
PLACES = 150  # of a talk that every sentence is compared with
NEAREST_SHARE = 0.1  # share of them that are most alike
MEANING = ("gist", "gist near", "gist around", "recurs")
SPEAKING = ("main speaker", "speaker's share", "turn")
NAMES = (*lexical_features.NAMES, *MEANING, *SPEAKING)


@dataclass(frozen=True, slots=True)
class Head:
    """What was learned."""

    basis: F64  # (p, d): directions of embeddings
    weight: F64  # (len(NAMES) + p,)


@cache
def stored() -> Head:
    """The head that comes with the package."""
    found = load(
        resources.files("pipeline").joinpath("weights/highlights.safetensors").read_bytes()
    )
    return Head(basis=found["basis"].astype(np.float64), weight=found["weight"].astype(np.float64))


def score_sentences(
    sentences: Sequence[Sentence],
    vectors: F64,
    head: Head | None = None,
    *,
    seen: F64 | None = None,
) -> F64:
    """(n,): 0 is the talk's usual, about 1 its spread over windows of half a minute.

    vectors: unit embeddings (n, d); seen: `columns` of them, if they are known already.
    The mean over a span, by words, is what the span is worth.
    """
    head = head or stored()
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


def shares(
    sentences: Sequence[Sentence], vectors: F64, head: Head | None = None, *, seen: F64
) -> F64:
    """(n, len(NAMES)): what each trait adds to a sentence's score, in units of the head's own."""
    if not len(sentences):
        return np.zeros((0, len(NAMES)))
    head = head or stored()
    found = table(sentences, vectors, seen, head.basis) * head.weight
    return found[:, : len(NAMES)]


def smooth(sentences: Sequence[Sentence], own: F64) -> F64:
    """Each sentence's value with its neighbourhood's: (n,), for who looks at sentences alone.

    A "Yeah." amid a story is part of it.
    """
    return _within(sentences, own[:, None], SMOOTH_S)[:, 0]


def columns(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """(n, len(NAMES)): what is known of each sentence but its embedding, in units of its own."""
    if not len(sentences):
        return np.zeros((0, len(NAMES)))
    texts = [s.text for s in sentences]
    return np.hstack(
        (lexical_features.features(texts), _meaning(sentences, vectors), _speaking(sentences))
    )


def table(sentences: Sequence[Sentence], vectors: F64, seen: F64, basis: F64) -> F64:
    """(n, len(NAMES) + p): `columns` and directions, in spreads of the talk's windows.

    The directions mean nothing for embeddings of another width, and are left out there.
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
    """Words of each sentence, at least one."""
    return np.array([max(1, len(s.text.split())) for s in sentences], np.float64)


def windows(sentences: Sequence[Sentence], seconds: float = WINDOW_S) -> Spans:
    """From each sentence on as many as last so long; the whole talk where it is shorter."""
    starts = np.array([s.start_s for s in sentences])
    ends = np.maximum.accumulate([s.end_s for s in sentences])
    last = np.minimum(np.searchsorted(ends, starts + seconds), len(starts) - 1)
    last = np.maximum(last, np.arange(len(starts)))
    spans = np.stack((np.arange(len(starts)), last), 1)
    whole = spans[ends[last] - starts >= SHORT * seconds]
    return whole if len(whole) else np.array([[0, len(starts) - 1]])


def means(values: F64, spans: Spans, weight: F64) -> F64:
    """Weighted mean of sentences' values (n, k) over each span: (len(spans), k)."""
    first, last = spans[:, 0], spans[:, 1]
    total = span_sums(values * weight[:, None], first, last)
    found: F64 = total / span_sums(weight, first, last)[:, None]
    return found


def _meaning(sentences: Sequence[Sentence], vectors: F64) -> F64:
    """How near a sentence, and what is said around it, is to what the talk is about.

    "recurs": how alike its neighbourhood is to the most similar ones elsewhere in the talk, which
    is high for what a talk comes back to and low for asides.
    """
    weight = np.minimum(lengths(sentences), 20.0)
    gist = _unit((vectors * weight[:, None]).sum(0))
    near, around = (_unit(_within(sentences, vectors, s)) for s in (NEAR_S, AROUND_S))
    middle = _middles(sentences)
    places = np.arange(0, len(middle), max(1, len(middle) // PLACES))
    alike = near @ near[places].T
    elsewhere = np.abs(middle[:, None] - middle[places]) > AROUND_S
    alike = np.sort(np.where(elsewhere, alike, -1.0), 1)
    most = alike[:, -max(1, int(NEAREST_SHARE * len(places))) :].mean(1)
    return np.stack((vectors @ gist, near @ gist, around @ gist, most), 1)


def _within(sentences: Sequence[Sentence], vectors: F64, seconds: float) -> F64:
    """Mean of the sentences within so many seconds of each, by their words."""
    middle = _middles(sentences)
    first = np.searchsorted(middle, middle - seconds)
    last = np.searchsorted(middle, middle + seconds, side="right") - 1
    return means(vectors, np.stack((first, last), 1), lengths(sentences))


def _middles(sentences: Sequence[Sentence]) -> F64:
    """Ascending, even where the sentences' times are not."""
    middle = np.array([(s.start_s + s.end_s) / 2 for s in sentences])
    ascending: F64 = np.maximum.accumulate(middle)
    return ascending


def _unit(vectors: F64) -> F64:
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: F64 = vectors / np.maximum(size, 1e-9)
    return unit


def _speaking(sentences: Sequence[Sentence]) -> F64:
    """Whether the one who talks most speaks, the speaker's share, and how long they go on.

    Editors nearly always show the guest. Where speakers are unknown, all this is the same.
    """
    names = [s.speaker or "" for s in sentences]
    known = {name: i for i, name in enumerate(dict.fromkeys(names))}
    who = np.array([known[name] for name in names])
    seconds = np.array([max(0.2, s.end_s - s.start_s) for s in sentences])
    share = np.bincount(who, seconds) / seconds.sum()
    turn = np.cumsum(np.concatenate(([0], who[1:] != who[:-1])))
    going = np.log1p(np.bincount(turn, seconds))[turn]
    return np.stack((who == share.argmax(), share[who], going), 1).astype(np.float64)
