"""Knows the sounds that people make while they look for a word, by language.

Only what is never a word of its language stands here: "like", "so" and "you know" mean something,
and so do the French "eu", the German "um" and the Portuguese "um".
"""

import re
import unicodedata
from collections.abc import Sequence

from pipeline.core.data import Word
from pipeline.language.disfluencies import bare

LANGUAGES = {
    "en": r"u+h*m+|u+h+|e+r+m+|er|e+h*m+",
    "de": r"ä+h+m*|ö+h+m*|e+h*m+|u+hm+",
    "fr": r"e+u+h+|h+e+u+h*|e+h*m+",
    "es": r"e+h+m*|e+m+",
    "it": r"e+hm+|u+hm+",
    "pt": r"e+h+m*|h+u+m+",
    "nl": r"e+h+m*|u+h+m*|e+u+h+",
    "sv": r"e+h+m*|ö+h+m*",
    "da": r"ø+h+m*|e+hm+|æ+hm+",
    "no": r"ø+h+m*|e+h+m*|æ+hm+",
    "fi": r"ö{2,}|e+hm+",
    "pl": r"y{2,}|e{2,}|yh+m+",
    "cs": r"e+hm+|e{3,}",
    "ru": r"э+м*|м{3,}",
    "uk": r"е{3,}м*|м{3,}",
    "tr": r"ı{2,}|e{3,}",
    "ja": r"え[えー]*っ?と[おーぉ]*|ええと|えー+|あの[おうー]+",
    "zh": r"呃+",
}
ASKING = tuple("?!？！¿¡")  # "Eh?" and "Uh!" are said to somebody

_PATTERNS = {code: re.compile(pattern) for code, pattern in LANGUAGES.items()}


def hesitates(word: Word, language: str) -> bool:
    """Whether the word is such a sound; False in a language that is not known here.

    Capitals throughout are an abbreviation: the ER, the UM.
    """
    pattern = _PATTERNS.get(language)
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
