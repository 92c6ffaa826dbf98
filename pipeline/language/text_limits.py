"""Length limits of texts, and the length of a tweet by the rules of X."""

import re
import unicodedata

MAX_TWEET_CHARS = 280  # as counted by `tweet_length`
MAX_ARTICLE_WORDS = 1600  # 1,500 are requested; headings count, too
MAX_POST_CHARS = 3000  # LinkedIn's own limit
WIDE_FROM = "\u2e80"  # the first character of scripts whose letters are words or syllables
ADDRESS_CHARS = 23  # the length of any address, by X's rules
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|io|co|ai|de|fr)\b\S*")


def tweet_length(text: str) -> int:
    """Return the length by X's rules: an address counts 23, letters outside Latin scripts 2."""
    addresses = ADDRESS.findall(text)
    rest = unicodedata.normalize("NFC", ADDRESS.sub("", text))
    wide = sum(1 for c in rest if not _counts_once(ord(c)))
    return ADDRESS_CHARS * len(addresses) + len(rest) + wide


def _counts_once(code: int) -> bool:
    """Return whether twitter-text counts a code point once."""
    return (
        code <= 0x10FF
        or 0x2000 <= code <= 0x200D
        or 0x2010 <= code <= 0x201F
        or (0x2032 <= code <= 0x2037)
    )


def width(text: str) -> int:
    """Return the number of characters, counting those of scripts without spaces twice.

    Those characters say twice as much.
    """
    return len(text) + sum(c >= WIDE_FROM for c in text)
