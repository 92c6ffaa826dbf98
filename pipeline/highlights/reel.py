"""Joins the moments of a talk to one highlight, a reel: it leaves out what lies between them.

What does not fit is shortened: of each moment, one run of whole sentences may stay. A knapsack
over the moments (dynamic programming) finds the runs that together are worth most. The parts stay
in the order of the talk: what is said later may rest on what was said before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline.core.arrays import F64, Indices
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Sentence, Span, Transcript
from pipeline.core.errors import TooLong
from pipeline.core.timecode import format_clock
from pipeline.highlights import request_relevance, scoring, sentence_features
from pipeline.highlights.details import MAX_LEAD_S, MAX_TAIL_S, Described, cut_points
from pipeline.highlights.scoring import Candidates, Pick
from pipeline.highlights.sentence_features import Features, TextModels

MIN_PART_S = 6.0  # or half of a shorter reel; a shorter part says too little
MIN_KEPT_S = 0.5  # minimum in any case: a shorter one would only flash
MAX_SHARE = 0.6  # largest share for one of several moments; a larger one would be a clip
STEP_S = 0.25  # resolution of the time that parts take
BESIDE_S = MAX_LEAD_S + MAX_TAIL_S  # time a part may take besides its sentences
LENGTH_POWER = 0.5  # worth of seconds: below 1, several moments are better than one long one
LEANING_WORTH = 0.5  # factor for a part whose first sentence leans on one that is left out


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of sentences that may stay of a moment; both ends inclusive."""

    first: int
    last: int
    seconds: float
    worth: float  # 0..1, of itself
    score: float  # 0..1, of the moment, if that is better


def join(
    transcript: Transcript,
    moments: Sequence[Highlight],
    models: TextModels,
    options: Options,
    control: Control,
) -> Highlight:
    """Return a highlight of at most options.max_duration_s of the moments, which do not overlap.

    All of them if they fit, otherwise what is best of the best. Its score is the mean of its
    moments, weighted by what is shown of them. Raises TooLong if no whole sentence of them fits.
    """
    sentences = transcript.sentences
    control.report("highlights", 0.0)
    known = sentence_features.features(sentences, models, None)
    found = scoring.candidates(sentences, known, 0.0, options.max_duration_s)
    max_s = options.max_duration_s
    groups = [list(_parts(m, sentences, known, found)) for m in moments]
    parts = [
        group[-1]
        for moment, group in zip(moments, groups, strict=True)
        if group and (group[-1].first, group[-1].last) == _ends(moment)
    ]
    if len(parts) < len(moments) or sum(part.seconds for part in parts) > max_s:
        least_s = min(MIN_PART_S, max_s / 2) + BESIDE_S
        most_s = max_s if len(moments) == 1 else MAX_SHARE * max_s
        balanced = [[p for p in group if least_s <= p.seconds <= most_s] for group in groups]
        parts = _best(balanced, max_s) or _best(groups, max_s)
    if not parts:
        raise TooLong(f"No whole sentence of these moments fits into {max_s:g} s.")
    parts.sort(key=lambda part: part.first)
    told = Described(
        transcript=transcript,
        known=known,
        options=options,
        asked=request_relevance.read(options, [s.text for s in sentences]),
        rate=models.rate,
    )
    highlight = _described(told, parts, found)
    control.report("highlights", 1.0)
    return highlight


def _parts(
    moment: Highlight, sentences: Sequence[Sentence], known: Features, found: Candidates
) -> Iterator[_Part]:
    """Yield what may stay of a moment, the longest last."""
    first, last = _ends(moment)
    inside = np.flatnonzero((found.first >= first) & (found.last <= last))
    for k in inside[np.argsort(found.last[inside] - found.first[inside], kind="stable")]:
        a, b = int(found.first[k]), int(found.last[k])
        seconds = max(s.end_s for s in sentences[a : b + 1]) - sentences[a].start_s
        if seconds < MIN_KEPT_S:
            continue
        leans = a > first and known.cues[a].dangling
        worth = float(found.worth[k]) * (LEANING_WORTH if leans else 1.0)
        yield _Part(a, b, seconds + BESIDE_S, worth, max(float(found.worth[k]), moment.score))


def _ends(moment: Highlight) -> tuple[int, int]:
    return moment.first_sentence, moment.last_sentence


def _best(groups: Sequence[Sequence[_Part]], max_s: float) -> list[_Part]:
    """Return at most one part of each group, in at most `max_s`, that together are worth most."""
    room = int(max_s / STEP_S)
    value = np.zeros(room + 1)
    taken: list[Indices] = []  # for each group and room: the part taken, or -1
    for group in groups:
        best, choice = value.copy(), np.full(room + 1, -1)
        for n, part in enumerate(group):
            steps = int(np.ceil(part.seconds / STEP_S))
            if steps > room:
                continue
            gain = part.worth * part.seconds**LENGTH_POWER
            with_it = np.full(room + 1, -np.inf)
            with_it[steps:] = value[: room + 1 - steps] + gain
            better = with_it > best
            best[better], choice[better] = with_it[better], n
        value = best
        taken.append(choice)
    parts: list[_Part] = []
    left = int(value.argmax())
    for group, choice in zip(reversed(groups), reversed(taken), strict=True):
        if choice[left] >= 0:
            part = group[int(choice[left])]
            parts.append(part)
            left -= int(np.ceil(part.seconds / STEP_S))
    return parts


def _described(told: Described, parts: Sequence[_Part], found: Candidates) -> Highlight:
    """Return the highlight of the parts, which ascend."""
    cuts = [
        cut_points(told.transcript, part.first, part.last, told.options.range, part.seconds)
        for part in parts
    ]
    pick = Pick(
        _as_one(parts, found),
        0,
        tuple((a.last + 1, b.first - 1) for a, b in pairwise(parts) if a.last + 1 < b.first),
    )
    [highlight] = told.highlights([pick])
    starts = [format_clock(start_s) for start_s, _ in cuts]
    times = starts[0] if len(starts) == 1 else f"{', '.join(starts[:-1])} and {starts[-1]}"
    count = "one moment" if len(parts) == 1 else f"{len(parts)} moments"
    return replace(
        highlight,
        start_s=cuts[0][0],
        end_s=cuts[-1][1],
        left_out=tuple(Span(start_s=a[1], end_s=b[0]) for a, b in pairwise(cuts) if a[1] < b[0]),
        reason=f"Joins {count} of the talk, at {times}.",
        kind=None,
    )


def _as_one(parts: Sequence[_Part], found: Candidates) -> Candidates:
    """Return one candidate from the first part to the last, scored as their mean."""
    rows = [
        int(np.flatnonzero((found.first == part.first) & (found.last == part.last))[0])
        for part in parts
    ]
    seconds = [part.seconds for part in parts]

    def mean(values: F64) -> F64:
        return np.array([np.average(values[rows], weights=seconds)])

    return Candidates(
        first=np.array([parts[0].first]),
        last=np.array([parts[-1].last]),
        until=np.array([parts[-1].last]),
        hook=mean(found.hook),
        flow=mean(found.flow),
        value=mean(found.value),
        energy=mean(found.energy),
        worth=np.array([np.average([part.score for part in parts], weights=seconds)]),
        preference=mean(found.preference),
    )
