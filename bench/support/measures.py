"""Computes word error rates and errors of word onsets."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import jiwer
import numpy as np
from transformers.models.whisper.english_normalizer import (
    BasicTextNormalizer,
    EnglishTextNormalizer,
)

LETTERS = frozenset({"ja", "zh", "th", "yue", "lo", "my", "km"})  # written without spaces


class ErrorRate(NamedTuple):
    """Pooled errors of several texts, in which long texts weigh more."""

    wrong: int  # substitutions, deletions and insertions
    total: int  # words, or letters, in the reference

    def __str__(self) -> str:
        return f"{self.wrong / max(1, self.total):.1%} ({self.wrong}/{self.total})"


def by_letters(language: str) -> bool:
    """Return whether errors are counted in letters (CER) instead of words (WER)."""
    return language in LETTERS


def normalize(text: str, language: str) -> str:
    """Normalize as Whisper's authors do: without case, punctuation and spelling variants."""
    if language == "en":
        return str(EnglishTextNormalizer({})(text))
    plain = str(BasicTextNormalizer()(text)).strip()
    return "".join(plain.split()) if by_letters(language) else plain


def error_rate(pairs: Iterable[tuple[str, str]], language: str) -> ErrorRate:
    """Compute the pooled error rate of (reference, hypothesis) texts in one language."""
    wrong = total = 0
    process = jiwer.process_characters if by_letters(language) else jiwer.process_words
    for said, heard in pairs:
        found = process(normalize(said, language), normalize(heard, language))
        wrong += found.substitutions + found.deletions + found.insertions
        total += found.hits + found.substitutions + found.deletions
    return ErrorRate(wrong=wrong, total=total)


def onset_errors(
    truth: Sequence[tuple[str, float | None]], heard: Sequence[tuple[str, float, float]]
) -> tuple[float, float]:
    """Return median and 95 % quantile of the distances of word starts, in milliseconds.

    Words are matched in order; those without a true time only help matching.
    """
    said, found = _split(truth), _split((word, start_s) for word, start_s, _ in heard)
    matcher = SequenceMatcher(None, [w for w, _ in said], [w for w, _ in found], autojunk=False)
    errors = [
        1000.0 * abs(at_s - true_s)
        for block in matcher.get_matching_blocks()
        for (_, true_s), (_, at_s) in zip(
            said[block.a : block.a + block.size],
            found[block.b : block.b + block.size],
            strict=True,
        )
        if true_s is not None and at_s is not None
    ]
    median, high = np.percentile(errors or [np.nan], (50, 95))
    return float(median), float(high)


def _split(words: Iterable[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """Normalize words for matching. Of a word in several parts, only the first has the onset."""
    split: list[tuple[str, float | None]] = []
    for word, at_s in words:
        plain = unicodedata.normalize("NFKC", word).lower().replace("’", "'")
        parts = re.sub(r"[^\w']+", " ", plain).replace("'", "").split()
        split += [(part, at_s if i == 0 else None) for i, part in enumerate(parts)]
    return split
