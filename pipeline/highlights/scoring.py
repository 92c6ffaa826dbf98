"""Scores each candidate span: the log-odds that it is a whole moment that a reader would post.

Candidates are runs of whole sentences. All arithmetic is on arrays over sentences and over
candidates (prefix sums), so an hour's talk takes milliseconds besides its embeddings. What a moment
is, is learned (`moments`); the rules beside that are about what is heard and seen, which no
transcript tells: speech that a cut would tear, and words that captions would show misheard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.data import Sentence
from pipeline.core.statistics import logistic, span_sums
from pipeline.highlights.sentence_features import Features, scores

BLOCK_SPANS = 4096  # spans processed at a time, to bound the memory
TALKED_OVER_COST = 2.0  # nats for beginning or ending during a second of another person's speech
DOUBTFUL_COST = 12.0  # nats for a span that captions would show misheard from end to end
# Nats for each probability of being torn above what moments have: of 81 in real talks one in a
# hundred has more, and their words in random order have .46 to .88.
TORN_COST, USUAL_TORN = 20.0, 0.38
LIVELY = {"loudness": 0.5, "melody": 0.3, "pace": 0.2, "laughs": 0.2, "pauses": -0.1}
MIN_LIKELY = 1e-9  # that a clip has a sentence, so that its logarithm is finite
# Center and spread, in nats, of each part over the best spans of real talks. They put the
# parts on one scale; the order of spans does not depend on them.
USUAL = {"hook": (-0.2, 0.9), "flow": (0.0, 1.0), "value": (-0.9, 0.9), "energy": (0.0, 0.3)}
WEIGHTS = {"hook": 0.25, "flow": 0.25, "value": 0.4, "energy": 0.1}  # in the breakdown
# Fitted by training/calibration.py to the grades of picks that the networks had not seen.
CONFIDENCE_PER_NAT, CONFIDENCE_AT_ZERO = 0.662, -0.82
# From the log-odds that a reader would post to those of the score: a chance of four in five scores
# .8, one in four .5, so that the scores of plain talk can be told apart as well.
SCORE_PER_CONFIDENCE, SCORE_AT_EVEN = 0.558, 0.613


@dataclass(frozen=True, slots=True)
class Candidates:
    """Arrays over candidates; first and last are sentence indices, both inclusive."""

    first: Indices
    last: Indices
    until: Indices  # the last sentence that begins before the span ends
    hook: F64  # this and the next three are in [0, 1]
    flow: F64
    value: F64
    energy: F64
    worth: F64  # in [0, 1]: comparable between talks
    preference: F64  # in nats, comparable within the talk: the basis of the selection

    def those(self, rows: Indices) -> "Candidates":
        """Return some of the candidates."""
        return Candidates(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Pick:
    """One of the candidates, and the runs of sentences in it that a reel leaves out."""

    found: Candidates
    index: int
    left_out: tuple[tuple[int, int], ...] = ()  # first and last, both inclusive

    @property
    def first(self) -> int:
        """Return the first sentence."""
        return int(self.found.first[self.index])

    @property
    def last(self) -> int:
        """Return the last sentence."""
        return int(self.found.last[self.index])

    @property
    def worth(self) -> float:
        """Return the worth, 0..1."""
        return float(self.found.worth[self.index])


def candidates(
    sentences: Sequence[Sentence], known: Features, min_s: float, max_s: float
) -> Candidates:
    """Score every run of whole sentences whose duration is within the bounds.

    If people talk at once, a run ends when the last of its speakers does.
    """
    starts = np.array([s.start_s for s in sentences])
    ends = np.array([s.end_s for s in sentences])
    silent = np.maximum.accumulate(ends)  # when all sentences up to here have ended
    # for each first sentence, the last ones that give a length within the bounds
    low = np.maximum(np.searchsorted(silent, starts + min_s), np.arange(len(starts)))
    high = np.searchsorted(silent, starts + max_s, side="right")
    count = np.maximum(0, high - low)
    first = np.repeat(np.arange(len(starts)), count)
    last = np.arange(len(first)) - np.repeat(np.cumsum(count) - count - low, count)
    seconds = _span_ends(ends, first, last) - starts[first]
    fits = (seconds >= min_s) & (seconds > 0)
    first, last, seconds = first[fits], last[fits], seconds[fits]
    until = np.maximum(last, np.searchsorted(starts, starts[first] + seconds) - 1)
    odds = _log_odds(known, first, last)
    return Candidates(
        first,
        last,
        until,
        **heads(known, first, last),
        worth=worth(odds),
        preference=odds,
    )


def by_sentence(sentences: Sequence[Sentence], known: Features, min_s: float, max_s: float) -> F64:
    """Return how likely a clip has each sentence, (n,), in [0, 1]; comparable within the talk.

    The spans of the talk compete, and a sentence has the sum of the probabilities of those around
    it, on a logarithmic scale about the talk's mean.
    """
    found = candidates(sentences, known, min_s, max_s)
    if not len(found.first):
        return np.full(len(sentences), 0.5)
    likely = np.exp(found.preference - found.preference.max())
    steps = np.zeros(len(sentences) + 1)
    np.add.at(steps, found.first, likely)
    np.add.at(steps, found.last + 1, -likely)
    return logistic(scores(np.log(np.maximum(np.cumsum(steps)[:-1], MIN_LIKELY))))


def worth(odds: F64) -> F64:
    """Return log-odds of spans on the scale [0, 1] on which scores are reported."""
    return logistic(SCORE_PER_CONFIDENCE * _posted(odds) + SCORE_AT_EVEN)


def odds_of(worth: F64) -> F64:
    """Return the log-odds of a worth: the inverse of `worth`, in nats."""
    bounded = np.clip(worth, 1e-12, 1.0 - 1e-12)
    posted = (np.log(bounded) - np.log1p(-bounded) - SCORE_AT_EVEN) / SCORE_PER_CONFIDENCE
    odds: F64 = (posted - CONFIDENCE_AT_ZERO) / CONFIDENCE_PER_NAT
    return odds


def confidence(odds: F64) -> F64:
    """Return the estimated probability that a reader would post spans of these log-odds."""
    return logistic(_posted(odds))


def _posted(odds: F64) -> F64:
    """Return the log-odds that a reader would post spans."""
    return CONFIDENCE_PER_NAT * odds + CONFIDENCE_AT_ZERO


def _log_odds(known: Features, first: Indices, last: Indices) -> F64:
    """Return how much speaks for each span being a whole moment, in nats; both ends inclusive.

    Only the span and its neighborhood count, so that scores can be compared between talks.
    """
    odds: F64 = known.moments.spans(first, last)
    cut_off = np.minimum(1.0, known.overlap_s)  # speech that a clip would cut off
    odds -= TALKED_OVER_COST * (cut_off[first] + cut_off[last + 1])
    spoken = mean(known.words, first, last)
    odds -= DOUBTFUL_COST * mean(known.words * known.doubtful, first, last) / spoken
    torn = mean(known.words * known.roles.torn, first, last) / spoken
    odds -= TORN_COST * np.maximum(0.0, torn - USUAL_TORN)
    return odds


def heads(known: Features, first: Indices, last: Indices) -> dict[str, F64]:
    """Return hook, flow, value and energy of spans, each in [0, 1]; both ends are inclusive.

    Hook: it begins where a moment does. Flow: it ends where one does. Value: what lies between is
    worth hearing. Energy: how lively it sounds within the talk.
    """
    begin, end = known.moments.begin[first], known.moments.end[last]
    parts = {
        "hook": begin,
        "flow": end,
        "value": known.moments.spans(first, last) - begin - end,
        "energy": _liveliness(known, first, last),
    }
    return {
        name: logistic((part - USUAL[name][0]) / USUAL[name][1]) for name, part in parts.items()
    }


def divide(total: float, parts: Mapping[str, float]) -> dict[str, float]:
    """Divide a score among its parts, in proportion to their weighted sizes; they add up to it."""
    weighted = {name: WEIGHTS[name] * part for name, part in parts.items()}
    whole = max(1e-9, sum(weighted.values()))
    shares = {name: round(total * part / whole, 4) for name, part in weighted.items()}
    shares["value"] = round(total - sum(v for k, v in shares.items() if k != "value"), 4)
    return shares


def _liveliness(known: Features, first: Indices, last: Indices) -> F64:
    """Return how lively each span is within the talk, by its sound and likely laughter."""
    lively = np.sum([weight * getattr(known, name) for name, weight in LIVELY.items()], 0)
    return mean(lively, first, last)


def mean(values: F64, first: Indices, last: Indices) -> F64:
    """Return the mean of sentence values over each span."""
    mean: F64 = span_sums(values, first, last) / (last + 1 - first)
    return mean


def _span_ends(ends: F64, first: Indices, last: Indices) -> F64:
    """Return the end of the last-ending sentence of each span."""
    if np.all(ends[1:] >= ends[:-1]):
        return ends[last]
    return np.array([ends[a : b + 1].max() for a, b in zip(first, last, strict=True)], np.float64)
