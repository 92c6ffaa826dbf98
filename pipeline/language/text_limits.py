"""How long texts may be, and how long a tweet is as X counts."""

import re
import unicodedata

TWEET = 280
POST = 3000  # characters, LinkedIn's own limit
WIDE_FROM = "\u2e80"  # the first of the letters that are words or syllables
AN_ADDRESS = 23  # what any address counts
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|io|co|ai|de|fr)\b\S*")


def tweet_length(text: str) -> int:
    """Length by X's rules: an address counts 23, letters beyond the Latin scripts 2."""
    addresses = ADDRESS.findall(text)
    rest = unicodedata.normalize("NFC", ADDRESS.sub("", text))
    wide = sum(1 for c in rest if not _light(ord(c)))
    return AN_ADDRESS * len(addresses) + len(rest) + wide


def _light(code: int) -> bool:
    """Code points that twitter-text weighs single."""
    return (
        code <= 0x10FF
        or 0x2000 <= code <= 0x200D
        or 0x2010 <= code <= 0x201F
        or (0x2032 <= code <= 0x2037)
    )


def width(text: str) -> int:
    """Characters, those of scripts that part no words counting two: they say as much."""
    return len(text) + sum(c >= WIDE_FROM for c in text)
