"""Trains and measures the topic-boundary head (pipeline/analysis/topic_boundaries.py).

The directions that all talk has in common (pipeline/analysis/subjects.py) are found first.

    python -m training.topic_boundaries ../shared/data/highlights

The sentences of an episode compete for the starts of its chapters (softmax). Printed: F1 of the
chapter starts that the product would choose in talks of shows left out, beside TextTiling, means
over talks. A start is right within 15 seconds of an editor's; each counts once, and the beginning
of a talk is none. The saved head is trained on all talks.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from pipeline.analysis import chapter_choice, topic_boundaries
from pipeline.analysis.subjects import subjects
from pipeline.core.arrays import F32, F64
from pipeline.highlights.sentence_features import SUBJECT_WEIGHT
from training import corpus, ranking
from training.corpus import Episode
from training.ranking import Prepared

FILES = (("open_highlights.jsonl.gz", 1), ("open_chapters.jsonl.gz", 3))  # with the sampling step
RIDGE = 0.003
MIN_CHAPTERS = 3  # fewest chapters in a talk
NEAR_S = 15.0  # maximum distance of a correct start from an editor's
TUNED_FOLDS = (0, 1)  # on which numbers and features were chosen: not measured
COMMON = 6  # directions that are left out, chosen among 0, 3, 6 and 12 on the same talks
EVERY = 7  # sampling step of the sentences that tell them
WEIGHTS = Path(__file__).parent.parent / "pipeline" / "weights"
OUT, SUBJECTS = WEIGHTS / "borders.json", WEIGHTS / "subjects.safetensors"


@dataclass(frozen=True, slots=True)
class Talk:
    """Training data of one talk."""

    show: str
    fold: int
    starts_s: F64  # (n,), of its sentences
    end_s: float
    seen: F64  # (n, len(topic_boundaries.NAMES))
    begins: F64  # (n,): 1 where a chapter starts, but for the first sentence


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
    begins[0] = 0.0
    return Talk(
        episode.show,
        episode.fold,
        np.array([s.start_s for s in episode.sentences]),
        episode.sentences[-1].end_s,
        topic_boundaries.evidence(episode.sentences, subjects(episode.vectors)),
        begins,
    )


def train(talks: Sequence[Talk]) -> F64:
    """Fit the weights, shape (len(topic_boundaries.NAMES),)."""
    prepared = [Prepared(t.seen[1:], t.begins[1:] / t.begins.sum()) for t in talks]
    return ranking.fit(prepared, np.full(len(topic_boundaries.NAMES), RIDGE))


def held_out(talks: Sequence[Talk]) -> None:
    """Print the mean figures over the talks of shows that a head has not seen."""
    rows = []
    for left_out in sorted({talk.show for talk in talks}):
        head = train([talk for talk in talks if talk.show != left_out])
        unseen = (talk for talk in talks if talk.show == left_out)
        rows += [measure(talk, head) for talk in unseen if talk.fold not in TUNED_FOLDS]
    ours, given, texttiling = np.mean(rows, 0)
    said = f"F1 {ours:.3f}, with as many chapters as the editor's {given:.3f}"
    print(f"{len(rows)} talks: {said}; TextTiling {texttiling:.3f}", flush=True)


def measure(talk: Talk, head: F64) -> list[float]:
    """Return F1 of ours, of as many as the editor's, and of as many as ours by TextTiling."""
    strength = SUBJECT_WEIGHT * topic_boundaries.relative(talk.seen @ head)
    distance = talk.seen[:, topic_boundaries.NAMES.index("distance 3")]
    starts_s = talk.starts_s.tolist()
    ranked, by_distance = (
        chapter_choice.candidates(one, starts_s, talk.end_s) for one in (strength, distance)
    )
    ours = list(chapter_choice.usual(ranked, strength, talk.end_s - starts_s[0]))
    editors_s = talk.starts_s[talk.begins > 0]
    chosen = ours, ranked[: len(editors_s)], by_distance[: len(ours)]
    return [agreement(talk.starts_s[list(one)], editors_s) for one in chosen]


def agreement(found_s: F64, editors_s: F64) -> float:
    """Return F1 of starts, each of which is right at most once."""
    found, wanted = sorted(found_s), sorted(editors_s)
    right = at = 0
    for start_s in found:
        while at < len(wanted) and wanted[at] < start_s - NEAR_S:
            at += 1
        if at < len(wanted) and wanted[at] <= start_s + NEAR_S:
            right, at = right + 1, at + 1
    return 2 * right / max(1, len(found) + len(wanted))


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
    held_out(talks)
    weights = {
        n: round(float(w), 4) for n, w in zip(topic_boundaries.NAMES, train(talks), strict=True)
    }
    OUT.write_text(json.dumps({"talks": len(talks), "weights": weights}, indent=1) + "\n")
    print(f"{weights}, written to {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
