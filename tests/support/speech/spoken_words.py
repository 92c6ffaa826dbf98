"""Words as a recognizer gives them, and the normalizer for comparing them."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.core.data import Transcript, Word
from pipeline.language.disfluencies import bare

WORD_S = 0.3
# Fillers, names, numbers, conjunctions and marks: any talk may be drawn from these.
SAID = """
the and of a to I you never bread dog money because, which who was told 42 twenty um so, well,
Anna Mill Street worst secret library repaired toaster, cable. plug? breaks! minutes, that
it he said, if when costs forty-two it's don't
"""
ANY_WORDS = SAID.split()


def spoken(
    text: str,
    *,
    start_s: float = 0.0,
    gap_s: float = 0.0,
    pauses: Mapping[int, float] | None = None,
    probability: float = 0.9,
) -> list[Word]:
    """Return the words of a text; `pauses` are seconds after a word, else `gap_s`."""
    words, at_s = list[Word](), start_s
    for i, one in enumerate(text.split()):
        end_s = at_s + WORD_S
        words.append(Word(text=one, start_s=at_s, end_s=end_s, probability=probability))
        at_s = end_s + (pauses or {}).get(i, gap_s)
    return words


def said(transcript: Transcript) -> str:
    """Return the words of a transcript in lower case without marks."""
    return normal(" ".join(word.text for word in transcript.words))


def tokens(text: str) -> set[str]:
    """Words and numbers, without marks around them."""
    return {word for token in re.split(r"[\s/]+", text) if (word := bare(token))}


def normal(text: str) -> str:
    """Return a text in lower case without its marks."""
    return str(_normalizer()(text)).strip()


@cache
def _normalizer() -> Any:
    # transformers takes seconds to import, and not every test that imports this is run
    from transformers.models.whisper.english_normalizer import BasicTextNormalizer

    return BasicTextNormalizer()
