"""Scores each candidate span: the log-odds that it is a whole moment, and what editors like.

Candidates are runs of whole sentences. All arithmetic is on arrays over sentences and over
candidates (prefix sums), so an hour's talk takes milliseconds besides its embeddings. The borders
are learned (`moments`), and so is most of the worth; sound has a small weight set by hand, because
no labels support it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.data import Sentence
from pipeline.core.statistics import logistic, span_sums
from pipeline.highlights.sentence_features import Features, flags

BLOCK_SPANS = 4096  # spans processed at a time, to bound the memory
LEARNED_WEIGHT = 1.0  # nats for one spread of `salience`; 2 finds more teasers and fewer moments
ENERGY_WEIGHT = 0.5  # nats for one spread of liveliness
TALKED_OVER_COST = 2.0  # nats for beginning or ending during a second of another person's speech
UNFINISHED_COST = 2.0  # nats for an end without a final mark
TORN_LIST_COST = 8.0  # nats for a span that has some points of a list and not the others
WHOLE_LIST_GAIN = 2.0  # nats for each list that a span has from its first point to its last
UNWANTED_COST = 4.0  # nats for every factor of e by which promotion thins out a span
MIN_FINISHED_SHARE = 0.5  # of sentences with a final mark; below it, a missing mark is no evidence
NEARBY_PROMOTION = 0.5  # weight of a promotion for the sentence before and after it
BACKCHANNEL_WEIGHT = 0.5  # as a share of what an editor would cut
DOUBTFUL_WEIGHT = 0.5  # of words that may be misheard, as a share of what an editor would cut
DOUBTFUL_COST = 12.0  # nats for a span that captions would show misheard from end to end
MAX_UNWANTED_SHARE = 0.9
LIVELY = {"loudness": 0.5, "melody": 0.3, "pace": 0.2, "laughs": 0.2, "pauses": -0.1}
# Center and spread, in nats, of each part over the ten best spans of real talks. They put the parts
# on one scale; the order of spans does not depend on them.
USUAL = {"hook": (-0.6, 1.3), "flow": (-1.8, 1.5), "value": (-1.6, 1.8), "energy": (0.0, 0.3)}
WEIGHTS = {"hook": 0.25, "flow": 0.25, "value": 0.4, "energy": 0.1}  # in the breakdown
CENTER, SPREAD = -1.0, 2.0  # of the whole, in nats
# Fitted to picks of written talks that the networks had not seen: which of them are whole moments.
CONFIDENCE_PER_NAT, CONFIDENCE_AT_ZERO = 0.715, -1.65


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
    unwanted: F64  # share of the span that is promotion, greeting or backchannel


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
    unwanted = _unwanted_share(known, first, last)
    odds = log_odds(known, first, last) + UNWANTED_COST * np.log1p(-unwanted)
    return Candidates(
        first,
        last,
        until,
        **heads(known, first, last),
        worth=worth(odds),
        preference=odds + liking(known, first, last),
        unwanted=unwanted,
    )


def worth(odds: F64) -> F64:
    """Return log-odds on the scale [0, 1] on which scores are reported."""
    return logistic((odds - CENTER) / SPREAD)


def odds_of(worth: F64) -> F64:
    """Return the log-odds of a worth: the inverse of `worth`, in nats."""
    bounded = np.clip(worth, 1e-12, 1.0 - 1e-12)
    odds: F64 = CENTER + SPREAD * (np.log(bounded) - np.log1p(-bounded))
    return odds


def confidence(odds: F64) -> F64:
    """Return the estimated probability that spans of these log-odds are whole moments."""
    return logistic(CONFIDENCE_PER_NAT * odds + CONFIDENCE_AT_ZERO)


def log_odds(known: Features, first: Indices, last: Indices) -> F64:
    """Return how much speaks for each span being a whole moment, in nats; both ends inclusive.

    Only the span and its neighborhood count, so that scores can be compared between talks.
    """
    odds: F64 = known.moments.spans(first, last)
    cut_off = np.minimum(1.0, known.overlap_s)  # speech that a clip would cut off
    odds -= TALKED_OVER_COST * (cut_off[first] + cut_off[last + 1])
    finished = flags(known, "finished")
    marked = float(finished.mean()) > MIN_FINISHED_SHARE  # else marks are missing altogether
    odds -= UNFINISHED_COST * marked * (1.0 - finished[last])
    for begin, end in known.lists:
        tears = ((begin < first) & (first <= end)) | ((begin <= last) & (last < end))
        odds -= TORN_LIST_COST * tears
        odds += WHOLE_LIST_GAIN * ((first <= begin) & (last >= end))
    spoken = mean(known.words, first, last)
    odds -= DOUBTFUL_COST * mean(known.words * known.doubtful, first, last) / spoken
    return odds


def liking(known: Features, first: Indices, last: Indices) -> F64:
    """Return what editors' taste and a lively voice add to each span within its talk, in nats."""
    spoken = mean(known.words, first, last)
    learned: F64 = mean(known.words * known.learned, first, last) / spoken
    return LEARNED_WEIGHT * learned + ENERGY_WEIGHT * liveliness(known, first, last)


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
        "energy": liveliness(known, first, last),
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


def liveliness(known: Features, first: Indices, last: Indices) -> F64:
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


def _unwanted_share(known: Features, first: Indices, last: Indices) -> F64:
    """Return the share of a span's words that an editor would cut; promotion taints neighbors.

    Words that may be misheard count in part.
    """
    words = np.array([float(c.words) for c in known.cues])
    promotion = flags(known, "promotion")
    near = promotion.copy()
    near[1:] += NEARBY_PROMOTION * promotion[:-1]
    near[:-1] += NEARBY_PROMOTION * promotion[1:]
    chatter = BACKCHANNEL_WEIGHT * flags(known, "backchannel")
    doubt = DOUBTFUL_WEIGHT * known.doubtful
    bad = np.minimum(1.0, near + flags(known, "ceremony") + chatter + doubt)
    share: F64 = mean(bad * words, first, last) / mean(words, first, last)
    return np.clip(share, 0.0, MAX_UNWANTED_SHARE)
