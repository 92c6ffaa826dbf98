"""Raises the moments that resemble clips which the account has kept, and lowers others.

The gain of a moment is a weighted sum of its traits, relative to the other moments of the talk and
bounded, so that a taste reorders moments and cannot make one of what is none. All spans of a moment
gain alike: where a clip begins and ends is no matter of taste. The virality score does not change.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from pipeline.analysis import kinds
from pipeline.core.arrays import F64, Indices
from pipeline.core.data import MOMENT_KINDS, Sentence
from pipeline.core.taste import NAMES, QUALITY, Taste, Traits
from pipeline.highlights import reranking, scoring
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features, flags

MAX_GAIN = 1.5  # nats, up or down: with more, what is liked costs whole moments
USUAL_MOMENTS = 20  # the best of a talk, whose mean is what is usual in it
MAX_MOMENTS = 120  # of a talk that are told apart; the rest gain nothing
MAX_SPEAKERS = 8  # that are told apart, those with the most sentences
MIN_TOLD_GAIN = 0.4  # nats from which the reason of a clip names the taste
# Mean and spread of each trait over the picks of written talks.
USUAL: dict[str, tuple[float, float]] = {
    **{str(kind): (0.1, 0.25) for kind in MOMENT_KINDS},
    "long": (3.8, 0.42),  # of the logarithm of seconds
    "late": (0.5, 0.3),
    "question": (0.16, 0.37),
    "numbers": (0.18, 0.2),
    "listener": (0.2, 0.25),
    "feeling": (0.03, 0.06),
    "dialogue": (0.08, 0.15),
    "laughter": (0.0, 0.45),
    "energy": (0.0, 0.2),
    "whole": (0.0, 1.6),
}
assert tuple(USUAL) == NAMES
MEANS, SPREADS = np.array(list(USUAL.values())).T


def traits(sentences: Sequence[Sentence], known: Features, first: Indices, last: Indices) -> F64:
    """Return the traits of spans in the order of NAMES, (spans, traits); both ends inclusive."""
    starts = np.array([s.start_s for s in sentences])
    ends = np.maximum.accumulate([s.end_s for s in sentences])
    talk_s = max(1e-9, ends[-1] - starts[0])
    columns = [
        *kinds.chances(sentences, known.moments.meaning, first, last).T,
        np.log(np.maximum(1.0, ends[last] - starts[first])),
        (starts[first] - starts[0]) / talk_s,
        flags(known, "question")[first],
        scoring.mean(flags(known, "number"), first, last),
        scoring.mean(flags(known, "addresses_you"), first, last),
        scoring.mean(flags(known, "strong"), first, last),
        _dialogue(sentences, known, first, last),
        scoring.mean(known.laughs, first, last),
        scoring.liveliness(known, first, last),
        scoring.log_odds(known, first, last),
    ]
    found: F64 = (np.stack(columns, 1) - MEANS) / SPREADS
    return found


def told(row: F64) -> Traits:
    """Return one row of `traits`, rounded for storage."""
    return Traits(**dict(zip(NAMES, (round(float(value), 3) for value in row), strict=True)))


@dataclass(frozen=True, slots=True)
class Liking:
    """How much a taste likes spans of one talk, in nats."""

    weights: F64  # (traits,)
    usual: float  # mean weighted sum of the talk's moments

    def of(self, own: F64) -> F64:
        """Return the gain of spans by their `traits`, within MAX_GAIN, (spans,)."""
        gain: F64 = MAX_GAIN * np.tanh((own @ self.weights - self.usual) / MAX_GAIN)
        return gain

    def names(self, own: F64) -> bool:
        """Return whether the taste has raised a span, a row of `traits`, enough to say so."""
        return float(self.of(own[None])[0]) >= MIN_TOLD_GAIN


def apply(
    taste: Taste, found: Candidates, sentences: Sequence[Sentence], known: Features
) -> tuple[Candidates, Liking]:
    """Return the candidates with preferences that the taste has changed, and how it was read."""
    best, moment = reranking.moments(found, MAX_MOMENTS)
    own = traits(sentences, known, found.first[best], found.last[best])
    weights = np.array(astuple(replace(taste.weights, **{QUALITY: 0.0})))
    liking = Liking(weights, float((own[:USUAL_MOMENTS] @ weights).mean()))
    gain = np.append(liking.of(own), 0.0)  # the last is for spans outside any moment
    return replace(found, preference=found.preference + gain[moment]), liking


def _dialogue(sentences: Sequence[Sentence], known: Features, first: Indices, last: Indices) -> F64:
    """Return the share of each span's words that its main speaker does not say."""
    names = np.array([s.speaker or "" for s in sentences])
    speakers = [who for who, _ in Counter(names.tolist()).most_common(MAX_SPEAKERS)]
    if len(speakers) < 2:
        return np.zeros(len(first))
    said = [scoring.mean(known.words * (names == who), first, last) for who in speakers]
    share: F64 = 1.0 - np.max(said, 0) / scoring.mean(known.words, first, last)
    return share
