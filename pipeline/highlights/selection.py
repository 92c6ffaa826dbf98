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
from pipeline.core.taste import Taste
from pipeline.highlights import (
    reranking,
    scoring,
    sentence_features,
    shortening,
    wishes,
)
from pipeline.highlights import taste as tastes
from pipeline.highlights.border_choice import choose_borders
from pipeline.highlights.details import Described, percentile
from pipeline.highlights.grading import Judge
from pipeline.highlights.interval_scheduling import schedule
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features, TextModels
from pipeline.highlights.shortening import Pick
from pipeline.highlights.shortlist import shortlist

SPEECH_S_PER_CLIP = 45.0  # a source of three minutes has room for four clips
MAX_CLIPS = 9
MIN_CLIPS = 4  # made if there is room, however plain the talk
MIN_EXTRA_CLIP_SCORE = 45  # virality score of clips beyond MIN_CLIPS, if no number was asked for
MIN_TWIN_SIMILARITY = 0.82  # of the embeddings of two spans that make the same point
MAX_UNWANTED_SHARE = 0.34  # of promotion and greeting in a clip
FAR = -8.0  # nats from the best span, from where the gain falls slowly
GAIN_PER_NAT = 2.0  # a good clip outweighs several plain ones and is not shortened to make room

MAX_STRETCH = 2.0  # of the longest duration, for a single sentence when all are too long


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of a talk's spans."""

    highlights: tuple[Highlight, ...]  # best first
    candidates: tuple[Candidate, ...]  # the best that were not chosen, best first


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
    taste: Taste | None = None,
) -> Choice:
    """Choose the best non-overlapping spans; `judge` may reorder them, see `reranking`.

    There are fewer than asked for if the talk has no more, and at least one if a sentence has a
    duration of at most MAX_STRETCH of the longest duration. `known`: the features of the sentences,
    if they are already computed. `taste`: what the account prefers.
    """
    nothing = Choice(highlights=(), candidates=())
    sentences = transcript.sentences
    if not sentences:
        return nothing
    control.report("highlights", 0.0)
    if known is None:
        known = sentence_features.features(sentences, models, audio, transcript.language)
    control.report("highlights", 0.7)
    found = scoring.candidates(sentences, known, options.min_duration_s, options.max_duration_s)
    if not len(found.first):
        found = _shortest(sentences, known, options)
    if not len(found.first):  # no sentence has a usable duration
        return nothing
    asked = wishes.read(options, [s.text for s in sentences])
    gain = wishes.gains(asked, found, known, transcript, models)
    found = replace(found, preference=found.preference + gain)
    if judge is not None:
        found = reranking.rerank(found, sentences, judge, control)
    liking = None
    if taste is not None:
        found, liking = tastes.apply(taste, found, sentences, known)
    picks = _picks(found, known, sentences, options)
    if not picks:  # zero clips were asked for
        return nothing
    told = Described(
        transcript=transcript, known=known, options=options, asked=asked, liking=liking
    )
    choice = Choice(
        highlights=told.highlights(picks, told.usual(picks)),
        candidates=shortlist(
            told,
            found,
            picks,
            max_unwanted=MAX_UNWANTED_SHARE,
            min_twin_similarity=MIN_TWIN_SIMILARITY,
        ),
    )
    control.report("highlights", 1.0)
    return choice


def _picks(
    found: Candidates, known: Features, sentences: Sequence[Sentence], options: Options
) -> list[Pick]:
    """Return the spans that become clips, best first."""
    best = choose_borders(found, select(found, known, _clip_count(sentences, options)))
    picks = [Pick(found, k) for k in best]
    picks = shortening.whole_moments(picks, sentences, known, options.max_duration_s)
    picks.sort(key=lambda pick: -pick.worth)
    if options.clip_count is not None:
        return picks
    return [
        pick
        for place, pick in enumerate(picks)
        if place < MIN_CLIPS or percentile(pick.worth) >= MIN_EXTRA_CLIP_SCORE
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
    bound = max(options.max_duration_s, min(shortest, MAX_STRETCH * options.max_duration_s))
    longest = scoring.candidates(sentences, known, min(whole, bound) * 0.999, bound + 0.001)
    if len(longest.first):
        return longest
    return scoring.candidates(sentences, known, 0.0, bound + 0.001)


def select(found: Candidates, known: Features, wanted: int) -> list[int]:
    """Return the spans that together are worth most, without overlap or repetition, in talk order.

    If two make the same point, spans similar to the better one are dropped and the rest is chosen
    again. Promotion and greetings are chosen only if there is nothing else.
    """
    if wanted < 1 or not len(found.first):
        return []
    above = found.preference - found.preference.max()
    # Far below the best the gain falls slowly: a sum of gains could not tell such spans from none.
    exponent = np.where(above > FAR, GAIN_PER_NAT * above, GAIN_PER_NAT * FAR + (above - FAR) / 10)
    gain = np.where(found.unwanted <= MAX_UNWANTED_SHARE, np.exp(exponent), 0.0)
    picked = schedule(found.first, found.until, gain, wanted)
    sums = prefix_sums(known.vectors)
    size: F64 | None = None
    while (twin := _find_twins(found, sums, picked)) is not None:
        better, worse = twin
        size = _sizes(found, sums) if size is None else size
        along = sums @ _centres(found, sums, [better])[0]
        alike = (along[found.last + 1] - along[found.first]) / size > MIN_TWIN_SIMILARITY
        apart = (found.last < found.first[better]) | (found.first > found.last[better])
        gain[alike & apart] = 0.0
        gain[worse] = 0.0
        picked = schedule(found.first, found.until, gain, wanted)
    return picked or [int(found.preference.argmax())]


def _find_twins(found: Candidates, sums: F64, picked: Sequence[int]) -> tuple[int, int] | None:
    """Return the better and the worse of two picks that make the same point, or None."""
    ranked = sorted(picked, key=lambda k: -found.preference[k])
    centres = _centres(found, sums, ranked)
    for later in range(1, len(ranked)):
        alike = centres[:later] @ centres[later]
        if alike.max() > MIN_TWIN_SIMILARITY:
            return ranked[int(alike.argmax())], ranked[later]
    return None


def _centres(found: Candidates, sums: F64, which: Sequence[int]) -> F64:
    """Return the unit means of the embeddings of some spans, (len(which), d).

    sums: prefix sums of the embeddings, (n + 1, d).
    """
    rows = np.array(which, np.intp)
    centres: F64 = sums[found.last[rows] + 1] - sums[found.first[rows]]
    centres /= np.maximum(1e-9, np.linalg.norm(centres, axis=1, keepdims=True))
    return centres


def _sizes(found: Candidates, sums: F64) -> F64:
    """Return the norm of each span's summed embeddings, (n,), in blocks to bound the memory."""
    step = scoring.BLOCK_SPANS
    blocks = [slice(at, at + step) for at in range(0, len(found.first), step)]
    sizes = [np.linalg.norm(sums[found.last[b] + 1] - sums[found.first[b]], axis=1) for b in blocks]
    found_sizes: F64 = np.maximum(1e-9, np.concatenate(sizes))
    return found_sizes
