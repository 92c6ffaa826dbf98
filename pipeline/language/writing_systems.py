"""Properties of scripts: spaces, word equivalents, line breaks, capitals."""

import math
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise

import regex

# An extended grapheme cluster (Unicode annex 29): what a reader takes for one character. Flags are
# pairs; \X alone would count, for each of them, all those before.
LETTER = regex.compile(r"\p{RI}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+|\X")
WIDE_LETTERS = 2.8  # letters that count as one word in Chinese and similar scripts
NARROW_LETTERS = 6.0  # letters that count as one word in Thai and similar scripts
GREEK_ACCENTS = "\u0300\u0301\u0342"  # grave, tonos, circumflex
DIALYTIKA = "\u0308"
DOTTED_CAPITALS = ("tr", "az")  # languages in which i and ı are two letters, also as capitals
# Ranges of code points (first, last) of scripts without spaces between words, for text of unknown
# language. For a known language, use `Language.spaces`.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3000, 0x30FF),  # Japanese, with its punctuation
    (0x3400, 0x9FFF),  # Chinese
    (0xF900, 0xFAFF),
    (0xFF00, 0xFF60),
    (0x20000, 0x3FFFF),
)
# Marks and small letters with which no line of Japanese or Chinese may start.
PAUSES = "、。，！？；："  # after which a line may always end
NEVER_FIRST = (
    "、。，．・：；！？…ーゝゞ々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ）」』】〉》〕"
)
# Thai and Lao vowels that are written before their consonant, and those written after it.
LEADING_VOWELS = "เแโใไເແໂໃໄ"
FOLLOWING_SIGNS = "ฯะาำๅๆຯະາຳຽໆ"
# Marks, format and control characters, spaces: on their own they draw nothing.
INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs")
COMBINING = ("Mc", "Me", "Mn")  # categories of marks that belong to the letter before
# Letters and symbols that draw nothing either: Hangul fillers and the empty Braille pattern.
BLANKS = "\u115f\u1160\u3164\uffa0\u2800"
DEFAULT_IGNORABLE = ((0x2065, 0x2065), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF))  # unassigned ones


def is_visible(text: str) -> bool:
    """Whether the text draws anything: a text of marks, format characters and spaces does not."""
    return any(
        unicodedata.category(char) not in INVISIBLE_CATEGORIES
        and char not in BLANKS
        and not any(first <= ord(char) <= last for first, last in DEFAULT_IGNORABLE)
        for char in text
    )


# Overrides and isolates: they turn the text that follows, also what others have written there.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_control(char: str) -> bool:
    """Return whether the character is a control character, a line break or half a character."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """Return the text on one line without control characters: at a NUL, drawing would end."""
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c) != "Cc")


def separator(before: str, after: str) -> str:
    """Return what stands between two words: nothing in scripts without spaces."""
    return "" if before and after and _unspaced(before[-1]) and _unspaced(after[0]) else " "


def _unspaced(char: str) -> bool:
    code = ord(char)
    return any(first <= code <= last for first, last in UNSPACED)


def word_equivalents(text: str) -> float:
    """Return how many words a text counts as: 1 for a word between spaces, else by its width.

    Recognizers split scripts without spaces into letters, syllables or words unpredictably.
    """
    if not text or not _unspaced(text[0]):
        return 1.0
    letters = [c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf")]
    return sum(
        1 / (WIDE_LETTERS if unicodedata.east_asian_width(c) in "WF" else NARROW_LETTERS)
        for c in letters
    )


def join_words(texts: Sequence[str]) -> str:
    """Join words into one line."""
    line = ""
    for text in texts:
        line += (separator(line, text) if line else "") + text
    return line


def split_evenly(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Split a text into as many nearly equal parts as needed for each to be at most `width` wide.

    No part starts with a mark that belongs to the letter before it.
    """
    count = math.ceil(measure(text) / max(width, 1e-6)) if text else 1
    letters = [m.group() for m in LETTER.finditer(text)]
    count = max(1, min(count, len(letters)))
    ends = [round(n * len(letters) / count) for n in range(count + 1)]
    return ["".join(letters[a:b]) for a, b in pairwise(ends)]


def break_cost(before: str, after: str) -> float:
    """Return the cost of a line break between two words of a script without spaces, 0..1."""
    if separator(before, after):
        return 0.0
    if after[0] in NEVER_FIRST + FOLLOWING_SIGNS or before[-1] in LEADING_VOWELS:
        return 1.0
    if unicodedata.category(after[0]) in COMBINING or (
        _katakana(before[-1]) and _katakana(after[0])
    ):
        return 1.0
    if before[-1] in PAUSES:
        return 0.0
    # Japanese phrases end in hiragana; the kanji or katakana of a word start the next.
    return 0.0 if _hiragana(before[-1]) and not _hiragana(after[0]) else 0.2


def _hiragana(char: str) -> bool:
    return 0x3040 <= ord(char) <= 0x309F


def _katakana(char: str) -> bool:
    return 0x30A0 <= ord(char) <= 0x30FF


def to_upper_case(text: str, language: str = "") -> str:
    """Convert a word to capitals; Greek capitals lose their accents, as is usual in Greek.

    If the accent separated two vowels (νεράιδα), a dialytika does so (ΝΕΡΑΪΔΑ); the word ή keeps
    its accent, which distinguishes it from the article (CLDR's el-Upper). `language` (ISO 639-1)
    tells whether an i keeps its dot, as in Turkish.
    """
    text = unicodedata.normalize("NFC", text)
    if language in DOTTED_CAPITALS:
        text = text.replace("i", "İ")
    if text in {"ή", "Ή"} or not any(map(_is_greek, text)):
        return text.upper()
    out: list[str] = []
    apart = False  # the previous vowel has just lost its accent
    for letter in text:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        left = [mark for mark in marks if mark not in GREEK_ACCENTS or not _is_greek(base)]
        if apart and base in "ιυΙΥ" and not marks:
            left = [DIALYTIKA]
        out.append(unicodedata.normalize("NFC", "".join([base.upper(), *left])))
        apart = len(left) < len(marks) and base in "αεοηΑΕΟΗ"
    return "".join(out)


def _is_greek(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("GREEK")
