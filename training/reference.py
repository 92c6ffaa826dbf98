"""Writes pipeline/weights/reference.json: the distribution of scores of the best spans.

`virality_score` is the percentile of a clip's score in this distribution. The talks are the
episodes of the open highlights set (their labels are not used); only 101 quantiles are saved.

    python -m training.reference ../shared/data/highlights/open_highlights.jsonl.gz
"""

import json
import sys
from pathlib import Path

import numpy as np

from pipeline.core.data import Options
from pipeline.highlights import scoring, selection
from training import corpus

EVERY = 3  # sampling step of episodes
PICKS = 40  # non-overlapping spans of an episode: about what an hour of talk has room for
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "reference.json"


def main(path: str) -> None:
    """Score the picks of a sample of episodes and save the quantiles."""
    options = Options()
    found: list[float] = []
    for episode in corpus.read(Path(path))[::EVERY]:
        known = scoring.features(episode.sentences, episode.embed, None)
        spans = scoring.candidates(
            episode.sentences, known, options.min_duration_s, options.max_duration_s
        )
        found += [float(spans.worth[k]) for k in selection.select(spans, known, PICKS)]
    quantiles = [round(float(q), 5) for q in np.quantile(found, np.linspace(0, 1, 101))]
    OUT.write_text(json.dumps({"picks": len(found), "quantiles": quantiles}) + "\n")
    print(f"{len(found)} picks, median {quantiles[50]}, written to {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
