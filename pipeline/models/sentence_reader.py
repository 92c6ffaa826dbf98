"""Reads sentences: the multilingual encoder and the networks on it, on one device."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pipeline.analysis import copy_edits, moments, sentence_roles, title_fitness
from pipeline.analysis.reading import Reading
from pipeline.analysis.title_fitness import Material, Ratings
from pipeline.core.arrays import F32
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

    def rate(self, materials: Sequence[Material]) -> list[Ratings]:
        """Say how well clauses can be the title of their material; each sentence is read once."""
        said = [*dict.fromkeys(s for m in materials if m.clauses for s in m.sentences)]
        encoded = self.encoder(said, self.check)
        meaning = moments.stored(self.device).about(encoded.meaning)
        place = {sentence: n for n, sentence in enumerate(said)}
        found = []
        for material in materials:
            if not material.clauses:
                found.append(Ratings(np.zeros(0), np.zeros(0)))
                continue
            rows = np.array([place[s] for s in material.sentences], np.intp)
            read = [title_fitness.Sentence(text) for text in material.sentences]
            odds = title_fitness.stored(self.device)(material.clauses, read, encoded.those(rows))
            middle = meaning[rows].sum(0)
            central = meaning[rows] @ middle / max(1e-9, float(np.linalg.norm(middle)))
            at = [clause.sentence for clause in material.clauses]
            found.append(Ratings(odds, central[at].astype(np.float64)))
        return found

    def embed(self, texts: Sequence[str]) -> F32:
        """Return what texts of any language are about, (n, d): comparable with `meaning`."""
        meaning = self.encoder(texts, self.check).meaning
        return moments.stored(self.device).about(meaning)
