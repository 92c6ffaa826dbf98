"""Readings of the last talks are kept."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from given_readings import given_models
from transcripts import transcript

from pipeline.analysis.reading import Reading
from pipeline.core.data import Sentence
from pipeline.models.recent_readings import RecentReadings


def test_a_talk_is_read_once_and_a_corrected_one_again() -> None:
    read: list[Sequence[Sentence]] = []

    def reader(sentences: Sequence[Sentence]) -> Reading:
        read.append(sentences)
        return given_models().read(sentences)

    readings = RecentReadings(kept=2)
    talks = [transcript([(f"Talk {n} begins here.", 0.0, 2.0)]).sentences for n in range(3)]
    first = readings.get(talks[0], reader)
    assert readings.get(list(talks[0]), reader) is first
    assert len(read) == 1
    corrected = (replace(talks[0][0], text="Talk zero begins here."),)
    assert readings.get(corrected, reader) is not first
    assert len(read) == 2
    for talk in talks[1:]:  # the oldest goes
        readings.get(talk, reader)
    assert np.array_equal(readings.get(talks[0], reader).moments.begin, first.moments.begin)
    assert len(read) == 5
