"""Finds moments in sentences: the multilingual encoder and the networks on it, on one device."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis.moments import Ensemble, Moments
from pipeline.core.arrays import F32
from pipeline.core.control import Check, unchecked
from pipeline.core.data import Sentence
from pipeline.models.multilingual_encoder import MultilingualEncoder


@dataclass(frozen=True, slots=True)
class MomentFinder:
    """Gives each sentence the log-odds that a moment begins, ends or goes on with it."""

    encoder: MultilingualEncoder
    ensemble: Ensemble
    check: Check = unchecked  # called before each batch

    def __call__(self, sentences: Sequence[Sentence]) -> Moments:
        """Return the log-odds of the sentences."""
        texts = [s.text for s in sentences]
        return self.ensemble(sentences, self.encoder(texts, self.check))

    def embed(self, texts: Sequence[str]) -> F32:
        """Return what texts of any language are about, (n, d): comparable with `meaning`."""
        return self.ensemble.about(self.encoder(texts, self.check).meaning)
