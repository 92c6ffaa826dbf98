"""Measures how hard a text is to read.

Flesch reading ease, with each language's own weights of sentence length (words) and word length
(syllables): English, Flesch 1948; German, Amstad 1978; French, Kandel and Moles 1958; Spanish,
Fernández Huerta 1959; Italian, Franchina and Vacca 1986; Dutch, Douma 1960; Portuguese, Martins
et al. 1996; Russian, Oborneva 2006. 100 is easy, 0 is hard. Japanese and Chinese: letters per
sentence.
"""

import re
from collections.abc import Sequence

from pipeline.language.disfluencies import bare

# constant, weight of words per sentence, weight of syllables per word
FLESCH = {
    "en": (206.835, 1.015, 84.6),
    "de": (180.0, 1.0, 58.5),
    "fr": (207.0, 1.015, 73.6),
    "es": (206.84, 1.02, 60.0),
    "it": (217.0, 1.3, 60.0),
    "nl": (206.84, 0.93, 77.0),
    "pt": (248.835, 1.015, 84.6),
    "ru": (206.835, 1.3, 60.1),
}
# From "fairly difficult" to the end of Flesch's scale (1949): at 100, a sentence has twelve words
# and ten words have eleven syllables. Above it are fragments and exclamations.
EASE_BAND = 50.0, 100.0
LETTERS_BAND = 10.0, 60.0  # per sentence in Japanese; 公用文作成の考え方 (2022) asks for at most 60
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœаеёиоуыэюя]+", re.IGNORECASE)
_RUSSIAN_VOWELS = re.compile(r"[аеёиоуыэюя]", re.IGNORECASE)
_SPANISH_NUCLEI = re.compile(r"[iuüy]*[aeoáéó][iuüy]*|[íú]|[iuüy]+(?![aeoáéó])")
_SILENT_U = re.compile(r"([qg])u(?=[eéií])")


def ease(sentences: Sequence[str], language: str) -> float | None:
    """Return the reading ease; letters per sentence where there are no spaces; None: unknown."""
    if language in ("ja", "zh"):
        letters = sum(len(re.findall(r"\w", s)) for s in sentences)
        return letters / len(sentences) if sentences else None
    weights = FLESCH.get(language)
    words = [w for s in sentences for t in s.split() if (w := bare(t))]
    if weights is None or not words:
        return None
    syllables = sum(count_syllables(word, language) for word in words)
    constant, per_sentence, per_word = weights
    return constant - per_sentence * len(words) / len(sentences) - per_word * syllables / len(words)


def count_syllables(word: str, language: str) -> int:
    """Count groups of vowels, in Russian vowels; a silent e at an English word's end is none.

    Spanish: strong vowels stay apart ("aéreo"), and so does a weak one with an accent ("había").
    """
    if language == "ru":
        return max(1, len(_RUSSIAN_VOWELS.findall(word)))
    if language == "es":
        return max(1, len(_SPANISH_NUCLEI.findall(_SILENT_U.sub(r"\1", word.lower()))))
    word = word.removesuffix("e") if language in ("en", "fr") else word
    return max(1, len(_VOWELS.findall(word)))


def in_band(value: float, language: str) -> bool:
    """Whether a text is neither breathless nor dense."""
    low, high = LETTERS_BAND if language in ("ja", "zh") else EASE_BAND
    return low <= value <= high
