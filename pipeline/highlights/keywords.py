"""Finds the sentences that mention the caller's keywords.

Keywords match whole words in any case, alone or in phrases; common endings are ignored, so that
"mortgage" matches "mortgages". In scripts without spaces a keyword matches anywhere.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.language.writing_systems import separator

Flags = npt.NDArray[np.bool_]

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*", re.UNICODE)
_ENDINGS = ("'s", "s", "es", "ed", "ing", "d", "n", "en", "er", "e")
MIN_STEM_LETTERS = 4  # so that "caring" does not match "car"


def mentions(texts: Sequence[str], keywords: Sequence[str]) -> Flags:
    """Return an array (keywords, texts): whether the text mentions the keyword."""
    spoken = [(_normalize(text), [_forms(w) for w in _words(text)]) for text in texts]
    flags = np.zeros((len(keywords), len(texts)), np.bool_)
    for i, keyword in enumerate(keywords):
        wanted = [_forms(w) for w in _words(keyword)]
        bare = _normalize(keyword).replace(" ", "")
        for j, (text, spoken_words) in enumerate(spoken):
            if _is_unspaced(bare):
                flags[i, j] = bare in text.replace(" ", "")
            else:
                flags[i, j] = _phrase_in(wanted, spoken_words)
    return flags


def _phrase_in(wanted: Sequence[frozenset[str]], spoken_words: Sequence[frozenset[str]]) -> bool:
    """Whether the words occur one after the other; an empty phrase never does."""
    count = len(wanted)
    return count > 0 and any(
        all(w & s for w, s in zip(wanted, spoken_words[at : at + count], strict=True))
        for at in range(len(spoken_words) - count + 1)
    )


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _words(text: str) -> list[str]:
    return _WORD.findall(_normalize(text))


def _forms(word: str) -> frozenset[str]:
    """Return the word with and without its endings; two words match if they share a form."""
    stems = {word.removesuffix(ending) for ending in _ENDINGS}
    if word.endswith("ies"):
        stems.add(word[:-3] + "y")
    return frozenset({word} | {s for s in stems if len(s) >= MIN_STEM_LETTERS or word == f"{s}'s"})


def _is_unspaced(text: str) -> bool:
    """Whether the script of a text has no spaces between words."""
    return bool(text) and separator(text, text) == ""
