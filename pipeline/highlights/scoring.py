"""Scores each candidate span: hook, flow, value, energy, each in [0, 1].

Candidates are runs of whole sentences. All arithmetic is on arrays over sentences and over
candidates (prefix sums), so an hour's talk takes milliseconds besides its embeddings. The weights
of the parts are set by hand. The learned part has the largest weight; energy has a small one,
because no labels support it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.analysis import laughter, lexical_cues, prosody, salience, topic_boundaries
from pipeline.analysis.salience import Head
from pipeline.core.arrays import F64
from pipeline.core.data import Audio, Sentence
from pipeline.core.statistics import logistic, span_sums, standardize

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]

WEIGHTS = {"hook": 0.25, "flow": 0.25, "value": 0.4, "energy": 0.1}
LEARNED_WEIGHT = 2.0  # of one standard deviation of `salience` in the value, beside the cues
MIN_PRIOR_S = 1.0  # shorter spans count as this long in the length prior
IDEAL_S = 35.0  # a soft preference, see `_length_prior`
MIN_CLEAR_BORDER = 0.6  # strength of a change of subject that is worth reporting
CLEAR_BORDER_RADIUS = 4  # sentences on either side among which a clear border is the strongest
SUBJECT_WEIGHT = 0.6  # of the change of subject in the border, per standard deviation
PAUSE_WEIGHT = 0.4  # of the pause in the border, per standard deviation
TALK_END_BORDER = 0.75  # strength of the border at both ends of a talk
WHOLE_TURN_GAIN = 0.3  # for a clip that begins, or ends, where a turn does
TAKEN_OVER_COST = 1.0  # of a clip that ends with another person's words
MAX_VOICES = 8  # of a talk that are distinguished; further ones say little each
TALKED_OVER_COST = 2.0  # of beginning or ending during a second of another person's speech
HALF_WEIGHT_SENTENCES = 10  # sentences; in a talk this short, standard scores count half
MAX_SPREADS = 3.0  # bound of standard scores, so that an outlier counts no more
# Linear models over what is known of a sentence, set by hand: they order talks whose subject or
# manner is unlike what `salience` was learned from. docs/highlights.md says what each is worth.
HOOK = {
    "question": 0.8,
    "contrast": 0.6,
    "strong": 0.6,
    "story": 0.5,
    "number": 0.4,
    "addresses_you": 0.4,
    "backchannel": -1.5,
    "dangling": -1.1,
    "hedge": -0.5,
}
HOOK_DOUBTFUL = -0.6  # of a sentence that may be misheard, in place of what it promises
HOOK_SECOND = 0.5  # weight of the second sentence's promise, relative to the first
HOOK_BIAS = -0.3
FLOW = {
    "edges": 1.2,
    "leaning": -1.6,
    "promise_unmet": -1.0,
    "unfinished": -2.0,
    "next_leans": -0.5,
}
FLOW_BIAS = 0.2
MIN_FINISHED_SHARE = 0.5  # of sentences with a final mark; below it, a missing mark is no evidence
VALUE = {"story": 0.9, "contrast": 0.7, "strong": 0.7, "teaches": 0.5, "number": 0.5}
VALUE_GIST = 0.25
VALUE_SUBSTANCE = 1.2
VALUE_AGAINST = {"backchannel": -1.2, "hedge": -0.5}
VALUE_SCALE, VALUE_USUAL = 1.6, 1.25  # steepness and center of the logistic over all of these
SUBSTANTIAL_WORDS = 14.0  # of a sentence with full substance
NEARBY_PROMOTION = 0.5  # weight of a promotion for the sentence before and after it
BACKCHANNEL_WEIGHT = 0.5  # as a share of what an editor would cut
DOUBTFUL_WEIGHT = 0.5  # of words that may be misheard, which captions would show
MAX_UNWANTED_SHARE = 0.9
LENGTH_STEEPNESS = 0.3  # of the prior over the logarithm of the length
LIVELY = {"loudness": 0.5, "melody": 0.3, "pace": 0.2, "laughs": 0.2, "pauses": -0.1}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Arrays over candidates; first and last are sentence indices, both inclusive."""

    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    until: npt.NDArray[np.intp]  # the last sentence that begins before the span ends
    hook: F64
    flow: F64
    value: F64
    energy: F64
    worth: F64  # the weighted sum, in [0, 1]
    preference: F64  # worth, reduced for an unusual length: the basis of the selection
    unwanted: F64  # share of the span that is promotion, greeting or backchannel


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays over sentences."""

    cues: tuple[lexical_cues.Cues, ...]
    vectors: npt.NDArray[np.float64]  # unit embeddings (n, d)
    gist: F64  # similarity to the subject of the talk
    border: F64  # (n + 1): strength of the change of subject before each sentence
    speaker_rank: npt.NDArray[
        np.intp
    ]  # speaker: 0 the one who talks most, and so on; all 0 if unknown
    overlap_s: F64  # (n + 1): seconds of earlier speech that continue after each sentence begins
    loudness: F64  # this and the next four are z-scored within the talk; 0 without sound
    melody: F64  # how far the voice goes up and down
    pauses: F64
    pace: F64
    laughs: F64  # probability of laughter after it
    words: F64  # number of words
    doubtful: F64  # 1 where a sentence may be misheard
    learned: F64  # learned from editors' choices; 0 is usual for the talk
    learned_smooth: F64  # the same, smoothed over the neighborhood
    shares: F64  # (n, len(salience.NAMES)): what each trait adds to `salience`, before scaling


def features(
    sentences: Sequence[Sentence], embed: Embed, audio: Audio | None, *, head: Head | None = None
) -> Features:
    """Compute the features of each sentence. Without `audio`, energy is only pace and laughter.

    `head`: replaces the weights that come with the package.
    """
    found = tuple(lexical_cues.read(s.text) for s in sentences)
    vectors = embed([s.text for s in sentences]).astype(np.float64)
    length = np.array([c.words for c in found], np.float64)
    seen = salience.columns(sentences, vectors)
    own = salience.score_sentences(sentences, vectors, head, seen=seen)
    middle = (vectors * np.minimum(length, 20)[:, None]).sum(0)
    gist = vectors @ (middle / max(1e-9, float(np.linalg.norm(middle))))
    duration = np.array([max(0.2, s.end_s - s.start_s) for s in sentences])
    delivery = prosody.delivery(sentences, audio) if audio else None
    silence = np.zeros(len(found))
    return Features(
        cues=found,
        vectors=vectors,
        gist=_scores(gist),
        border=_border_strengths(vectors, sentences),
        speaker_rank=_speaker_ranks(sentences),
        overlap_s=_overlaps(sentences),
        loudness=_scores(delivery.loudness) if delivery else silence,
        melody=_scores(_fill_unknown(delivery.melody)) if delivery else silence,
        pauses=_scores(delivery.pauses) if delivery else silence,
        pace=_scores(length / duration),
        laughs=_scores(
            laughter.laugh_chances(sentences, vectors.astype(np.float32)).astype(np.float64)
        ),
        words=salience.lengths(sentences),
        doubtful=np.array([float(s.doubtful) for s in sentences]),
        learned=own,
        learned_smooth=salience.smooth(sentences, own),
        shares=salience.shares(sentences, vectors, head, seen=seen),
    )


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
    parts = heads(known, first, last)
    until = np.maximum(last, np.searchsorted(starts, starts[first] + seconds) - 1)
    unwanted = _unwanted_share(known, first, last)
    worth = whole(parts) * (1.0 - unwanted) ** 2
    preference = worth * _length_prior(seconds)
    return Candidates(
        first, last, until, **parts, worth=worth, preference=preference, unwanted=unwanted
    )


def _span_ends(ends: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Return the end of the last-ending sentence of each span."""
    if np.all(ends[1:] >= ends[:-1]):
        return ends[last]
    return np.array([ends[a : b + 1].max() for a, b in zip(first, last, strict=True)], np.float64)


def heads(
    known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> dict[str, F64]:
    """Return hook, flow, value and energy of spans of sentences, both ends inclusive."""
    return {
        "hook": _hook(known, first),
        "flow": _flow(known, first, last),
        "value": _value(known, first, last),
        "energy": _energy(known, first, last),
    }


def whole(parts: Mapping[str, F64], *, without: str = "") -> F64:
    """Return the weighted sum of the heads, in [0, 1]; one of them may be left out."""
    weights = {name: weight for name, weight in WEIGHTS.items() if name != without}
    total: F64 = np.sum([weights[name] * parts[name] for name in weights], 0)
    return total / sum(weights.values())


def by_sentence(known: Features) -> F64:
    """Return each sentence's own worth in [0, 1], comparable within the talk; nearly linear."""
    return logistic(0.5 * known.learned_smooth)


def clear_borders(known: Features) -> list[int]:
    """Return the sentences before which a new subject begins, ascending, without the first."""
    border = known.border[:-1].copy()
    if not len(border):
        return []
    border[0] = -np.inf
    around = np.pad(border, CLEAR_BORDER_RADIUS, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(around, 2 * CLEAR_BORDER_RADIUS + 1).max(1)
    return [int(i) for i in np.flatnonzero((border > MIN_CLEAR_BORDER) & (border >= highest))]


def _flags(known: Features, name: str) -> F64:
    return np.array([float(getattr(c, name)) for c in known.cues])


def _weigh_cues(known: Features, weights: Mapping[str, float]) -> F64:
    """Return the sum of the weights of each sentence's cues, shape (n,)."""
    total = np.zeros(len(known.cues))
    for name, weight in weights.items():
        total = total + weight * _flags(known, name)
    return total


def mean(values: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Return the mean of sentence values over each span."""
    mean: F64 = span_sums(values, first, last) / (last + 1 - first)
    return mean


def _hook(known: Features, first: npt.NDArray[np.intp]) -> F64:
    """Score the promise of the first two sentences."""
    promise = np.where(known.doubtful > 0, HOOK_DOUBTFUL, _weigh_cues(known, HOOK))
    second = np.append(promise[1:], 0.0)
    return logistic(promise[first] + HOOK_SECOND * second[first] + HOOK_BIAS)


def _flow(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Score how well a span stands alone: it begins and ends where the subject changes."""
    leaning = _flags(known, "dangling")[first]
    promise_unmet = _flags(known, "question")[last]
    finished = _flags(known, "finished")
    marked = float(finished.mean()) > MIN_FINISHED_SHARE  # else marks are missing altogether
    unfinished = (1.0 - finished[last]) * marked
    next_leans = np.append(_flags(known, "dangling"), 0.0)[last + 1]
    edges = known.border[first] + known.border[last + 1]
    cut_off = np.minimum(1.0, known.overlap_s)  # speech that a clip would cut off
    over = cut_off[first] + cut_off[last + 1]
    turns = _turns(known, first, last)
    return logistic(
        FLOW["edges"] * edges
        + turns
        - TALKED_OVER_COST * over
        + FLOW["leaning"] * leaning
        + FLOW["promise_unmet"] * promise_unmet
        + FLOW["unfinished"] * unfinished
        + FLOW["next_leans"] * next_leans
        + FLOW_BIAS
    )


def _turns(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Return the gain of whole turns, less the cost of another speaker at the end; 0 if unknown.

    A clip that ends with another person's words, mostly the next question, has no payoff.
    """
    who = known.speaker_rank
    if not who.any():
        return np.zeros(len(first))
    is_speaker = np.arange(min(MAX_VOICES, int(who.max()) + 1))[None] == who[:, None]
    spoken = np.cumsum(is_speaker * known.words[:, None], 0)
    until = np.vstack((np.zeros((1, spoken.shape[1])), spoken))
    main = (until[last + 1] - until[first]).argmax(1)
    change = np.concatenate(([True], who[1:] != who[:-1], [True])).astype(np.float64)
    gain: F64 = WHOLE_TURN_GAIN * (change[first] + change[last + 1])
    gain -= TAKEN_OVER_COST * (who[last] != main)
    return gain


def _value(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Score the content by a model of editors' choices, and by hand-set cues.

    The cues (stories, lessons, numbers, feelings, in sentences of substance) are a safeguard for
    talks unlike the training data.
    """
    words = np.array([c.words for c in known.cues])
    substance = np.minimum(1.0, words / SUBSTANTIAL_WORDS)
    per_sentence = _weigh_cues(known, VALUE) + VALUE_GIST * known.gist + VALUE_SUBSTANCE * substance
    for name, weight in VALUE_AGAINST.items():
        per_sentence = per_sentence + weight * _flags(known, name)
    learned = known.words * known.learned
    learned_mean = mean(learned, first, last) / mean(known.words, first, last)
    cues = VALUE_SCALE * (mean(per_sentence, first, last) - VALUE_USUAL)
    return logistic(cues + LEARNED_WEIGHT * learned_mean)


def _energy(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Score how lively a span is within the talk, by its sound and likely laughter."""
    lively = np.sum([weight * getattr(known, name) for name, weight in LIVELY.items()], 0)
    return logistic(mean(lively, first, last))


def _unwanted_share(
    known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> F64:
    """Return the share of a span's words that an editor would cut; promotion taints neighbors.

    Words that may be misheard count in part.
    """
    words = np.array([float(c.words) for c in known.cues])
    promotion = _flags(known, "promotion")
    near = promotion.copy()
    near[1:] += NEARBY_PROMOTION * promotion[:-1]
    near[:-1] += NEARBY_PROMOTION * promotion[1:]
    chatter = BACKCHANNEL_WEIGHT * _flags(known, "backchannel")
    doubt = DOUBTFUL_WEIGHT * known.doubtful
    bad = np.minimum(1.0, near + _flags(known, "ceremony") + chatter + doubt)
    share: F64 = mean(bad * words, first, last) / mean(words, first, last)
    return np.clip(share, 0.0, MAX_UNWANTED_SHARE)


def _length_prior(seconds: F64) -> F64:
    """Return 1 near IDEAL_S, falling slowly on either side: 0.87 at half and at twice of it."""
    log_ratio = np.log(np.maximum(seconds, MIN_PRIOR_S) / IDEAL_S)
    prior: F64 = np.exp(-LENGTH_STEEPNESS * log_ratio**2)
    return prior


def _border_strengths(vectors: npt.NDArray[np.float64], sentences: Sequence[Sentence]) -> F64:
    """Return how clearly a new subject begins before each sentence; the talk's ends are borders.

    Combines a model learned from chapters with the pause: people wait before another subject.
    """
    count = len(vectors)
    border = np.full(count + 1, TALK_END_BORDER)
    if count > 1:
        pauses = np.array([b.start_s - a.end_s for a, b in pairwise(sentences)])
        waited = _scores(np.log(np.maximum(pauses, 0.05)))
        border[1:count] = (
            SUBJECT_WEIGHT * topic_boundaries.strength(sentences, vectors)[1:]
            + PAUSE_WEIGHT * waited
        )
    return border


def _speaker_ranks(sentences: Sequence[Sentence]) -> npt.NDArray[np.intp]:
    """Return each sentence's speaker, numbered by how much they say."""
    names = [s.speaker or "" for s in sentences]
    words = salience.lengths(sentences)
    total: dict[str, float] = dict.fromkeys(names, 0.0)
    for name, count in zip(names, words, strict=True):
        total[name] += count
    place = {name: i for i, name in enumerate(sorted(total, key=lambda n: -total[n]))}
    return np.array([place[name] for name in names], np.intp)


def _overlaps(sentences: Sequence[Sentence]) -> F64:
    """Return for how long earlier speech continues after each sentence begins, s; 0 at the ends."""
    silent = np.maximum.accumulate([s.end_s for s in sentences])
    starts = np.array([s.start_s for s in sentences])
    over = np.zeros(len(sentences) + 1)
    over[1:-1] = np.maximum(0.0, silent[:-1] - starts[1:])
    return over


def _fill_unknown(values: F64) -> F64:
    """Replace unknown values (nan) by the mean of the known ones."""
    unknown = np.isnan(values)
    usual = 0.0 if unknown.all() else float(values[~unknown].mean())
    return np.where(unknown, usual, values)


def _scores(values: F64) -> F64:
    """Return standard scores within the talk."""
    return standardize(values, half_weight_at=HALF_WEIGHT_SENTENCES, limit=MAX_SPREADS)
