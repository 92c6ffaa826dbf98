"""Lexical features of a sentence: wording that a person who chooses a teaser may react to.

English word classes (`[wording]` in its language file), plus punctuation and lengths, which exist
in every language. No words of a particular subject are included. training/highlights.py learns the
weights of the features.
"""

import re
from collections.abc import Sequence
from dataclasses import fields
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.analysis import lexical_cues
from pipeline.language import languages
from pipeline.language.schema.cue_patterns import Wording

_WORDING = tuple(field.name for field in fields(Wording) if field.name != "openings")
_NEUTRAL = {"clauses": re.compile(r"[,;:，、；：،]"), "names": re.compile(r"(?<=\s)[A-Z][a-z]+")}
_LETTERS = re.compile(r"[^\W\d_]+")
_MAX_WORDS = 40  # longer sentences count as this long

NAMES = (
    *_WORDING,
    *_NEUTRAL,
    "length",
    "word length",
    "question",
    "exclamation",
    "joined",
    "backchannel",
    "ceremony",
    "promotion",
)


def features(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the features of sentences, shape (len(texts), len(NAMES))."""
    rows = [_row(text) for text in texts]
    return np.array(rows, np.float64).reshape(len(texts), len(NAMES))


def _row(text: str) -> list[float]:
    cues = lexical_cues.read(text)
    root = cues.words**0.5
    letters = _LETTERS.findall(text)
    return [
        *(len(pattern.findall(text)) / root for pattern in _counted()),
        min(cues.words, _MAX_WORDS) ** 0.5,
        sum(map(len, letters)) / max(1, len(letters)),
        float(cues.question),
        float("!" in text or "！" in text),
        float(bool(_wording().openings.match(text))),
        float(cues.backchannel),
        float(cues.ceremony),
        float(cues.promotion),
    ]


@cache
def _wording() -> Wording:
    found = languages.language(languages.ENGLISH).wording
    assert found is not None
    return found


@cache
def _counted() -> tuple[re.Pattern[str], ...]:
    """Return the patterns whose matches are divided by the root of the sentence's length."""
    return *(getattr(_wording(), name) for name in _WORDING), *_NEUTRAL.values()
