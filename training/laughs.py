"""Trains the laughter head: the probability that people laugh after a sentence.

Logistic regression over the features of pipeline/analysis/laughter.py, on talks whose transcribers
mark laughter consistently. One fold is held out of the saved head, too, so that
its AUC is printed.

    python -m training.laughs ../shared/data/highlights/changelog_laughs.jsonl.gz
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from pipeline.analysis.laughter import evidence
from pipeline.core.arrays import F32, F64
from training import corpus, ranking

EVERY = 9  # sampling step of episodes: 56,000 sentences, which take ten minutes to embed
HELD_OUT_FOLD = 0
RIDGE = 2e-4  # for the mean cross-entropy
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "laughter.safetensors"


def main(path: str) -> None:
    """Embed the talks, fit, measure, save."""
    talks = corpus.read(Path(path), every=EVERY)
    seen = [(evidence(t.sentences, t.vectors), t.laughs, t.fold) for t in talks]
    weight, bias = fit(
        np.concatenate([x for x, _, fold in seen if fold != HELD_OUT_FOLD]),
        np.concatenate([y for _, y, fold in seen if fold != HELD_OUT_FOLD]),
    )
    areas = [
        ranking.auc((x @ weight).astype(np.float64), y)
        for x, y, fold in seen
        if fold == HELD_OUT_FOLD and y.any()
    ]
    print(f"AUC within {len(areas)} held-out talks: {np.mean(areas):.3f}")
    save_file({"weight": torch.from_numpy(weight), "bias": torch.tensor([bias])}, OUT)
    print(f"written to {OUT}")


def fit(x: F32, y: F64) -> tuple[F32, float]:
    """Fit weight and bias by regularized cross-entropy."""
    inputs = np.column_stack((x, np.ones(len(x)))).astype(np.float64)
    ridge = np.append(np.full(x.shape[1], RIDGE * len(y)), 0.0)
    weight = ranking.fit_logistic(inputs, y, ridge=ridge)
    return weight[:-1].astype(np.float32), float(weight[-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
