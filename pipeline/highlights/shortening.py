"""Shortens a moment that is longer than a clip may be, instead of tearing it.

Whole sentences inside it are left out, in at most a few runs: those that add least to the moment.
Its first and last sentences stay, a question stays with its answer, and what follows a cut should
not lean on what was cut. A knapsack over sentences (dynamic programming) finds the runs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.data import Sentence, Span
from pipeline.highlights import scoring
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features

MAX_STRETCH = 1.5  # of the longest clip, for a moment that is shortened
LONGEST_S = 175.0  # with what is left out: a clip may be rendered again with all of it
MIN_CONFIDENCE = 0.5  # that it would be posted: networks have seen few that are so long
MIN_GAIN = 2.0  # nats by which the whole moment must exceed the best part of it that fits
TRIES = 3  # of the best long spans, until one can be shortened
KEPT = 2  # sentences at either end that stay
MAX_RUNS = 3  # that are left out
RUN_COST = 1.0  # nats for each run: a joint that a viewer may notice
LEANING_COST = 1.0  # nats for a sentence after a cut that leans on the one before it
MAX_SENTENCES = 120  # a moment of more is no speech that can be cut
STEP_S = 0.5  # of the time that is left out
PAUSE_S = 0.12  # kept beside the words at a joint


@dataclass(frozen=True, slots=True)
class Pick:
    """A span of the talk, of candidates, and the runs of sentences in it that are left out."""

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


def whole_moments(
    picks: Sequence[Pick], sentences: Sequence[Sentence], known: Features, max_s: float
) -> list[Pick]:
    """Replace each pick that is part of a moment longer than `max_s` by the shortened moment.

    Only where the whole moment is clearly more of one (MIN_GAIN), and overlaps no other pick.
    """
    if max_s >= LONGEST_S:
        return list(picks)
    longest_s = min(LONGEST_S, MAX_STRETCH * max_s)
    long = scoring.candidates(sentences, known, max_s, longest_s)
    if not len(long.first):
        return list(picks)
    odds = scoring.odds_of(long.worth)
    sure = scoring.confidence(odds) >= MIN_CONFIDENCE
    chosen = list(picks)
    for place, pick in enumerate(chosen):
        part = float(scoring.odds_of(np.array([pick.worth]))[0])
        around = sure & (long.first <= pick.first) & (long.last >= pick.last)
        for other in chosen:
            if other is not pick:
                around &= (long.until < other.first) | (long.first > other.last)
        rows = np.flatnonzero(around & (odds >= part + MIN_GAIN))
        for k in rows[np.argsort(-odds[rows], kind="stable")][:TRIES]:
            runs = leave_out(sentences, known, (int(long.first[k]), int(long.last[k])), max_s)
            if runs:
                chosen[place] = Pick(long, int(k), runs)
                break
    return chosen


def leave_out(
    sentences: Sequence[Sentence], known: Features, span: tuple[int, int], max_s: float
) -> tuple[tuple[int, int], ...]:
    """Return the runs of sentences to leave out so that the rest takes at most `max_s`.

    () if there are none.
    """
    first, last = span
    inside = range(first + KEPT, last - KEPT + 1)
    if len(inside) > MAX_SENTENCES:
        return ()
    seconds = [sentences[i + 1].start_s - sentences[i].start_s for i in inside]
    excess_s = sentences[last].end_s - sentences[first].start_s - max_s
    wanted = math.ceil((excess_s + MAX_RUNS * 2 * PAUSE_S) / STEP_S)
    # state: (steps left out so far up to `wanted`, runs, whether the sentence before is left out)
    best: dict[tuple[int, int, bool], tuple[float, tuple[int, ...]]] = {(0, 0, False): (0.0, ())}
    for at, i in enumerate(inside):
        following: dict[tuple[int, int, bool], tuple[float, tuple[int, ...]]] = {}
        tied = bool(known.cues[i - 1].question)  # stays with its question, or goes with it
        for (steps, runs, out), (cost, gone) in best.items():
            for leaves in (False, True):
                if tied and leaves != out:
                    continue
                paid = cost
                state = (steps, runs, leaves)
                if leaves:
                    state = (
                        min(wanted, steps + int(seconds[at] / STEP_S)),
                        runs + (not out),
                        True,
                    )
                    paid += float(max(0.0, known.moments.inside[i])) + RUN_COST * (not out)
                elif out:
                    paid += LEANING_COST * known.cues[i].dangling
                if state[1] > MAX_RUNS:
                    continue
                if state not in following or paid < following[state][0]:
                    following[state] = (paid, (*gone, i) if leaves else gone)
        best = following
    ends = [
        value
        for (steps, _, out), value in best.items()
        if steps >= wanted and not (out and known.cues[last - KEPT].question)
    ]
    return _runs(min(ends)[1]) if ends else ()


def _runs(rows: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the first and last of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for i in rows:
        if runs and runs[-1][1] == i - 1:
            runs[-1] = (runs[-1][0], i)
        else:
            runs.append((i, i))
    return tuple(runs)


def spans(sentences: Sequence[Sentence], runs: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    """Return the seconds of runs of sentences, without a short pause beside their neighbors."""
    found = []
    for first, last in runs:
        before_s = sentences[first - 1].end_s
        after_s = sentences[last + 1].start_s
        start_s = before_s + min(PAUSE_S, max(0.0, (sentences[first].start_s - before_s) / 2))
        end_s = after_s - min(PAUSE_S, max(0.0, (after_s - sentences[last].end_s) / 2))
        found.append(Span(start_s=start_s, end_s=max(start_s, end_s)))
    return tuple(found)
