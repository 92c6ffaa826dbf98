"""Lexical cues of one sentence: pure text matching, nothing learned.

The word lists are English (`[cues]` in its language file); the neutral cues (punctuation, digits,
length) work in every language.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages
from pipeline.language.schema.cue_patterns import CuePatterns

_FIGURE = re.compile(r"\d[\d.,]*\d\s?%?|\d\s?%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """Counts and flags of one sentence."""

    words: int
    question: bool
    number: bool
    addresses_you: bool
    story: bool
    contrast: bool
    strong: bool
    teaches: bool
    hedge: bool  # the speaker is unsure or searches for words
    promotion: bool
    ceremony: bool
    backchannel: bool  # "Yeah, right.": signals attention without content
    dangling: float  # 0..1: how much the opening depends on the sentence before


def read(text: str) -> Cues:
    """Return the cues of one sentence."""
    patterns = _patterns()
    words = max(1, len(text.split()))
    if words == 1 and len(text) > 12:  # a script without spaces: about two characters per word
        words = len(text) // 2
    cut_off = bool(patterns.connectives.search(text)) or text[:1].islower()
    leans = 1.0 if cut_off else 0.8 if patterns.pointers.search(text) else 0.0
    bare = text.rstrip("\"'”’»)」』")
    return Cues(
        words=words,
        question=bare.endswith(("?", "？", "؟")) and not patterns.tags.match(bare),
        number=bool(patterns.numbers.search(text)),
        addresses_you=bool(patterns.listener.search(text)),
        story=bool(patterns.story.search(text)),
        contrast=bool(patterns.contrast.search(text)),
        strong=bool(patterns.strong.search(text)),
        teaches=bool(patterns.teaching.search(text)),
        hedge=bool(patterns.hedging.search(text)),
        promotion=bool(patterns.promotion.search(text)),
        ceremony=bool(patterns.ceremony.search(text)),
        backchannel=words <= 4 and bool(patterns.backchannel.search(text)),
        dangling=leans,
    )


@cache
def _patterns() -> CuePatterns:
    found = languages.language(languages.ENGLISH).cues
    assert found is not None
    return found


def figure(text: str) -> str:
    """Return the last number written in digits in `text`, or ""."""
    found: list[str] = _FIGURE.findall(text)
    return found[-1].strip() if found else ""
