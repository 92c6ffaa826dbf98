"""Trains and measures the topic-boundary head (pipeline/analysis/topic_boundaries.py).

The directions that all talk has in common (pipeline/analysis/subjects.py) are found first.

    python -m training.chapters ../shared/data/highlights

The sentences of an episode compete for the starts of its chapters (softmax). The head is measured
on held-out folds and shows; the saved head is trained on all talks.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from pipeline.analysis import topic_boundaries
from pipeline.analysis.subjects import subjects
from pipeline.core.arrays import F32, F64
from training import corpus, ranking
from training.corpus import Episode
from training.ranking import Prepared

FILES = (("open_highlights.jsonl.gz", 1), ("open_chapters.jsonl.gz", 3))  # with the sampling step
RIDGE = 0.003
MIN_CHAPTERS = 3  # of a talk
NEAR = 3  # maximum distance in sentences of a correct border from a chapter start
APART = 8  # minimum distance in sentences between two predicted borders
COMMON = 6  # directions that are left out, chosen among 0, 3, 6 and 12 on the same talks
EVERY = 7  # sampling step of the sentences that tell them
WEIGHTS = Path(__file__).parent.parent / "pipeline" / "weights"
OUT, SUBJECTS = WEIGHTS / "borders.json", WEIGHTS / "subjects.safetensors"


@dataclass(frozen=True, slots=True)
class Talk:
    """Training data of one talk, without its first sentence, where a talk begins anyway."""

    show: str
    fold: int
    seen: F64  # (n - 1, len(topic_boundaries.NAMES))
    begins: F64  # (n - 1,): 1 where a chapter starts


def read(folder: Path) -> list[Talk]:
    """Read the talks that have chapters."""
    found = []
    for name, every in FILES:
        talks = map(of_episode, corpus.read(folder / name, every=every))
        found += [t for t in talks if t.begins.sum() >= MIN_CHAPTERS]
    return found


def of_episode(episode: Episode) -> Talk:
    """Return the training data of one talk."""
    begins = np.zeros(len(episode.sentences))
    begins[episode.chapters[episode.chapters < len(begins)]] = 1.0
    seen = topic_boundaries.evidence(episode.sentences, subjects(episode.vectors))
    return Talk(episode.show, episode.fold, seen[1:], begins[1:])


def train(talks: Sequence[Talk]) -> F64:
    """Fit the weights, shape (len(topic_boundaries.NAMES),)."""
    prepared = [Prepared(t.seen, t.begins / t.begins.sum()) for t in talks]
    return ranking.fit(prepared, np.full(len(topic_boundaries.NAMES), RIDGE))


def measure(talk: Talk, scores: F64) -> tuple[float, float]:
    """Return the AUC of chapter starts, and the share of as many best borders near a start."""
    starts, picked = np.flatnonzero(talk.begins), list[int]()
    for i in np.argsort(-scores, kind="stable"):
        if len(picked) < len(starts) and all(abs(i - j) >= APART for j in picked):
            picked.append(int(i))
    near = [float(np.abs(i - starts).min() <= NEAR) for i in picked]
    return ranking.auc(scores, talk.begins), float(np.mean(near))


def held_out(talks: Sequence[Talk], group: Callable[[Talk], object]) -> None:
    """Print the mean figures over the talks of held-out groups."""
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
    """Return the fold of the talk in the data."""
    return talk.fold


def show(talk: Talk) -> object:
    """Return the show of the talk, to hold out whole shows."""
    return talk.show


def find_common(episodes: Sequence[Episode]) -> F32:
    """Return the directions in which the sentences of all talks differ most, (COMMON, d)."""
    seen = np.concatenate([e.vectors[::EVERY] for e in episodes])
    _, directions = np.linalg.eigh(seen.T @ seen)  # the strongest last
    return np.ascontiguousarray(directions[:, -COMMON:].T, np.float32)


def main(folder: str) -> None:
    """Find what all talk has in common; measure on held-out groups, train on all talks, save."""
    episodes = [e for name, every in FILES for e in corpus.read(Path(folder) / name, every=every)]
    save_file({"common": find_common(episodes)}, SUBJECTS)
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
