"""Chooses where the chapters of a talk begin, among the places where its topic changes.

The strongest changes come first; those too near a stronger one are no candidates. So the chapters
of a smaller number are always among those of a larger one. How many there are where nobody asks for
a number grows with the square root of the length, as editors' numbers do on average: a talk four
times as long has chapters twice as long. Numbers set on the data of docs/design/highlights.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import ChapterStart

MIN_CHAPTER_S = 10  # whole seconds; YouTube ignores chapters if one of them is shorter
USUAL_APART_S = 40.0  # distance between candidates; nearer ones are mostly one change
SHORT_TALK_SHARE = 0.05  # share of a talk that bounds that distance, for short talks
MIN_APART_SENTENCES = 6  # the same
STARTS_PER_ROOT_MINUTE = 1.8  # beside the first: 14 of an hour, 7 of a quarter
MIN_STRENGTH = 0.36  # change that begins a chapter unasked; less is common to all talks
MAX_CANDIDATES = 200  # limit per talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a talk with a topic of its own."""

    title: str
    sources: tuple[int, ...]  # indices in Transcript.sentences of what the title was taken from
    start_s: float
    end_s: float  # where the next one begins, or the talk ends


def candidates(strength: F64, starts_s: Sequence[float], end_s: float) -> list[int]:
    """Return the sentences that a chapter may begin with, the strongest change first.

    strength: of the topic change before each sentence, (n,). starts_s: of the sentences. The first
    sentence, with which a chapter begins in any case, is not among them.
    """
    if not len(strength):
        return []
    apart_s = max(MIN_CHAPTER_S, min(USUAL_APART_S, SHORT_TALK_SHARE * (end_s - starts_s[0])))
    found: list[int] = []
    for i in (int(at) for at in np.argsort(-strength, kind="stable")):
        near_end = min(starts_s[i] - starts_s[0], end_s - starts_s[i]) < MIN_CHAPTER_S
        if near_end or min(i, len(strength) - i) < MIN_APART_SENTENCES:
            continue
        if all(
            abs(i - j) >= MIN_APART_SENTENCES and abs(starts_s[i] - starts_s[j]) >= apart_s
            for j in found
        ):
            found.append(i)
        if len(found) == MAX_CANDIDATES:
            break
    return found


def usual(ranked: Sequence[int], strength: F64, talk_s: float) -> list[int]:
    """Return those of the candidates, the strongest first, that begin a chapter unasked.

    talk_s: length of the talk in seconds.
    """
    most = round(STARTS_PER_ROOT_MINUTE * math.sqrt(talk_s / 60))
    return [i for i in ranked[:most] if strength[i] >= MIN_STRENGTH]


def choose(
    starts: Sequence[ChapterStart], end_s: float, count: int | None = None
) -> tuple[Chapter, ...]:
    """Return the chapters of a talk that ends at `end_s`, in order; the first begins at 0.

    starts: in any order; the earliest is always taken. count: how many chapters, or fewer if there
    are no more; None: the usual ones.
    """
    if not starts:
        return ()
    first, *others = sorted(starts, key=lambda start: start.start_s)
    if count is None:
        others = [start for start in others if start.usual]
    else:
        others.sort(key=lambda start: -start.strength)
        others = sorted(others[: max(0, count - 1)], key=lambda start: start.start_s)
    bounds_s = [0.0, *(start.start_s for start in others), end_s]
    return tuple(
        Chapter(title=start.title, sources=start.sources, start_s=begin_s, end_s=until_s)
        for start, (begin_s, until_s) in zip([first, *others], pairwise(bounds_s), strict=True)
    )
