"""Detect fillers: the sounds of a speaker searching for a word, which may be cut from a video.

They are `Language.fillers`: only sounds that are never words of the language, because viewers
cannot restore a cut. `Language.hesitations`, which are left out of texts, may be other sounds.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from pipeline.core.data import Word
from pipeline.language import languages
from pipeline.language.disfluencies import bare

ADDRESSING = tuple("?!？！¿¡")  # "Eh?" and "Uh!" address somebody, so they are no fillers


def is_filler(word: Word, language: str) -> bool:
    """Return whether the word is a filler; False in a language without a file.

    A word in capitals is an abbreviation: the ER, the UM.
    """
    pattern = _pattern(language)
    text = unicodedata.normalize("NFC", word.text)
    if pattern is None or any(mark in text for mark in ADDRESSING):
        return False
    core = bare(text.strip("、。，"))
    letters = [char for char in text if char.isalpha()]
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return False
    return pattern.fullmatch(core) is not None


def find_fillers(words: Sequence[Word], language: str) -> list[bool]:
    """Return for each word whether it is a filler."""
    return [is_filler(word, language) for word in words]


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    forms = languages.language(language).fillers
    return re.compile("|".join(forms)) if forms else None
