"""How good each candidate span is: hook, flow, value, energy, each in [0, 1].

Candidates are runs of whole sentences. All arithmetic is on arrays over sentences and over
candidates (prefix sums), so an hour's talk costs milliseconds beside its embeddings. The parts are
weighted by hand, the learned one most; energy counts little, because no labels back it.
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
LEARNED = 2.0  # what one spread of `salience` is worth to the value, beside the cues
SHORTEST_S = 1.0  # for the prior: shorter is no worse
IDEAL_S = 35.0  # a soft preference, see `_length_prior`
CLEAR_BORDER = 0.6  # strength from which a change of subject is worth telling …
ALONE = 4  # … where it is the clearest among so many sentences on either side
SUBJECT = 0.6  # of the border, for each spread by which it changes
PAUSE = 0.4  # the same of the pause
END = 0.75  # how clear a border the ends of a talk are
WHOLE_TURN = 0.3  # for a clip that begins, or ends, where a turn does
TAKEN_OVER = 1.0  # against one that ends with another's words
VOICES = 8  # of a talk that are told apart; more say little each
TALKED_OVER = 2.0  # what it costs to begin or end amid a second of another's speech
HALF_WEIGHT_SENTENCES = 10  # sentences: with so many, what stands out counts half
MAX_SPREADS = 3.0  # spreads: a sentence unlike all others counts no more
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
HOOK_SECOND = 0.5  # of the first sentence's promise, for the second's
HOOK_BIAS = -0.3
FLOW = {
    "edges": 1.2,
    "leaning": -1.6,
    "promise_unmet": -1.0,
    "unfinished": -2.0,
    "next_leans": -0.5,
}
FLOW_BIAS = 0.2
MOSTLY = 0.5  # of the sentences: with more that end in a mark, one without is unfinished
VALUE = {"story": 0.9, "contrast": 0.7, "strong": 0.7, "teaches": 0.5, "number": 0.5}
VALUE_GIST = 0.25
VALUE_SUBSTANCE = 1.2
VALUE_AGAINST = {"backchannel": -1.2, "hedge": -0.5}
VALUE_SCALE, VALUE_USUAL = 1.6, 1.25  # steepness and middle of the logistic over all of these
SUBSTANTIAL_WORDS = 14.0  # of a sentence that says as much as one can
NEARBY = 0.5  # of a promotion, for the sentence before and after it
CHATTER = 0.5  # of a backchannel, as a share of what an editor would cut
MAX_UNWANTED = 0.9
LENGTH_STEEPNESS = 0.3  # of the prior over the logarithm of the length
LIVELY = {"loudness": 0.5, "melody": 0.3, "pace": 0.2, "laughs": 0.2, "pauses": -0.1}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Arrays over candidates; first and last are sentence indices, both inclusive."""

    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    until: npt.NDArray[np.intp]  # the last sentence that begins before the span has ended
    hook: F64
    flow: F64
    value: F64
    energy: F64
    worth: F64  # the weighted whole, in [0, 1]
    preference: F64  # worth, less what an unusual length costs: what selection goes by
    unwanted: F64  # share of the span that is promotion, greeting or backchannel


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays over sentences."""

    cues: tuple[lexical_cues.Cues, ...]
    vectors: npt.NDArray[np.float64]  # unit embeddings (n, d)
    gist: F64  # likeness to what the talk is about
    border: F64  # (n + 1): how much the subject changes before each sentence
    who: npt.NDArray[np.intp]  # says it: 0 the one who talks most, and so on; all 0 if unknown
    over: F64  # (n + 1): seconds for which somebody still speaks when each sentence begins
    loudness: F64  # this and the next four are z-scored within the talk; 0 without sound
    melody: F64  # how far the voice goes up and down
    pauses: F64
    pace: F64
    laughs: F64  # the chance that people laugh after it
    words: F64  # of each
    telling: F64  # what each is worth by what editors chose, 0 the talk's usual
    told: F64  # the same with its neighbourhood
    shares: F64  # (n, len(salience.NAMES)): what each trait adds to `salience`, before scaling


def features(
    sentences: Sequence[Sentence], embed: Embed, audio: Audio | None, *, head: Head | None = None
) -> Features:
    """What is known of each sentence. Without `audio` energy is pace and laughter alone.

    `head`: another than the one that comes with the package.
    """
    found = tuple(lexical_cues.read(s.text) for s in sentences)
    vectors = embed([s.text for s in sentences]).astype(np.float64)
    length = np.array([c.words for c in found], np.float64)
    seen = salience.columns(sentences, vectors)
    own = salience.score_sentences(sentences, vectors, head, seen=seen)
    middle = (vectors * np.minimum(length, 20)[:, None]).sum(0)
    gist = vectors @ (middle / max(1e-9, float(np.linalg.norm(middle))))
    duration = np.array([max(0.2, s.end_s - s.start_s) for s in sentences])
    heard = prosody.delivery(sentences, audio) if audio else None
    silence = np.zeros(len(found))
    return Features(
        cues=found,
        vectors=vectors,
        gist=_scores(gist),
        border=_borders(vectors, sentences),
        who=_who(sentences),
        over=_over(sentences),
        loudness=_scores(heard.loudness) if heard else silence,
        melody=_scores(_heard(heard.melody)) if heard else silence,
        pauses=_scores(heard.pauses) if heard else silence,
        pace=_scores(length / duration),
        laughs=_scores(
            laughter.laugh_chances(sentences, vectors.astype(np.float32)).astype(np.float64)
        ),
        words=salience.lengths(sentences),
        telling=own,
        told=salience.smooth(sentences, own),
        shares=salience.shares(sentences, vectors, head, seen=seen),
    )


def candidates(
    sentences: Sequence[Sentence], known: Features, min_s: float, max_s: float
) -> Candidates:
    """Every run of whole sentences that lasts between the bounds, scored.

    Where people talk at once, a run ends when the last of its speakers does.
    """
    starts = np.array([s.start_s for s in sentences])
    ends = np.array([s.end_s for s in sentences])
    silent = np.maximum.accumulate(ends)  # all up to here have ended
    # for each first sentence, the last ones that give a length within the bounds
    low = np.maximum(np.searchsorted(silent, starts + min_s), np.arange(len(starts)))
    high = np.searchsorted(silent, starts + max_s, side="right")
    count = np.maximum(0, high - low)
    first = np.repeat(np.arange(len(starts)), count)
    last = np.arange(len(first)) - np.repeat(np.cumsum(count) - count - low, count)
    seconds = _until(ends, first, last) - starts[first]
    fits = (seconds >= min_s) & (seconds > 0)
    first, last, seconds = first[fits], last[fits], seconds[fits]
    parts = heads(known, first, last)
    until = np.maximum(last, np.searchsorted(starts, starts[first] + seconds) - 1)
    unwanted = _share(known, first, last)
    worth = whole(parts) * (1.0 - unwanted) ** 2
    preference = worth * _length_prior(seconds)
    return Candidates(
        first, last, until, **parts, worth=worth, preference=preference, unwanted=unwanted
    )


def _until(ends: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """When the last of each span's sentences ends."""
    if np.all(ends[1:] >= ends[:-1]):
        return ends[last]
    return np.array([ends[a : b + 1].max() for a, b in zip(first, last, strict=True)], np.float64)


def heads(
    known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> dict[str, F64]:
    """Hook, flow, value and energy of spans of sentences, both ends inclusive."""
    return {
        "hook": _hook(known, first),
        "flow": _flow(known, first, last),
        "value": _value(known, first, last),
        "energy": _energy(known, first, last),
    }


def whole(parts: Mapping[str, F64], *, without: str = "") -> F64:
    """The weighted sum of the heads, in [0, 1]; one of them may be left out."""
    weights = {name: weight for name, weight in WEIGHTS.items() if name != without}
    total: F64 = np.sum([weights[name] * parts[name] for name in weights], 0)
    return total / sum(weights.values())


def by_sentence(known: Features) -> F64:
    """Each sentence's own worth in [0, 1], comparable within the talk; nearly linear."""
    return logistic(0.5 * known.told)


def clear_borders(known: Features) -> list[int]:
    """Sentences before which something new begins, ascending; the first is none."""
    border = known.border[:-1].copy()
    if not len(border):
        return []
    border[0] = -np.inf
    around = np.pad(border, ALONE, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(around, 2 * ALONE + 1).max(1)
    return [int(i) for i in np.flatnonzero((border > CLEAR_BORDER) & (border >= highest))]


def _flags(known: Features, name: str) -> F64:
    return np.array([float(getattr(c, name)) for c in known.cues])


def _weighed(known: Features, weights: Mapping[str, float]) -> F64:
    """Sum of the weights of the cues that each sentence has, shape (n,)."""
    total = np.zeros(len(known.cues))
    for name, weight in weights.items():
        total = total + weight * _flags(known, name)
    return total


def mean(values: F64, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Mean of sentence values over each span."""
    mean: F64 = span_sums(values, first, last) / (last + 1 - first)
    return mean


def _hook(known: Features, first: npt.NDArray[np.intp]) -> F64:
    """What the first two sentences promise."""
    promise = _weighed(known, HOOK)
    second = np.append(promise[1:], 0.0)
    return logistic(promise[first] + HOOK_SECOND * second[first] + HOOK_BIAS)


def _flow(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Stands alone: begins and ends where the subject changes, leans on nothing before it."""
    leaning = _flags(known, "dangling")[first]
    promise_unmet = _flags(known, "question")[last]
    finished = _flags(known, "finished")
    marked = float(finished.mean()) > MOSTLY  # some languages and recognisers set no marks
    unfinished = (1.0 - finished[last]) * marked
    next_leans = np.append(_flags(known, "dangling"), 0.0)[last + 1]
    edges = known.border[first] + known.border[last + 1]
    cut_off = np.minimum(1.0, known.over)  # what a clip would cut off
    over = cut_off[first] + cut_off[last + 1]
    turns = _turns(known, first, last)
    return logistic(
        FLOW["edges"] * edges
        + turns
        - TALKED_OVER * over
        + FLOW["leaning"] * leaning
        + FLOW["promise_unmet"] * promise_unmet
        + FLOW["unfinished"] * unfinished
        + FLOW["next_leans"] * next_leans
        + FLOW_BIAS
    )


def _turns(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """What is gained by whole turns, and lost where another takes over at the end; 0 if unknown.

    A clip that ends with what another begins to say, mostly the next question, has no payoff.
    """
    who = known.who
    if not who.any():
        return np.zeros(len(first))
    said = np.arange(min(VOICES, int(who.max()) + 1))[None] == who[:, None]
    spoken = np.cumsum(said * known.words[:, None], 0)
    until = np.vstack((np.zeros((1, spoken.shape[1])), spoken))
    main = (until[last + 1] - until[first]).argmax(1)
    change = np.concatenate(([True], who[1:] != who[:-1], [True])).astype(np.float64)
    gain: F64 = WHOLE_TURN * (change[first] + change[last + 1])
    gain -= TAKEN_OVER * (who[last] != main)
    return gain


def _value(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Says something: what editors choose, by what was learned and by cues that were not.

    The cues (stories, lessons, numbers, feelings, in sentences of substance) are a guard where a
    talk is unlike those that were learned from.
    """
    words = np.array([c.words for c in known.cues])
    substance = np.minimum(1.0, words / SUBSTANTIAL_WORDS)
    per_sentence = _weighed(known, VALUE) + VALUE_GIST * known.gist + VALUE_SUBSTANCE * substance
    for name, weight in VALUE_AGAINST.items():
        per_sentence = per_sentence + weight * _flags(known, name)
    learned = known.words * known.telling
    told = mean(learned, first, last) / mean(known.words, first, last)
    cues = VALUE_SCALE * (mean(per_sentence, first, last) - VALUE_USUAL)
    return logistic(cues + LEARNED * told)


def _energy(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Livelier than the rest of the talk, by its sound and where people would laugh."""
    lively = np.sum([weight * getattr(known, name) for name, weight in LIVELY.items()], 0)
    return logistic(mean(lively, first, last))


def _share(known: Features, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> F64:
    """Share of a span's words that an editor would cut; a promotion taints its neighbours."""
    words = np.array([float(c.words) for c in known.cues])
    promotion = _flags(known, "promotion")
    near = promotion.copy()
    near[1:] += NEARBY * promotion[:-1]
    near[:-1] += NEARBY * promotion[1:]
    chatter = CHATTER * _flags(known, "backchannel")
    bad = np.minimum(1.0, near + _flags(known, "ceremony") + chatter)
    share: F64 = mean(bad * words, first, last) / mean(words, first, last)
    return np.clip(share, 0.0, MAX_UNWANTED)


def _length_prior(seconds: F64) -> F64:
    """1 near IDEAL_S, falling slowly on either side: 0.87 at a half and at twice of it."""
    log_ratio = np.log(np.maximum(seconds, SHORTEST_S) / IDEAL_S)
    prior: F64 = np.exp(-LENGTH_STEEPNESS * log_ratio**2)
    return prior


def _borders(vectors: npt.NDArray[np.float64], sentences: Sequence[Sentence]) -> F64:
    """How clearly something new begins before each sentence; the talk's ends are borders.

    What was learned of chapters, and the pause: people wait before another subject.
    """
    count = len(vectors)
    border = np.full(count + 1, END)
    if count > 1:
        pauses = np.array([b.start_s - a.end_s for a, b in pairwise(sentences)])
        waited = _scores(np.log(np.maximum(pauses, 0.05)))
        border[1:count] = (
            SUBJECT * topic_boundaries.strength(sentences, vectors)[1:] + PAUSE * waited
        )
    return border


def _who(sentences: Sequence[Sentence]) -> npt.NDArray[np.intp]:
    """Who says each, numbered by how much they say."""
    names = [s.speaker or "" for s in sentences]
    words = salience.lengths(sentences)
    total: dict[str, float] = dict.fromkeys(names, 0.0)
    for name, count in zip(names, words, strict=True):
        total[name] += count
    place = {name: i for i, name in enumerate(sorted(total, key=lambda n: -total[n]))}
    return np.array([place[name] for name in names], np.intp)


def _over(sentences: Sequence[Sentence]) -> F64:
    """How long the speech before each sentence goes on after it has begun, s; 0 at the ends."""
    silent = np.maximum.accumulate([s.end_s for s in sentences])
    starts = np.array([s.start_s for s in sentences])
    over = np.zeros(len(sentences) + 1)
    over[1:-1] = np.maximum(0.0, silent[:-1] - starts[1:])
    return over


def _heard(values: F64) -> F64:
    """What was not heard is as usual."""
    unknown = np.isnan(values)
    usual = 0.0 if unknown.all() else float(values[~unknown].mean())
    return np.where(unknown, usual, values)


def _scores(values: F64) -> F64:
    """Standard scores within the talk."""
    return standardize(values, half_weight_at=HALF_WEIGHT_SENTENCES, limit=MAX_SPREADS)
