"""Trains the heads that predict which sentences editors show (pipeline/analysis/salience.py).

    python -m training.highlights ../shared/data/highlights/open_highlights.jsonl.gz

One head for each encoder: of two that know different things, the mean is right more often than
either. On two cores the embeddings take some fifteen minutes (they are cached for the next run),
the rest half a minute; the same file gives the same weights. `make eval-highlights` measures the
heads on held-out episodes.
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
    heads = ranking.train_both(corpus.read(Path(path), moments=True))
    data = {}
    for encoder, head in (("english", heads.english), ("multilingual", heads.multilingual)):
        data[f"{encoder}.basis"] = head.basis.astype(np.float32)
        data[f"{encoder}.weight"] = head.weight.astype(np.float32)
        names = [*salience.NAMES, *(f"direction {i}" for i in range(len(head.basis)))]
        for i in np.argsort(-np.abs(head.weight))[:20]:
            print(f"{encoder} {names[i]:20} {head.weight[i]:+.3f}")
    save_file(data, OUT)
    print(f"{OUT.stat().st_size / 1024:.0f} KiB, written to {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
