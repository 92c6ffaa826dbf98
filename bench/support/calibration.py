"""Measures whether the probability of a word is the share of such words that are right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import jiwer
import numpy as np

from bench.support.measures import by_letters, normalize
from pipeline.core.data import Word

BINS = 10  # of equal width


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


def expected_calibration_error(judged: Iterable[Judged]) -> float:
    """Return the mean distance of probability and share of right words (Guo et al. 2017, ECE)."""
    return float(sum(abs(row["right"] - row["said"]) * row["share"] for row in bins(judged)))


def bins(judged: Iterable[Judged]) -> list[dict[str, float]]:
    """Return for each bin its mean probability, the share of right words, and its share of all."""
    found = list(judged)
    odds = np.array([j.probability for j in found])
    right = np.array([j.right for j in found], float)
    place = np.minimum((odds * BINS).astype(int), BINS - 1)
    return [
        {
            "said": float(odds[place == i].mean()),
            "right": float(right[place == i].mean()),
            "words": int((place == i).sum()),
            "share": float((place == i).mean()),
        }
        for i in range(BINS)
        if (place == i).any()
    ]
