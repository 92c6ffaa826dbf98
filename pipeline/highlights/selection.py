"""Chooses the highlights of a talk."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from pipeline.analysis import kinds
from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import (
    Audio,
    Breakdown,
    Highlight,
    MomentKind,
    Options,
    Sentence,
    Span,
    Transcript,
)
from pipeline.core.statistics import prefix_sums
from pipeline.core.timecode import format_clock
from pipeline.highlights import (
    fields,
    reasons,
    reranking,
    scoring,
    sentence_features,
    shortening,
    wishes,
)
from pipeline.highlights.border_choice import choose_borders
from pipeline.highlights.descriptions import description
from pipeline.highlights.grading import Judge
from pipeline.highlights.hashtags import count_stems, hashtags
from pipeline.highlights.interval_scheduling import schedule
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features, TextModels
from pipeline.highlights.shortening import Pick
from pipeline.highlights.titles import clip_title, title_variants

SPEECH_S_PER_CLIP = 45.0  # a source of three minutes has room for four clips
MAX_CLIPS = 9
MIN_CLIPS = 4  # made if there is room, however plain the talk
PLAIN_SCORE = 30  # virality score below which a clip is no moment, and its reason says so
MIN_EXTRA_CLIP_SCORE = 45  # virality score of clips beyond MIN_CLIPS, if no number was asked for
MIN_TWIN_SIMILARITY = 0.82  # of the embeddings of two spans that make the same point
MAX_UNWANTED_SHARE = 0.34  # of promotion and greeting in a clip
FAR = -8.0  # nats from the best span, from where the gain falls slowly
GAIN_PER_NAT = 2.0  # a good clip outweighs several plain ones and is not shortened to make room

MAX_STRETCH = 2.0  # of the longest duration, for a single sentence when all are too long
MAX_LEAD_S = 0.12  # kept before the first word, if the pause allows
MAX_TAIL_S = 0.25  # kept after the last word


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
    """Return the best non-overlapping spans, best first; `judge` may reorder them, see `reranking`.

    Returns fewer than asked for if the talk has no more, and at least one if a sentence has a
    duration of at most MAX_STRETCH of the longest duration. `known`: the features of the sentences,
    if they are already computed.
    """
    sentences = transcript.sentences
    if not sentences:
        return ()
    control.report("highlights", 0.0)
    if known is None:
        known = sentence_features.features(sentences, models, audio, transcript.language)
    control.report("highlights", 0.7)
    found = scoring.candidates(sentences, known, options.min_duration_s, options.max_duration_s)
    if not len(found.first):
        found = _shortest(sentences, known, options)
    if not len(found.first):  # no sentence has a usable duration
        return ()
    asked = wishes.read(options, [s.text for s in sentences])
    gain = wishes.gains(asked, found, known, transcript, models)
    found = replace(found, preference=found.preference + gain)
    if judge is not None:
        found = reranking.rerank(found, sentences, judge, control)
    best = choose_borders(found, select(found, known, _clip_count(sentences, options)))
    picks = [Pick(found, k) for k in best]
    picks = shortening.whole_moments(picks, sentences, known, options.max_duration_s)
    picks.sort(key=lambda pick: -pick.worth)
    if options.clip_count is None:
        picks = [
            pick
            for place, pick in enumerate(picks)
            if place < MIN_CLIPS or percentile(pick.worth) >= MIN_EXTRA_CLIP_SCORE
        ]
    if not picks:  # zero clips were asked for
        return ()
    usual = np.mean([reasons.traits(known, pick.first, pick.last) for pick in picks], 0)
    if len(picks) == 1:
        usual = np.zeros_like(usual)
    said = count_stems(" ".join(s.text for s in sentences), transcript.language)
    first, last = np.array([(pick.first, pick.last) for pick in picks]).T
    likeliest = kinds.likeliest(sentences, known.moments.meaning, first, last)
    highlights = tuple(
        _highlight(
            transcript,
            known,
            pick,
            options,
            topics=asked.topics(pick.first, pick.last),
            usual=usual,
            talk_words=said,
            kind=kind,
        )
        for pick, kind in zip(picks, likeliest, strict=True)
    )
    control.report("highlights", 1.0)
    return highlights


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


def _highlight(
    transcript: Transcript,
    known: Features,
    pick: Pick,
    options: Options,
    *,
    topics: Sequence[str],
    usual: F64,
    talk_words: Counter[str],
    kind: MomentKind,
) -> Highlight:
    """Build one highlight with its title, description and reason.

    topics: its keywords; usual: see `reasons`; talk_words: see `hashtags`.
    """
    first, last = pick.first, pick.last
    sentences = transcript.sentences
    left_out = shortening.spans(sentences, pick.left_out)
    start_s, end_s = _cut_points(transcript, first, last, options, left_out)
    virality = percentile(pick.worth)
    parts = {name: float(getattr(pick.found, name)[pick.index]) for name in scoring.WEIGHTS}
    about = fields.nearest(
        known.moments.meaning.astype(np.float64), first, last, transcript.language
    )
    gone = {i for a, b in pick.left_out for i in range(a, b + 1)}
    said = (sentences[i] for i in range(first, last + 1) if i not in gone)
    sure = " ".join(s.text for s in said if not s.doubtful)
    variants = title_variants(sure, transcript.language)
    title = variants[0].title if variants else clip_title(sure, transcript.language)
    title = title or _times(start_s, end_s)
    return Highlight(
        start_s=start_s,
        end_s=end_s,
        first_sentence=first,
        last_sentence=last,
        score=pick.worth,
        virality_score=virality,
        breakdown=Breakdown(**scoring.divide(virality / 100, parts)),
        reason=reasons.reason(
            sentences, known, (first, last), topics, usual, plain=virality < PLAIN_SCORE
        ),
        title=title,
        description=description(sure, title, transcript.language),
        hashtags=hashtags(sure, transcript.language, fields=about, talk=talk_words),
        title_variants=variants,
        left_out=left_out,
        kind=kind,
        confidence=float(scoring.confidence(scoring.odds_of(np.array([pick.worth])))[0]),
    )


def _times(start_s: float, end_s: float) -> str:
    """Return the title of a clip in which no sentence is sure: "1:05 – 1:38"."""
    return f"{format_clock(start_s)} – {format_clock(end_s)}"


def _cut_points(
    transcript: Transcript, first: int, last: int, options: Options, left_out: Sequence[Span]
) -> tuple[float, float]:
    """Return cut points in the pauses around the span, outside neighbors' words and in range."""
    sentences = transcript.sentences
    bound = options.range or Span(start_s=0.0, end_s=transcript.duration_s)
    start_s = sentences[first].start_s
    end_s = max(s.end_s for s in sentences[first : last + 1])
    before_s = max((s.end_s for s in sentences[:first]), default=bound.start_s)
    after_s = (
        sentences[last + 1].start_s
        if last + 1 < len(sentences)
        else max(end_s, min(bound.end_s, transcript.duration_s))
    )
    kept_s = end_s - start_s - sum(gap.duration_s for gap in left_out)
    room = max(0.0, options.max_duration_s - kept_s)  # the caller's maximum is that of the clip
    lead = min(MAX_LEAD_S, room / 3, max(0.0, (start_s - before_s) / 2))
    tail = min(MAX_TAIL_S, room - lead, max(0.0, (after_s - end_s) / 2))
    return start_s - lead, end_s + tail


@cache
def _reference() -> tuple[float, ...]:
    """Return the scores of the best spans of many talks, ascending (`make train-reference`)."""
    stored = resources.files("pipeline").joinpath("weights/reference.json").read_text()
    return tuple(json.loads(stored)["quantiles"])


def percentile(value: float) -> int:
    """Return the rank of a score among the best spans of the reference talks, 0..100."""
    quantiles = _reference()
    place = np.interp(value, quantiles, np.linspace(0.0, 100.0, len(quantiles)))
    return round(float(place))
