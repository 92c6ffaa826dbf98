"""Chooses the highlights of a talk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import (
    Audio,
    Candidate,
    Highlight,
    Options,
    Sentence,
    Transcript,
)
from pipeline.core.statistics import prefix_sums
from pipeline.highlights import (
    replays,
    request_relevance,
    reranking,
    scoring,
    sentence_features,
)
from pipeline.highlights.comparison import Judge
from pipeline.highlights.details import Described
from pipeline.highlights.scoring import Candidates, Pick
from pipeline.highlights.sentence_features import Features, TextModels
from pipeline.highlights.shortlist import shortlist
from pipeline.media.source_range import LONGEST_WHOLE_S

SPEECH_S_PER_CLIP = 45.0  # a source of three minutes has room for four clips
MAX_CLIPS = 9
MIN_CLIPS = 4  # made if there is room, however plain the talk
MIN_EXTRA_CLIP_SCORE = 40  # virality score of clips beyond MIN_CLIPS, if no number was asked for
MIN_TWIN_SIMILARITY = 0.8  # similarity of embeddings from which two spans make the same point
MAX_COMPARED = 800  # spans among which agreement is looked for, the likeliest
AGREEMENT = 0.7  # sharpness of their probabilities, per nat of preference
OWN_WEIGHT = 0.2  # weight of a span's own preference beside the agreement
MIN_SAME_MOMENT = 0.65  # intersection over union, in sentences, of two cuts of one moment
TINY = 1e-300  # so that a logarithm is finite
# Mean probability, by words, that sentences are small talk or promotion: of a span that is no
# moment, and of a talk that is nothing else, where they are what there is to show.
ASIDE = 0.3
MOSTLY_ASIDE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of a talk's spans."""

    highlights: tuple[Highlight, ...]  # best first
    candidates: tuple[Candidate, ...]  # the best that were not chosen, best first
    uncompared: int = 0  # pairs for which the language model had no time


def choose(
    transcript: Transcript,
    audio: Audio | None,
    models: TextModels,
    options: Options,
    control: Control,
    *,
    judge: Judge | None = None,
    known: Features | None = None,
) -> tuple[Highlight, ...]:
    """Return the highlights of `weigh`."""
    return weigh(transcript, audio, models, options, control, judge=judge, known=known).highlights


def weigh(
    transcript: Transcript,
    audio: Audio | None,
    models: TextModels,
    options: Options,
    control: Control,
    *,
    judge: Judge | None = None,
    known: Features | None = None,
) -> Choice:
    """Choose the best non-overlapping spans; `judge` may reorder them, see `reranking`.

    There are fewer than asked for if the talk has no more beside greetings, sponsors and the like,
    and at least one if a sentence has a duration of at most LONGEST_WHOLE_S.
    `known`: the features of the sentences, if they are already computed.
    """
    nothing = Choice(highlights=(), candidates=())
    sentences = transcript.sentences
    if not sentences:
        return nothing
    control.report("highlights", 0.0)
    if known is None:
        known = sentence_features.features(sentences, models, audio)
    control.report("highlights", 0.7)
    found = scoring.candidates(sentences, known, options.min_duration_s, options.max_duration_s)
    if not len(found.first):
        found = _shortest(sentences, known, options)
    if not len(found.first):  # no sentence has a usable duration
        return nothing
    found = _without_asides(found, known)
    asked = request_relevance.read(options, [s.text for s in sentences])
    asked = request_relevance.with_prompt(asked, known, models)
    gain = request_relevance.gains(asked, found, known, transcript, models)
    if options.replayed:
        starts, ends = (np.array([getattr(s, n) for s in sentences]) for n in ("start_s", "end_s"))
        gain += replays.gains(options.replayed, starts[found.first], ends[found.last])
    found = replace(found, preference=found.preference + gain)
    uncompared = 0
    if judge is not None:
        found, uncompared = reranking.rerank(found, sentences, judge, control)
    picks = _picks(found, known, sentences, options)
    if not picks:  # zero clips were asked for
        return nothing
    told = Described(
        transcript=transcript, known=known, options=options, asked=asked, rate=models.rate
    )
    choice = Choice(
        highlights=told.highlights(picks),
        candidates=shortlist(
            told,
            found,
            picks,
            min_twin_similarity=MIN_TWIN_SIMILARITY,
        ),
        uncompared=uncompared,
    )
    control.report("highlights", 1.0)
    return choice


def _without_asides(found: Candidates, known: Features) -> Candidates:
    """Return the candidates without those of sponsors, greetings and housekeeping.

    All of them, if there is nothing else: who films a greeting wants it.
    """
    chance = np.minimum(1.0, known.roles.small_talk + known.roles.promotion)
    sums, sizes = prefix_sums(chance * known.words), prefix_sums(known.words)
    first, after = found.first, found.last + 1
    aside = (sums[after] - sums[first]) / (sizes[after] - sizes[first])
    if sums[-1] >= MOSTLY_ASIDE * sizes[-1] or aside.min() >= ASIDE:
        return found
    return found.those(np.flatnonzero(aside < ASIDE))


def _picks(
    found: Candidates, known: Features, sentences: Sequence[Sentence], options: Options
) -> list[Pick]:
    """Return the spans that become clips, best first."""
    best = select(found, known, _clip_count(sentences, options))
    picks = [Pick(found, k) for k in best]
    picks.sort(key=lambda pick: -pick.worth)
    if options.clip_count is not None:
        return picks
    return [
        pick
        for place, pick in enumerate(picks)
        if place < MIN_CLIPS or 100 * pick.worth >= MIN_EXTRA_CLIP_SCORE
    ]


def _clip_count(sentences: Sequence[Sentence], options: Options) -> int:
    """Return how many clips this much speech has room for, or the caller's number."""
    if options.clip_count is not None:
        return options.clip_count
    speech_s = sum(s.end_s - s.start_s for s in sentences)
    return max(1, min(MAX_CLIPS, int(speech_s / SPEECH_S_PER_CLIP)))


def _shortest(sentences: Sequence[Sentence], known: Features, options: Options) -> Candidates:
    """Return candidates for a talk shorter than a clip: as much of it as fits.

    If every sentence is longer than a clip, return the shortest, unless it is extremely long.
    """
    whole = max(s.end_s for s in sentences) - sentences[0].start_s
    shortest = min(s.end_s - s.start_s for s in sentences)
    bound = max(options.max_duration_s, min(shortest, LONGEST_WHOLE_S))
    longest = scoring.candidates(sentences, known, min(whole, bound) * 0.999, bound + 0.001)
    if len(longest.first):
        return longest
    return scoring.candidates(sentences, known, 0.0, bound + 0.001)


def select(found: Candidates, known: Features, wanted: int) -> list[int]:
    """Return the best spans, without overlap or repetition, best first.

    Each takes with it what overlaps it, and what makes the same point elsewhere.
    """
    left = found.preference.copy()
    sums = prefix_sums(known.vectors)
    sizes = _sizes(found, sums)
    picked: list[int] = []
    while len(picked) < wanted and np.isfinite(left.max(initial=-np.inf)):
        k = _best(found, left)
        picked.append(k)
        apart = (found.until < found.first[k]) | (found.first > found.until[k])
        center = (sums[found.last[k] + 1] - sums[found.first[k]]) / sizes[k]
        along = sums @ center
        alike = (along[found.last + 1] - along[found.first]) / sizes > MIN_TWIN_SIMILARITY
        left[~apart | alike] = -np.inf
    return picked


def _best(found: Candidates, left: F64) -> int:
    """Return the likeliest span of the moment that the likely spans agree on.

    The likeliest span of all need not be in it: several spans that share most of their sentences
    outweigh one that is a little likelier and stands alone (least Bayes risk; Kumar, Byrne 2004,
    HLT-NAACL). left: the preference of spans, -inf for those that may not be picked.
    """
    top = np.argsort(-left, kind="stable")[:MAX_COMPARED]
    likely = np.exp(AGREEMENT * (left[top] - left[top[0]]))
    first, last = found.first[top], found.last[top]
    inside = np.minimum(last[:, None], last) - np.maximum(first[:, None], first) + 1
    around = np.maximum(last[:, None], last) - np.minimum(first[:, None], first) + 1
    shared = np.maximum(inside, 0) / around
    agreed = np.log(np.maximum(shared @ likely, TINY)) + OWN_WEIGHT * left[top]
    same = shared[int(agreed.argmax())] >= MIN_SAME_MOMENT
    return int(top[np.where(same, left[top], -np.inf).argmax()])


def _sizes(found: Candidates, sums: F64) -> F64:
    """Return the norm of each span's summed embeddings, (n,), in blocks to bound the memory."""
    step = scoring.BLOCK_SPANS
    blocks = [slice(at, at + step) for at in range(0, len(found.first), step)]
    sizes = [np.linalg.norm(sums[found.last[b] + 1] - sums[found.first[b]], axis=1) for b in blocks]
    found_sizes: F64 = np.maximum(1e-9, np.concatenate(sizes or [np.zeros(0)]))
    return found_sizes
