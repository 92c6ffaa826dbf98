"""Judges recognized words right or wrong, and how true their probability is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import jiwer
import numpy as np

from bench.support.measures import by_letters, normalize
from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import Audio, Word
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

BINS = 10  # number of bins of equal width


@dataclass(frozen=True, slots=True)
class Judged:
    """A word's probability, and whether the word was said."""

    probability: float
    right: bool


def judge(words: Sequence[Word], text: str, language: str) -> tuple[list[int], list[Judged]]:
    """Align words with what was said; return the indices of those that have letters, judged.

    In languages without spaces a word is right if most of its letters are.
    """
    by_letter = by_letters(language)
    normal = [normalize(word.text, language) for word in words]
    kept = [i for i, spelled in enumerate(normal) if spelled]
    units = [(u, i) for i in kept for u in (normal[i] if by_letter else normal[i].split())]
    said = normalize(text, language)
    wanted = " ".join(said) if by_letter else said
    hits, counts = np.zeros(len(words)), np.zeros(len(words))
    np.add.at(counts, [i for _, i in units], 1)
    if units and wanted:
        aligned = jiwer.process_words(wanted, " ".join(unit for unit, _ in units))
        for chunk in aligned.alignments[0]:
            if chunk.type == "equal":
                for at in range(chunk.hyp_start_idx, chunk.hyp_end_idx):
                    hits[units[at][1]] += 1
    return kept, [Judged(words[i].probability, bool(hits[i] > counts[i] / 2)) for i in kept]


def expected_calibration_error(odds: F64, right: F64) -> float:
    """Return the mean distance of probability and share of right words (Guo et al. 2017, ECE)."""
    place = np.minimum((odds * BINS).astype(int), BINS - 1)
    apart = (abs((right - odds)[place == i].mean()) * (place == i).mean() for i in set(place))
    return float(sum(apart))


def sound(path: Path) -> Audio:
    """Decode a file. Raises SourceError where it has no usable sound."""
    with TemporaryDirectory() as folder:  # a mapped file stays readable after it is deleted
        return load_audio(probe(path, min_duration_s=0.0), Path(folder), Control())
