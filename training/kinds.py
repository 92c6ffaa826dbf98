"""Trains what tells the kinds of moments apart (pipeline/analysis/kinds.py).

    python -m training.kinds

Multinomial logistic regression on the planted moments of the training half. Printed: how many of
the test half are told right.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

import pipeline
from pipeline.analysis import kinds, moments
from pipeline.core.arrays import F64
from pipeline.core.data import MOMENT_KINDS
from training import ranking, scripts

RIDGE = 0.01
STEPS = 80
OUT = Path(__file__).parent.parent / "pipeline" / kinds.WEIGHTS


@dataclass(frozen=True, slots=True)
class Examples:
    """The moments of talks."""

    inputs: F64  # (m, width): mean meaning, meaning of the first sentence, counted, length
    kind: F64  # (m,): index in MOMENT_KINDS


def read(half: str) -> Examples:
    """Return the planted moments of a half."""
    embed = pipeline.load_models().text_models.embed
    rows, kind = [], []
    for script in scripts.read_all(half):
        said = script.talk.sentences
        meaning = embed([s.text for s in said])
        counted = moments.features(said, meaning)
        for moment in script.moments:
            own = slice(moment.first, moment.last + 1)
            parts = (
                meaning[own].mean(0),
                meaning[moment.first],
                counted[own].mean(0),
                np.array([np.log(moment.last + 1 - moment.first)]),
            )
            rows.append(
                np.concatenate([p * np.float64(s) for p, s in zip(parts, kinds.SIZES, strict=True)])
            )
            kind.append(MOMENT_KINDS.index(moment.kind))
    return Examples(np.array(rows), np.array(kind, np.float64))


def fit(inputs: F64, kind: F64) -> tuple[F64, F64]:
    """Return weights (width, kinds) and bias (kinds,)."""
    x, y = torch.from_numpy(inputs), torch.from_numpy(kind).long()

    def loss(weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        entropy = torch.nn.functional.cross_entropy(x @ weight + bias, y)
        return entropy + RIDGE * weight.square().sum()

    start = torch.zeros(x.shape[1], len(MOMENT_KINDS), dtype=torch.float64)
    weight, bias = ranking.fitted(loss, start, start[0], steps=STEPS)
    return weight, bias


def main() -> None:
    """Fit, measure and save."""
    torch.set_num_threads(1)
    examples = read("train")
    center = examples.inputs.mean(0)
    inputs = examples.inputs - center
    weight, bias = fit(inputs, examples.kind)
    bias = bias - center @ weight
    test = read("test")
    told = (test.inputs @ weight + bias).argmax(1)
    print(f"{len(inputs)} moments; test half: {(told == test.kind).mean():.2f} told right")
    width = (len(weight) - len(moments.NAMES) - 1) // 2
    cuts = np.cumsum((width, width, len(moments.NAMES)))
    parts = [p * s for p, s in zip(np.split(weight, cuts), kinds.SIZES, strict=True)]
    named = dict(zip(("mean", "opening", "counted", "length"), parts, strict=True))
    named["length"] = named["length"][0]
    save_file({n: v.astype(np.float32) for n, v in {**named, "bias": bias}.items()}, OUT)
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, written to {OUT}")


if __name__ == "__main__":
    main()
