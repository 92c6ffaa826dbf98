"""Computes what hashtags are chosen by: the fields' vectors, and the words that every talk has.

    python -m training.hashtags

A field's vector is the embedding of its description about the mean of all; its usual score is its
cosine with the talks of the training half. A word that occurs in many of those talks, whatever they
are about, says nothing of one: "door", "wife", "letter".
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

import pipeline
from pipeline.highlights import fields
from pipeline.highlights.hashtags import stem
from pipeline.language import lexicon
from pipeline.language.disfluencies import bare
from training import scripts
from training.scripts import Script

FOLDER = Path(__file__).parent.parent / "pipeline"
COMMON = FOLDER / "weights" / "common_words.json"
MIN_SHARE = 0.25  # minimum share of a language's talks that have the word
MIN_TALKS = 4


def content_words(text: str, language: str) -> list[str]:
    """Return the words that say what a text is about, in lower case."""
    stop = lexicon.stop_words(language)
    min_letters = 3 if stop else 6  # without a stop list, the length decides
    return [
        word
        for token in text.split()
        if len(word := bare(token).removesuffix("'s")) >= min_letters
        and word not in stop
        and not any(c.isdigit() for c in word)
        and not (len(word) > 6 and word[0] >= "\u2e80")  # a clause in a script without spaces
        and not word.endswith(("n't", "'ll", "'ve", "'re"))
        and word.replace("-", "").replace("'", "").isalnum()  # excludes formulas
    ]


def usual_scores(talks: list[Script], vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and spread of each field's cosine with whole talks."""
    embed = pipeline.load_models().text_models.embed
    scores = []
    for script in talks:
        meaning = embed([s.text for s in script.talk.sentences]).astype(np.float64)
        scores.append(vectors @ fields.blend(meaning, 0, len(meaning) - 1))
    return np.mean(scores, 0), np.std(scores, 0)


def common_words(talks: list[Script]) -> dict[str, list[str]]:
    """Return the words that many talks of a language have."""
    found: dict[str, list[str]] = {}
    for language in sorted({s.talk.language for s in talks}):
        own = [s for s in talks if s.talk.language == language]
        counts: Counter[str] = Counter()
        for script in own:
            text = " ".join(s.text for s in script.talk.sentences)
            counts.update({stem(w) for w in content_words(text, language)})
        least = max(MIN_TALKS, MIN_SHARE * len(own))
        found[language] = sorted(word for word, count in counts.items() if count >= least)
    return found


def main() -> None:
    """Compute and save both."""
    torch.set_num_threads(1)
    talks = scripts.read_all("train")
    encode = pipeline.load_models().multilingual_encoder
    raw = encode([names["gloss"] for names in fields.read_names()]).meaning.astype(np.float64)
    vectors = raw - raw.mean(0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    usual, spread = usual_scores(talks, vectors)
    data = {"vectors": vectors, "usual": usual, "spread": spread}
    save_file({n: v.astype(np.float32) for n, v in data.items()}, FOLDER / fields.WEIGHTS)
    words = common_words(talks)
    COMMON.write_text(json.dumps(words, ensure_ascii=False, separators=(",", ":")) + "\n")
    print({language: len(found) for language, found in words.items()})


if __name__ == "__main__":
    main()
