"""Trains the head that predicts which sentences editors show (pipeline/analysis/salience.py).

    python -m training.highlights ../shared/data/highlights/open_highlights.jsonl.gz

On two cores the embeddings take some five minutes (they are cached for the next run), the rest half
a minute; the same file gives the same weights. `make eval-highlights` measures the head on held-out
episodes.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from pipeline.analysis import salience
from training import corpus, ranking

OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "highlights.safetensors"


def main(path: str) -> None:
    """Read the episodes, train, save, and print the largest weights."""
    head = ranking.train(corpus.read(Path(path)))
    save_file(
        {"basis": head.basis.astype(np.float32), "weight": head.weight.astype(np.float32)}, OUT
    )
    names = [*salience.NAMES, *(f"direction {i}" for i in range(len(head.basis)))]
    for i in np.argsort(-np.abs(head.weight))[:20]:
        print(f"{names[i]:20} {head.weight[i]:+.3f}")
    print(f"{len(head.weight)} weights, {OUT.stat().st_size / 1024:.0f} KiB, written to {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
