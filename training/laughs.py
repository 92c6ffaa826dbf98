"""Trains the laughter head: the chance that people laugh after a sentence.

Logistic regression over MiniLM embeddings of the sentence and of the one before it, on talks whose
transcribers mark laughter consistently. Split by episode; prints the AUC within held-out talks.

    python training/laughs.py ../shared/data/highlights/changelog_laughs.jsonl.gz
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import pipeline
from pipeline.laughter import evidence

EPISODES = 120  # spread over the file: about 100,000 sentences
HELD_OUT_FOLD = 0
RIDGE = 3e-4
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "laughter.safetensors"


def main(path: str) -> None:
    """Embed, fit, measure, save."""
    embed = pipeline.load_models().text_encoder
    with gzip.open(path, "rt") as lines:
        episodes = [json.loads(line) for line in lines]
    episodes = episodes[:: max(1, len(episodes) // EPISODES)]
    talks = [
        (e["fold"], evidence(embed([s["text"] for s in e["sentences"]])),
         np.array([s.get("laugh_after", 0) for s in e["sentences"]], np.float32))
        for e in episodes
    ]  # fmt: skip
    train = [t for t in talks if t[0] != HELD_OUT_FOLD]
    weight, bias = fit(np.concatenate([t[1] for t in train]), np.concatenate([t[2] for t in train]))
    areas = [auc(x @ weight + bias, y) for fold, x, y in talks if fold == HELD_OUT_FOLD and y.any()]
    print(f"AUC within {len(areas)} held-out talks: {np.mean(areas):.3f}")
    save_file({"weight": torch.from_numpy(weight), "bias": torch.tensor([bias])}, OUT)
    print(f"written to {OUT}")


def fit(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Weight and bias with the least regularised cross-entropy."""
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    weight = torch.zeros(x.shape[1], requires_grad=True)
    bias = torch.full((1,), float(np.log(y.mean() / (1 - y.mean()))), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(
            inputs @ weight + bias, targets
        )
        value = value + RIDGE * weight.square().sum()
        torch.autograd.backward(value)
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call] # torch gives it no types
    return weight.detach().numpy(), float(bias.detach())


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Chance that a positive outranks a negative (Mann–Whitney)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    positive = labels > 0
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


if __name__ == "__main__":
    main(*sys.argv[1:])
