"""Reads sentences: the multilingual encoder and the networks on it, on one device."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pipeline.analysis import copy_edits, moments, sentence_roles, title_fitness
from pipeline.analysis.reading import Reading
from pipeline.analysis.title_fitness import Clause
from pipeline.core.arrays import F32, F64
from pipeline.core.control import Check, unchecked
from pipeline.core.data import Sentence
from pipeline.models.multilingual_encoder import MultilingualEncoder


@dataclass(frozen=True, slots=True)
class SentenceReader:
    """Says where moments begin and end, and what each sentence is good for in print, and edited."""

    encoder: MultilingualEncoder
    device: torch.device
    check: Check = unchecked  # called before each batch

    def __call__(self, sentences: Sequence[Sentence]) -> Reading:
        """Return what is read in successive sentences."""
        encoded = self.encoder([s.text for s in sentences], self.check)
        return Reading(
            moments.stored(self.device)(sentences, encoded),
            sentence_roles.stored(self.device)(sentences, encoded),
            copy_edits.stored(self.device)(sentences, encoded),
        )

    def rate(self, clauses: Sequence[Clause], sentences: Sequence[str]) -> F64:
        """Return the log-odds that an editor posts clauses of sentences as a title, (n,)."""
        encoded = self.encoder(sentences, self.check)
        read = [title_fitness.Sentence(text) for text in sentences]
        return title_fitness.stored(self.device)(clauses, read, encoded)

    def embed(self, texts: Sequence[str]) -> F32:
        """Return what texts of any language are about, (n, d): comparable with `meaning`."""
        meaning = self.encoder(texts, self.check).meaning
        return moments.stored(self.device).about(meaning)
