"""Readings of sentences as a test wants them: whole, on the subject, and fit to open a text."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.analysis.moments import Moments
from pipeline.analysis.reading import Read, Reading
from pipeline.analysis.sentence_roles import OUTPUTS, Roles
from pipeline.analysis.title_fitness import Material, Ratings
from pipeline.core.data import Sentence
from pipeline.highlights.sentence_features import TextModels

USUAL = {"alone": 0.9, "opens": 0.9, "worth": 0.8}  # and 0.05 for the rest


def given(**changed: Mapping[int, float]) -> Read:
    """Return a reader of any sentences; changed: by field, the values of sentences by position.

    Fields are those of Roles, and begin, end and inside of Moments, which are 0 unless changed.
    """

    def read(sentences: Sequence[Sentence]) -> Reading:
        count = len(sentences)

        def values(name: str, usual: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            found = np.full(count, usual)
            for at, value in changed.get(name, {}).items():
                if at < count:
                    found[at] = value
            return found

        begin, end, inside = (values(name, 0.0) for name in ("begin", "end", "inside"))
        likely = np.full(count, 0.5)
        meaning = np.zeros((count, 384), np.float32)
        return Reading(
            Moments(begin, end, inside, likely, likely, meaning),
            Roles(*(values(name, USUAL.get(name, 0.05)) for name in OUTPUTS)),
            tuple(s.text for s in sentences),
        )

    return read


def rate_nothing(materials: Sequence[Material]) -> list[Ratings]:
    """Take every clause for as good a title, where titles are not the subject."""
    return [Ratings(np.zeros(len(m.clauses)), np.zeros(len(m.clauses))) for m in materials]


def given_models(**changed: Mapping[int, float]) -> TextModels:
    """Return models that read as `given` does, and take everything for alike."""
    return TextModels(
        given(**changed), lambda texts: np.zeros((len(texts), 384), np.float32), rate_nothing
    )
