"""Measures whether a sentence says what its sources say, by sentence embeddings.

What counts is the margin: how much closer a sentence is to its sources than to the talk's sentences
in the middle (median), because talks differ in how alike their sentences are. The floor was chosen
with tests/data/paraphrases.json, true sentences in six languages, beside the same sentences with
the sources of others.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.data import Transcript
from pipeline.highlights.sentence_features import Embed

MIN_MARGIN = 0.3  # minimum lead of the cosine; true sentences have .35 and more
MIN_LABEL_MARGIN = 0.15  # the same of a title or heading
MAX_COMPARED = 200  # sentences of the talk that the median is taken of


class Similarity:
    """A talk's sentences, for comparison."""

    def __init__(self, transcript: Transcript, embed: Embed) -> None:
        """`embed` must know the talk's language."""
        self._sentences = [s.text for s in transcript.sentences]
        self._embed = embed

    @cached_property
    def _vectors(self) -> F32:
        step = -(-len(self._sentences) // MAX_COMPARED)
        return np.asarray(self._embed(self._sentences[::step]), dtype=np.float32)

    def margins(self, texts: Sequence[str], sources: Sequence[Sequence[int]]) -> F32:
        """Return how much closer each text is to its sources than to the talk, shape (texts,).

        Compared with each source and with all together; the closest counts. `sources`: indices of
        sentences, at least one per text.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        groups = [
            [*(self._sentences[i] for i in own), " ".join(self._sentences[i] for i in own)]
            for own in sources
        ]
        told = [text for group in groups for text in group]
        found = np.asarray(self._embed([*texts, *told]), dtype=np.float32)
        own, others = found[: len(texts)], found[len(texts) :]
        usual = np.median(own @ self._vectors.T, axis=1)
        ends = np.cumsum([len(group) for group in groups])
        parts = np.split(others, ends[:-1])
        closest = [float((part @ v).max()) for part, v in zip(parts, own, strict=True)]
        return np.asarray(closest - usual, dtype=np.float32)
