"""Chooses highlights."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import Audio, Breakdown, Highlight, Options, Sentence, Span, Transcript
from pipeline.core.statistics import prefix_sums
from pipeline.highlights import keywords, reasons, reranking, scoring
from pipeline.highlights.descriptions import description
from pipeline.highlights.grading import Judge
from pipeline.highlights.hashtags import hashtags
from pipeline.highlights.interval_scheduling import schedule
from pipeline.highlights.scoring import Candidates, Embed, Features
from pipeline.highlights.titles import clip_title

SECONDS_A_CLIP = 45.0  # of speech: a source of three minutes has room for four
MAX_CLIPS = 9
ALWAYS = 4  # clips that are made where there is room, however plain the talk
WORTH_A_CLIP = 45  # virality score below which a further clip is not made unasked
SAME_POINT = 0.82  # two spans whose embeddings are closer say the same
MAX_UNWANTED = 0.34  # share of promotion and greeting beyond which a span is no clip
SPEAKS_OF = 0.3  # a span that mentions a keyword at all is preferred by as much …
ALL_OF = 0.5  # … and by as much more where half of its sentences do
GREED = 16  # exponent: a good clip is worth several plain ones, and isn't shortened to make room
SPANS_AT_ONCE = 4096  # spans that are looked at together
STRETCH = 2.0  # of the longest duration: where all sentences are longer, one may still be a clip
LEAD_S = 0.12  # heard before the first word, where the pause allows
TAIL_S = 0.25  # heard after the last


def choose(
    transcript: Transcript,
    audio: Audio | None,
    embed: Embed,
    options: Options,
    control: Control,
    *,
    judge: Judge | None = None,
) -> tuple[Highlight, ...]:
    """The best spans that do not overlap, best first; `judge` may reorder them, see `reranking`.

    Fewer than asked for where the talk has no more, and at least one where it has a sentence that
    takes time, but not more than STRETCH of the longest duration.
    """
    sentences = transcript.sentences
    if not sentences:
        return ()
    control.report("highlights", 0.0)
    known = scoring.features(sentences, embed, audio)
    control.report("highlights", 0.7)
    found = scoring.candidates(sentences, known, options.min_duration_s, options.max_duration_s)
    if not len(found.first):
        found = _shortest(sentences, known, options)
    if not len(found.first):  # sentences without a time are nowhere
        return ()
    spoken = keywords.mentions([s.text for s in sentences], options.keywords)
    found = _preferring(found, spoken)
    if judge is not None:
        found = reranking.reranked(found, sentences, judge, control)
    picked = select(found, known, _wanted(sentences, options))
    picked.sort(key=lambda k: -found.worth[k])
    if options.clip_count is None:
        picked = [
            k
            for place, k in enumerate(picked)
            if place < ALWAYS or percentile(float(found.worth[k])) >= WORTH_A_CLIP
        ]
    if not picked:  # none were asked for
        return ()
    usual = np.mean([reasons.traits(known, *_span(found, k)) for k in picked], 0)
    if len(picked) == 1:
        usual = np.zeros_like(usual)
    made = []
    for k in picked:
        topics = _topics(options.keywords, spoken, found, k)
        made.append(_highlight(transcript, known, found, k, options, topics=topics, usual=usual))
    control.report("highlights", 1.0)
    return tuple(made)


def _wanted(sentences: Sequence[Sentence], options: Options) -> int:
    """How many clips this much speech has room for, unless the caller said a number."""
    if options.clip_count is not None:
        return options.clip_count
    speech_s = sum(s.end_s - s.start_s for s in sentences)
    return max(1, min(MAX_CLIPS, int(speech_s / SECONDS_A_CLIP)))


def _preferring(found: Candidates, spoken: keywords.Flags) -> Candidates:
    """Spans that speak of a keyword gain, within bounds: among them the better one still wins."""
    if not spoken.any():
        return found
    speaks: F64 = np.any(spoken, axis=0).astype(np.float64)
    share = scoring.mean(speaks, found.first, found.last)
    gain = SPEAKS_OF * (share > 0) + ALL_OF * np.minimum(1.0, 2.0 * share)
    return replace(found, preference=found.preference * (1.0 + gain))


def _topics(
    asked: Sequence[str], spoken: keywords.Flags, found: Candidates, k: int
) -> tuple[str, ...]:
    """The keywords of a span, as the caller wrote them, the most mentioned first."""
    counts = spoken[:, found.first[k] : found.last[k] + 1].sum(1)
    order = np.argsort(-counts, kind="stable")
    return tuple(asked[i] for i in order if counts[i])


def _shortest(sentences: Sequence[Sentence], known: Features, options: Options) -> Candidates:
    """The talk is shorter than a clip: as much of it as fits is the only candidate.

    Or every sentence is longer than one: the shortest, unless it is an endless one.
    """
    whole = max(s.end_s for s in sentences) - sentences[0].start_s
    shortest = min(s.end_s - s.start_s for s in sentences)
    bound = max(options.max_duration_s, min(shortest, STRETCH * options.max_duration_s))
    longest = scoring.candidates(sentences, known, min(whole, bound) * 0.999, bound + 0.001)
    if len(longest.first):
        return longest
    return scoring.candidates(sentences, known, 0.0, bound + 0.001)


def select(found: Candidates, known: Features, wanted: int) -> list[int]:
    """Those that together are worth most, none overlapping or repeating another; in their order.

    Where two make the same point, what is like the better one is given up, and the rest is chosen
    again. Promotion and greetings are never chosen unless there is nothing else.
    """
    if wanted < 1 or not len(found.first):
        return []
    gain = np.where(found.unwanted <= MAX_UNWANTED, found.preference**GREED, 0.0)
    picked = schedule(found.first, found.until, gain, wanted)
    sums = prefix_sums(known.vectors)
    size: F64 | None = None
    while (twin := _twin(found, sums, picked)) is not None:
        better, worse = twin
        size = _sizes(found, sums) if size is None else size
        along = sums @ _centres(found, sums, [better])[0]
        alike = (along[found.last + 1] - along[found.first]) / size > SAME_POINT
        apart = (found.last < found.first[better]) | (found.first > found.last[better])
        gain[alike & apart] = 0.0
        gain[worse] = 0.0
        picked = schedule(found.first, found.until, gain, wanted)
    return picked or [int(found.preference.argmax())]


def _twin(found: Candidates, sums: F64, picked: Sequence[int]) -> tuple[int, int] | None:
    """The better and the worse of two picks that make the same point; None where none do."""
    ranked = sorted(picked, key=lambda k: -found.preference[k])
    centres = _centres(found, sums, ranked)
    for later in range(1, len(ranked)):
        alike = centres[:later] @ centres[later]
        if alike.max() > SAME_POINT:
            return ranked[int(alike.argmax())], ranked[later]
    return None


def _centres(found: Candidates, sums: F64, which: Sequence[int]) -> F64:
    """Unit means of the embeddings of some spans, (len(which), d).

    sums: those of the embeddings before each sentence, and of all, (n + 1, d).
    """
    rows = np.array(which, np.intp)
    centres: F64 = sums[found.last[rows] + 1] - sums[found.first[rows]]
    centres /= np.maximum(1e-9, np.linalg.norm(centres, axis=1, keepdims=True))
    return centres


def _sizes(found: Candidates, sums: F64) -> F64:
    """How long the sum of each span's embeddings is, (n,); hours of talk need no more memory."""
    blocks = [slice(at, at + SPANS_AT_ONCE) for at in range(0, len(found.first), SPANS_AT_ONCE)]
    sizes = [np.linalg.norm(sums[found.last[b] + 1] - sums[found.first[b]], axis=1) for b in blocks]
    found_sizes: F64 = np.maximum(1e-9, np.concatenate(sizes))
    return found_sizes


def _highlight(
    transcript: Transcript,
    known: Features,
    found: Candidates,
    k: int,
    options: Options,
    *,
    topics: Sequence[str],
    usual: F64,
) -> Highlight:
    """One pick with everything that people see of it; `topics` are the keywords in it."""
    first, last = _span(found, k)
    sentences = transcript.sentences
    start_s, end_s = _edges(transcript, first, last, options)
    text = " ".join(s.text for s in sentences[first : last + 1])
    return Highlight(
        start_s=start_s,
        end_s=end_s,
        first_sentence=first,
        last_sentence=last,
        score=float(found.worth[k]),
        virality_score=percentile(float(found.worth[k])),
        breakdown=Breakdown(
            hook=round(float(found.hook[k]), 4),
            flow=round(float(found.flow[k]), 4),
            value=round(float(found.value[k]), 4),
            energy=round(float(found.energy[k]), 4),
        ),
        reason=reasons.reason(sentences, known, (first, last), topics, usual),
        title=(title := clip_title(text, transcript.language)),
        description=description(text, title, transcript.language),
        hashtags=hashtags(text, transcript.language),
    )


def _span(found: Candidates, k: int) -> tuple[int, int]:
    """First and last sentence."""
    return int(found.first[k]), int(found.last[k])


def _edges(transcript: Transcript, first: int, last: int, options: Options) -> tuple[float, float]:
    """Cut points in the pauses around the span, never inside a neighbour's word or out of range."""
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
    room = max(
        0.0, options.max_duration_s - (end_s - start_s)
    )  # the caller's bound holds for the clip
    lead = min(LEAD_S, room / 3, max(0.0, (start_s - before_s) / 2))
    tail = min(TAIL_S, room - lead, max(0.0, (after_s - end_s) / 2))
    return start_s - lead, end_s + tail


@cache
def _reference() -> tuple[float, ...]:
    """Scores of the best spans of many talks, ascending (`make train-reference`)."""
    stored = resources.files("pipeline").joinpath("weights/reference.json").read_text()
    return tuple(json.loads(stored)["quantiles"])


def percentile(value: float) -> int:
    """Place of a score among the best spans of the reference talks, 0..100."""
    quantiles = _reference()
    place = np.interp(value, quantiles, np.linspace(0.0, 100.0, len(quantiles)))
    return round(float(place))
