"""Writes pipeline/weights/reference.json: the distribution of scores that percentiles refer to.

`virality_score` is the percentile of a clip's score among the ten best spans of each of many real
talks, and the planted moments of written ones, which are what a strong clip is. Real talks alone
would give every good clip 99. The real talks are episodes of the open highlights set (their labels
are not used); only 101 quantiles are saved.

    python -m training.reference ../shared/data/highlights/open_highlights.jsonl.gz
"""

import json
import sys
from pathlib import Path

import numpy as np

import pipeline
from pipeline.core.data import Options
from pipeline.highlights import scoring, selection, sentence_features
from pipeline.highlights.sentence_features import TextModels
from training import corpus, moments, scripts

EVERY = 3  # sampling step of episodes
PICKS = 10  # non-overlapping spans of an episode
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "reference.json"


def main(path: str) -> None:
    """Score the picks of a sample of episodes and the planted moments, and save the quantiles."""
    real, written = picks(path), planted()
    scale = np.linspace(0, 1, 101)
    quantiles = [round(float(q), 5) for q in np.quantile(real + written, scale)]
    counts = {"picks": len(real), "planted": len(written)}
    OUT.write_text(json.dumps({**counts, "quantiles": quantiles}) + "\n")
    print(f"{counts}, median {quantiles[50]}, written to {OUT}")


def picks(path: str) -> list[float]:
    """Return the scores of the best spans of real talks."""
    options = Options()
    found: list[float] = []
    for episode in corpus.read(Path(path), moments=True)[::EVERY]:
        models = TextModels(episode.embed, episode.find_moments, episode.embed)
        known = sentence_features.features(episode.sentences, models, None, "en")
        spans = scoring.candidates(
            episode.sentences, known, options.min_duration_s, options.max_duration_s
        )
        found += [float(spans.worth[k]) for k in selection.select(spans, known, PICKS)]
    return found


def planted() -> list[float]:
    """Return the scores of the planted moments of the training half, by networks without them."""
    encode = pipeline.load_models().multilingual_encoder
    examples = [moments.prepare(script, encode) for script in scripts.read_all("train")]
    found: list[float] = []
    for ensemble, unseen in moments.held_out(examples):
        for example in unseen:
            odds = ensemble(example.script.talk.sentences, example.encoded)
            first, last = np.array([(p.first, p.last) for p in example.script.moments]).T
            found += scoring.worth(odds.spans(first, last)).tolist()
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
