"""Which sentences speak of the caller's keywords.

Whole words, whatever their case, alone or in phrases; common endings are looked through, so that
"mortgage" is found in "mortgages". In scripts without spaces a keyword may stand anywhere.
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
SHORTEST_STEM = 4  # letters; in "caring" is no "car"


def mentions(texts: Sequence[str], keywords: Sequence[str]) -> Flags:
    """Array (keywords, texts): whether the text speaks of the keyword."""
    spoken = [(_normal(text), [_forms(w) for w in _words(text)]) for text in texts]
    found = np.zeros((len(keywords), len(texts)), np.bool_)
    for i, keyword in enumerate(keywords):
        wanted = [_forms(w) for w in _words(keyword)]
        bare = _normal(keyword).replace(" ", "")
        for j, (text, said) in enumerate(spoken):
            if _unspaced(bare):
                found[i, j] = bare in text.replace(" ", "")
            else:
                found[i, j] = _phrase_in(wanted, said)
    return found


def _phrase_in(wanted: Sequence[frozenset[str]], said: Sequence[frozenset[str]]) -> bool:
    """Whether the words stand one after the other; nothing is in nothing."""
    count = len(wanted)
    return count > 0 and any(
        all(w & s for w, s in zip(wanted, said[at : at + count], strict=True))
        for at in range(len(said) - count + 1)
    )


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _words(text: str) -> list[str]:
    return _WORD.findall(_normal(text))


def _forms(word: str) -> frozenset[str]:
    """The word and what is left of it without an ending: two words meet where they share one."""
    stems = {word.removesuffix(ending) for ending in _ENDINGS}
    if word.endswith("ies"):
        stems.add(word[:-3] + "y")
    return frozenset({word} | {s for s in stems if len(s) >= SHORTEST_STEM or word == f"{s}'s"})


def _unspaced(text: str) -> bool:
    """Whether the script of a text sets no spaces between words."""
    return bool(text) and separator(text, text) == ""
