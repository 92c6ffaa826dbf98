"""Writes pipeline/weights/reference.json: how the best spans of many talks score.

`virality_score` is the percentile of a clip's score in this distribution. The talks are the
episodes of the open highlights set (their labels are not used); only 101 numbers are kept.

    python training/reference.py ../shared/data/highlights/open_highlights.jsonl.gz
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np

import pipeline
from pipeline import highlights, score
from pipeline.data import Options, Sentence

EPISODES = 60  # spread over the file; a minute's work on two cores
PICKS = 40  # spans of each that do not overlap, best first: about what an hour of talk has room for


def main(path: str) -> None:
    """Score the picks of a sample of episodes and keep their quantiles."""
    embed = pipeline.load_models().text_encoder
    options = Options()
    with gzip.open(path, "rt") as lines:
        episodes = [json.loads(line) for line in lines]
    found: list[float] = []
    for episode in episodes[:: max(1, len(episodes) // EPISODES)]:
        sentences = [
            Sentence(
                text=s["text"], start_s=s["start_s"], end_s=s["end_s"], first_word=i, last_word=i
            )
            for i, s in enumerate(episode["sentences"])
        ]
        known = score.features(sentences, embed, None)
        spans = score.candidates(sentences, known, options.min_duration_s, options.max_duration_s)
        found += [float(spans.worth[k]) for k in highlights.select(spans, known, PICKS)]
    quantiles = [round(float(q), 5) for q in np.quantile(found, np.linspace(0, 1, 101))]
    out = Path(__file__).parent.parent / "pipeline" / "weights" / "reference.json"
    out.write_text(json.dumps({"picks": len(found), "quantiles": quantiles}) + "\n")
    print(f"{len(found)} picks, median {quantiles[50]}, written to {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
