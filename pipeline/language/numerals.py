"""Extract numbers from running text, in figures or in words.

Words are read by text2num where it supports the language (`Language.spoken_numbers`); otherwise
only figures count.
"""

import re
from decimal import Decimal

from text_to_num import alpha2digit

from pipeline.language import languages

SCALES = ("1000", "1000000", "1000000000")
# maximum digits of a number that a scale follows: "3.5 million", not a row of thousands
MAX_FIGURES = 20
_PIECE = re.compile(  # text2num takes the square of the length: long lines are cut, best at a mark
    r"(?s).{1,2000}\Z|.{1,2000}[.,;:!?](?!\S)|.{1,2000}(?!\S)|.{1,2000}"
)
_FIGURE = re.compile(r"(?<![\d.,])\d[\d.,'’\u00a0\u202f]*\d|\d")
_GROUPS = re.compile(r"[.,'’\u00a0\u202f](?=\d{3}(?!\d))")  # thousands separators


def numbers(text: str, language: str) -> list[str]:
    """Return all numbers, in order, as plain figures: "3.5 million" is 3500000.

    A possible year, "twenty twenty-four", yields 20, 24 and 2024.
    """
    text = text.encode(errors="ignore").decode()  # without lone surrogates
    if languages.language(language).spoken_numbers:
        text = "".join(alpha2digit(piece, language) for piece in _PIECE.findall(text))
    values: list[str] = []
    before, end = "", 0
    for match in _FIGURE.finditer(text):
        value, between = _plain(match[0]), text[end : match.start()]
        separated = bool(between.strip(" -"))
        if 0 < len(before) <= MAX_FIGURES and not separated and value in SCALES:
            values[-1] = value = _plain(f"{Decimal(before) * Decimal(value):f}")
        else:
            values.append(value)
        if " " in between and not separated and len(before) == len(value) == 2:
            values += [before + value] if "1000" <= before + value < "2100" else []
        before, end = value, match.end()
    return values


def _plain(figure: str) -> str:
    """Normalize a figure: no thousands separators, a decimal point, no trailing zeros."""
    figure = _GROUPS.sub("", figure)
    whole, *rest = re.split(r"[.,'’\u00a0\u202f]", figure)
    if len(rest) != 1:
        return whole + "".join(rest)
    decimals = rest[0].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole
