"""Length limits of texts, and the length of a message by the rules of each network."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from pipeline.language.writing_systems import LETTER

MAX_TWEET_CHARS = 280  # as counted by `tweet_length`
MAX_ARTICLE_WORDS = 1600  # 1,500 are requested; headings count, too
MAX_POST_CHARS = 3000  # LinkedIn's own limit
# maximum bytes of a video on YouTube, in UTF-8: API reference, `videos`
MAX_DESCRIPTION_BYTES = 5000
WIDE_FROM = "\u2e80"  # the first character of scripts whose letters are words or syllables
ADDRESS_CHARS = 23  # the length of any address, by the rules of X and of Mastodon
ADDRESS = re.compile(  # no part of a name has more than 63 letters (RFC 1035)
    r"(?:https?://|www\.)\S+|\b[\w-]{1,63}+\.(?:com|org|net|io|co|ai|de|fr)\b\S*"
)

_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a message may be."""

    most: int  # as `measure` counts
    measure: Callable[[str], int]

    def fits(self, text: str) -> bool:
        """Return whether a text is short enough."""
        return self.measure(text) <= self.most


def grapheme_count(text: str) -> int:
    """Return the length by Bluesky's rules: an emoji or a letter with its marks is one."""
    return len(LETTER.findall(text))


def mastodon_length(text: str) -> int:
    """Return the length by Mastodon's rules: graphemes, and 23 for any address."""
    addresses = ADDRESS.findall(text)
    return ADDRESS_CHARS * len(addresses) + grapheme_count(ADDRESS.sub("", text))


def threads_length(text: str) -> int:
    """Return the length by the rules of Threads: characters, and of an emoji its UTF-8 bytes."""
    emoji = (g for g in LETTER.findall(text) if _EMOJI.search(g))
    return len(text) + sum(len(g.encode("utf-8", "replace")) - len(g) for g in emoji)


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
