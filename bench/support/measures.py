"""Word error rates and errors of word onsets."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import jiwer
import numpy as np
from transformers.models.whisper.english_normalizer import (
    BasicTextNormalizer,
    EnglishTextNormalizer,
)

LETTERS = frozenset({"ja", "zh", "th", "yue", "lo", "my", "km"})  # written without spaces


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """Errors of several texts in one: long ones weigh more."""

    wrong: int  # substituted, left out or put in
    total: int  # words, or letters, that were said

    @property
    def rate(self) -> float:
        """0 where all is right; above 1 where more was invented than said."""
        return self.wrong / max(1, self.total)

    def __str__(self) -> str:
        return f"{self.rate:.1%} ({self.wrong}/{self.total})"


def by_letters(language: str) -> bool:
    """Whether errors are counted in letters (CER) rather than words (WER)."""
    return language in LETTERS


def normalised(text: str, language: str) -> str:
    """As Whisper's authors compare texts: without case, punctuation, and ways of writing."""
    if language == "en":
        return str(EnglishTextNormalizer({})(text))
    plain = str(BasicTextNormalizer()(text)).strip()
    return "".join(plain.split()) if by_letters(language) else plain


def error_rate(pairs: Iterable[tuple[str, str]], language: str) -> ErrorRate:
    """Of (said, heard) texts in one language, pooled."""
    wrong = total = 0
    process = jiwer.process_characters if by_letters(language) else jiwer.process_words
    for said, heard in pairs:
        found = process(normalised(said, language), normalised(heard, language))
        wrong += found.substitutions + found.deletions + found.insertions
        total += found.hits + found.substitutions + found.deletions
    return ErrorRate(wrong=wrong, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetErrors:
    """How far the starts of matched words are from the truth, in milliseconds."""

    matched: int
    total: int  # words whose onset is known
    median_ms: float  # of |error|
    p95_ms: float  # of |error|
    bias_ms: float  # median with its sign: below 0 is early


def onset_errors(
    truth: Sequence[tuple[str, float | None]], heard: Sequence[tuple[str, float]]
) -> OnsetErrors:
    """Of words matched in order; a truth without a time only helps to match its neighbours."""
    said, found = _split(truth), _split(heard)
    matcher = SequenceMatcher(None, [w for w, _ in said], [w for w, _ in found], autojunk=False)
    errors = [
        1000.0 * (at_s - true_s)
        for block in matcher.get_matching_blocks()
        for (_, true_s), (_, at_s) in zip(
            said[block.a : block.a + block.size],
            found[block.b : block.b + block.size],
            strict=True,
        )
        if true_s is not None and at_s is not None
    ]
    size = np.abs(errors) if errors else np.array([np.nan])
    return OnsetErrors(
        matched=len(errors),
        total=sum(at_s is not None for _, at_s in said),
        median_ms=float(np.median(size)),
        p95_ms=float(np.percentile(size, 95)),
        bias_ms=float(np.median(errors)) if errors else float("nan"),
    )


def _split(words: Iterable[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """Words as they are compared. Of one in several parts, only the first has the onset."""
    split: list[tuple[str, float | None]] = []
    for word, at_s in words:
        plain = unicodedata.normalize("NFKC", word).lower().replace("’", "'")
        parts = re.sub(r"[^\w']+", " ", plain).replace("'", "").split()
        split += [(part, at_s if i == 0 else None) for i, part in enumerate(parts)]
    return split
