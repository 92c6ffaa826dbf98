"""Finds the sounds that people make while they look for a word, and that may be cut from a video.

They are `Language.fillers`: only what is never a word of its language is one, as a cut cannot be
taken back by who watches. `Language.hesitations`, which texts leave out, are more, or others.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from pipeline.core.data import Word
from pipeline.language import languages
from pipeline.language.disfluencies import bare

ASKING = tuple("?!？！¿¡")  # "Eh?" and "Uh!" are said to somebody


def hesitates(word: Word, language: str) -> bool:
    """Whether the word is such a sound; False in a language that is not known here.

    Capitals throughout are an abbreviation: the ER, the UM.
    """
    pattern = _pattern(language)
    text = unicodedata.normalize("NFC", word.text)
    if pattern is None or any(mark in text for mark in ASKING):
        return False
    core = bare(text.strip("、。，"))
    letters = [char for char in text if char.isalpha()]
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return False
    return pattern.fullmatch(core) is not None


def hesitations(words: Sequence[Word], language: str) -> list[bool]:
    """The same for each word."""
    return [hesitates(word, language) for word in words]


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    forms = languages.language(language).fillers
    return re.compile("|".join(forms)) if forms else None
