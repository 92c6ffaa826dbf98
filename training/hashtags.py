"""Computes what hashtags are chosen by: the vectors of fields.

    python -m training.hashtags

A field's vector is the embedding of its description about the mean of all; its usual score is its
cosine with the talks of the training half.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

import pipeline
from pipeline.highlights import fields
from training import scripts
from training.scripts import Script

FOLDER = Path(__file__).parent.parent / "pipeline"


def usual_scores(talks: list[Script], vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and spread of each field's cosine with whole talks."""
    embed = pipeline.load_models().text_models.embed
    scores = []
    for script in talks:
        meaning = embed([s.text for s in script.talk.sentences]).astype(np.float64)
        scores.append(vectors @ fields.blend(meaning, 0, len(meaning) - 1))
    return np.mean(scores, 0), np.std(scores, 0)


def main() -> None:
    """Compute and save them."""
    torch.set_num_threads(1)
    talks = scripts.read_all("train")
    encode = pipeline.load_models().multilingual_encoder
    raw = encode([names["gloss"] for names in fields.read_names()]).meaning.astype(np.float64)
    vectors = raw - raw.mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    usual, spread = usual_scores(talks, vectors)
    data = {"vectors": vectors, "usual": usual, "spread": spread}
    save_file({n: v.astype(np.float32) for n, v in data.items()}, FOLDER / fields.WEIGHTS)


if __name__ == "__main__":
    main()
