"""Measures picks against the moments that readers marked in real talks of shows left out.

    python -m bench.marked_picks [NAME=COMMAND ...]

Tiles of half a minute compete within their talk (AUC, AP): one is right if half of it belongs to a
moment that the reader would post, or half of such a moment to it. A pick takes the grade of the
moment with which it has an intersection over union of at least half; among the picks that are
moments, those count whose beginning (and end) is the reader's, or one that the reader allows.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.read_picks import POST, test_talks
from bench.support.markdown import Rows
from bench.support.rank_command import Ranked, Span, by_chance, count, rank
from bench.support.report import report
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from training import ranking, readings
from training.readings import Moment, Reading

PICKS = 3  # picks per talk
MIN_IOU = 0.5
HALF = 0.5
TILE_S = 30.0
SEED = 7


@dataclass(frozen=True, slots=True)
class Judged:
    """What a pick is by a reader's marks."""

    grade: int  # 0: no moment
    begins: bool
    ends: bool


def judge(pick: Span, reading: Reading, sentences: Sequence[Sentence]) -> Judged:
    """Return what the marks say of a pick."""
    first, last = pick
    best = max(reading.moments, key=lambda m: overlap(pick, m, sentences), default=None)
    if best is None or overlap(pick, best, sentences) < MIN_IOU:
        return Judged(0, False, False)
    return Judged(
        best.grade,
        first == best.first or reading.codes.get(first, "").startswith("o"),
        last == best.last or reading.codes.get(last, "").endswith("e"),
    )


def overlap(pick: Span, moment: Moment, sentences: Sequence[Sentence]) -> float:
    """Return the intersection over union, in seconds."""
    begin = max(sentences[pick[0]].start_s, sentences[moment.first].start_s)
    end = min(sentences[pick[1]].end_s, sentences[moment.last].end_s)
    earliest = min(sentences[pick[0]].start_s, sentences[moment.first].start_s)
    latest = max(sentences[pick[1]].end_s, sentences[moment.last].end_s)
    return max(0.0, end - begin) / max(1e-6, latest - earliest)


def tiles(sentences: Sequence[Sentence]) -> list[Span]:
    """Split a talk into consecutive pieces of at least TILE_S."""
    pieces, first = [], 0
    for i, sentence in enumerate(sentences):
        if sentence.end_s - sentences[first].start_s >= TILE_S or i == len(sentences) - 1:
            pieces.append((first, i))
            first = i + 1
    return pieces


def labels(reading: Reading, pieces: Sequence[Span], sentences: Sequence[Sentence]) -> F64:
    """Return 1 for each tile that belongs to a moment that the reader would post."""
    found = np.zeros(len(pieces))
    for k, (a, b) in enumerate(pieces):
        for m in reading.moments:
            if m.grade < POST:
                continue
            begin = max(sentences[a].start_s, sentences[m.first].start_s)
            end = min(sentences[b].end_s, sentences[m.last].end_s)
            tile_s = sentences[b].end_s - sentences[a].start_s
            moment_s = sentences[m.last].end_s - sentences[m.first].start_s
            if end - begin >= HALF * min(tile_s, moment_s):
                found[k] = 1.0
    return found


def measure(name: str, ranked: dict[str, Ranked], marked: Sequence[Reading]) -> dict[str, object]:
    """Return the row of one way of choosing."""
    talks = test_talks()
    aucs, precisions, judged = [], [], []
    for reading in marked:
        sentences, found = talks[reading.talk].sentences, ranked[reading.talk]
        judged += [judge(pick, reading, sentences) for pick in found.spans]
        pieces = tiles(sentences)
        right = labels(reading, pieces, sentences)
        if 0 < right.sum() < len(right):
            worth = np.array([found.worth[a : b + 1].mean() for a, b in pieces])
            aucs.append(ranking.auc(worth, right))
            precisions.append(ranking.average_precision(worth, right))
    grades = np.array([j.grade for j in judged])
    hits = [j for j in judged if j.grade]
    return {
        "picks by": name,
        "AUC": round(float(np.mean(aucs)), 3),
        "AP": round(float(np.mean(precisions)), 3),
        f"first {PICKS}: would post": round(float((grades >= POST).mean()), 3),
        "a moment": round(float((grades > 0).mean()), 3),
        "mean grade": round(float(grades.mean()), 2),
        "of moments: begins right": round(float(np.mean([j.begins for j in hits])), 3),
        "ends right": round(float(np.mean([j.ends for j in hits])), 3),
        "picks": len(judged),
    }


def rows(commands: dict[str, str]) -> Rows:
    """Return a row for each command, for the counted features and for chance."""
    talks = test_talks()
    marked = [r for r in readings.read("test") if r.talk in talks and r.reader != readings.SECOND]
    rng = random.Random(SEED)
    ways = {
        name: dict(zip(talks, rank(list(talks.values()), command, PICKS), strict=True))
        for name, command in commands.items()
    }
    ways["eight counted features"] = {k: count(talk, PICKS) for k, talk in talks.items()}
    ways["chance"] = {k: by_chance(talk, rng, PICKS) for k, talk in talks.items()}
    return [measure(name, ranked, marked) for name, ranked in ways.items()]


def main(*commands: str) -> None:
    """Print the table and save it."""
    named = dict(command.split("=", 1) for command in commands)
    named = named or {"ours": f"{sys.executable} -m pipeline rank"}
    report("marked_picks", "Picks of real talks against a reader's marks", rows(named))


if __name__ == "__main__":
    main(*sys.argv[1:])
