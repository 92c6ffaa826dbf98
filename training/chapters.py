"""Trains and measures the topic-boundary head (pipeline/analysis/topic_boundaries.py).

    python -m training.chapters ../shared/data/highlights

Sentences of an episode compete for its chapters' starts (softmax). Measured on the folds and shows
that were left out; the head that is kept has seen all.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.analysis import topic_boundaries
from pipeline.core.arrays import F64
from training import corpus, ranking
from training.ranking import Prepared

FILES = (("open_highlights.jsonl.gz", 1), ("open_chapters.jsonl.gz", 3))  # and one in how many
RIDGE = 0.003
LEAST = 3  # chapters that a talk must have
NEAR = 3  # sentences: a border so far from a chapter's start is right
APART = 8  # sentences between two borders
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "borders.json"


@dataclass(frozen=True, slots=True)
class Talk:
    """What is learned from one, without its first sentence: a talk begins there anyway."""

    show: str
    fold: int
    seen: F64  # (n - 1, len(borders.NAMES))
    begins: F64  # (n - 1,): 1 where a chapter starts


def read(folder: Path) -> list[Talk]:
    """Talks with chapters."""
    found = []
    for name, every in FILES:
        for e in corpus.read(folder / name, every=every):
            begins = np.zeros(len(e.sentences))
            begins[e.chapters[e.chapters < len(begins)]] = 1.0
            if begins[1:].sum() >= LEAST:
                seen = topic_boundaries.evidence(e.sentences, e.vectors)
                found.append(Talk(e.show, e.fold, seen[1:], begins[1:]))
    return found


def train(talks: Sequence[Talk]) -> F64:
    """Weights (len(borders.NAMES),)."""
    prepared = [Prepared(t.seen, t.begins / t.begins.sum()) for t in talks]
    return ranking.fit(prepared, np.full(len(topic_boundaries.NAMES), RIDGE))


def measure(talk: Talk, scores: F64) -> tuple[float, float]:
    """AUC of chapter starts, and the share of as many best borders that are near one."""
    starts, picked = np.flatnonzero(talk.begins), list[int]()
    for i in np.argsort(-scores, kind="stable"):
        if len(picked) < len(starts) and all(abs(i - j) >= APART for j in picked):
            picked.append(int(i))
    near = [float(np.abs(i - starts).min() <= NEAR) for i in picked]
    return ranking.auc(scores, talk.begins), float(np.mean(near))


def held_out(talks: Sequence[Talk], group: Callable[[Talk], object]) -> None:
    """Print the mean figures over talks of groups that the head has not seen."""
    found = []
    for left_out in sorted({group(t) for t in talks}, key=str):
        head = train([t for t in talks if group(t) != left_out])
        found += [
            (*measure(talk, talk.seen @ head), *measure(talk, talk.seen[:, 0]))
            for talk in talks
            if group(talk) == left_out
        ]
    means = np.mean(found, 0)
    print(
        f"{len(found)} talks left out by {group.__name__}: AUC {means[0]:.3f}, near "
        f"{means[1]:.3f}; TextTiling alone {means[2]:.3f}, {means[3]:.3f}",
        flush=True,
    )


def fold(talk: Talk) -> object:
    """The data's own split."""
    return talk.fold


def show(talk: Talk) -> object:
    """Leaves a whole show out."""
    return talk.show


def main(folder: str) -> None:
    """Measure, train on all, save."""
    talks = read(Path(folder))
    held_out(talks, fold)
    held_out(talks, show)
    weights = {
        n: round(float(w), 4) for n, w in zip(topic_boundaries.NAMES, train(talks), strict=True)
    }
    OUT.write_text(json.dumps({"talks": len(talks), "weights": weights}, indent=1) + "\n")
    print(f"{weights}, written to {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
