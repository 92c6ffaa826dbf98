"""Trains the weights of title clauses (pipeline/highlights/title_strength.py).

    python -m training.titles

titles.jsonl names a moment of training/talks/train (talk, number of the moment) and the clauses of
it that a reader would post as its title, the best one first. Against the other clauses of the
moment the best has to win, or one of the others marked. The weights for languages without a grammar
learn from the same English titles, by the form of a clause alone. Printed: the share of moments in
which the chosen clause is a marked one, in talks left out (FOLDS).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline.core.arrays import F64
from pipeline.highlights import titles
from training import ranking, scripts

LABELS = Path(__file__).parent / "titles.jsonl"
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "titles.json"
LANGUAGE = "en"
FOLDS = 8
RIDGE = 0.2  # for features of spread 1
STEPS = 100
BEST_SHARE = 0.5  # share of the probability for the best clause; the marked ones share the rest
# What was set by hand before there were labels: where they say little, it stays.
PRIOR = {
    "subject": 0.25, "number": 0.6, "question": 0.3, "meta": -1.5, "strong": 0.5, "personal": 0.4,
    "imperative": 0.4, "hedge": -0.6, "weak_start": -1.0, "repeated": -0.6, "loose": -0.4,
    "shrug": -0.5, "pointed_start": -0.5, "scene": -0.7, "leaning": -1.6, "ordinal_start": -1.5,
    "short": -0.6, "empty": -2.0, "searching": -0.8, "dangling_end": -1.5, "chatter": -3.0,
    "wholeness": 1.0, "opening": 1.5, "torn": -1.5, "tail": -1.5, "ellipsis": -2.0, "weak": -1.0,
    "leans": -1.0,
}  # fmt: skip
FORM = (
    "chars", "chars squared", "subject", "question", "exclamation", "ellipsis", "quotation",
    "clauses", "name", "number", "wholeness", "whole", "late", "in question", "first", "opening",
    "place", "last", "torn",
)  # fmt: skip
MARKED = ("weak", "leans", "chatter")  # by the markers of a language without a grammar: no labels


@dataclass(frozen=True, slots=True)
class Example:
    """The clauses of one moment, and which are good titles."""

    talk: str
    features: Sequence[Mapping[str, float]]
    good: F64  # (n,): 1 for a marked clause
    wanted: F64  # (n,), sums to 1


def read() -> list[Example]:
    """Read the labels. Raises ValueError if one is no clause of its moment."""
    talks = {s.name: s for s in scripts.read_all("train", LANGUAGE)}
    examples = []
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        script = talks[label["talk"]]
        moment = script.moments[label["moment"]]
        said = script.talk.sentences[moment.first : moment.last + 1]
        found = titles.clauses(" ".join(s.text for s in said), LANGUAGE)
        texts = [titles.format_title(c.text) for c in found]
        if missing := set(label["titles"]) - set(texts):
            raise ValueError(f"{label['talk']} {label['moment']}: no such clause: {missing}")
        good = np.array([float(t in label["titles"]) for t in texts])
        best = np.array([float(t == label["titles"][0]) for t in texts])
        wanted = BEST_SHARE * best / best.sum() + (1 - BEST_SHARE) * good / good.sum()
        examples.append(Example(script.name, [c.features for c in found], good, wanted))
    return examples


def fit(examples: Sequence[Example], names: Sequence[str]) -> dict[str, float]:
    """Return the weight of each feature."""
    rows = [_table(e, names) for e in examples]
    spread = np.concatenate(rows).std(0)
    spread[spread == 0] = 1.0
    prior = torch.tensor([PRIOR.get(name, 0.0) for name in names], dtype=torch.float64)
    prior *= torch.from_numpy(spread)
    inputs = [torch.from_numpy(r / spread) for r in rows]
    wanted = [torch.from_numpy(e.wanted) for e in examples]

    def loss(weight: torch.Tensor) -> torch.Tensor:
        losses = [
            -(w * (x @ weight).log_softmax(0)).sum() for x, w in zip(inputs, wanted, strict=True)
        ]
        return torch.stack(losses).mean() + RIDGE * (weight - prior).square().sum()

    [found] = ranking.fitted(loss, prior, steps=STEPS)
    return {name: round(float(w), 4) for name, w in zip(names, found / spread, strict=True)}


def share_good(examples: Sequence[Example], names: Sequence[str]) -> float:
    """Return how often the chosen clause is a marked one, in talks left out."""
    talks = sorted({e.talk for e in examples})
    hits = []
    for fold in range(FOLDS):
        unseen = set(talks[fold::FOLDS])
        weights = fit([e for e in examples if e.talk not in unseen], names)
        for example in (e for e in examples if e.talk in unseen):
            scores = _table(example, names) @ [weights[n] for n in names]
            hits.append(example.good[int(scores.argmax())])
    return float(np.mean(hits))


def _table(example: Example, names: Sequence[str]) -> F64:
    return np.array([[f[name] for name in names] for f in example.features], np.float64)


def main() -> None:
    """Fit both sets of weights, measure and save."""
    torch.set_num_threads(1)
    examples = read()
    every = tuple(examples[0].features[0])
    kinds = {"words": every, "form": FORM}
    chance = np.mean([e.good.mean() for e in examples])
    print(f"{len(examples)} moments; a clause at random is good in {chance:.2f}")
    for kind, names in kinds.items():
        print(f"{kind}: {share_good(examples, names):.2f} of the titles are good")
    weights = {kind: fit(examples, names) for kind, names in kinds.items()}
    weights["form"] |= {name: PRIOR[name] for name in MARKED}
    OUT.write_text(json.dumps(weights, indent=1) + "\n")
    print(f"written to {OUT}")


if __name__ == "__main__":
    main()
