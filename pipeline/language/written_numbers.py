"""Write the numbers of spoken sentences as an editor would: figures from about ten on.

"Nought point nine five" is 0.95, "ninety per cent" 90%, "a thousand and eight" 1,008, "nineteen
sixty-eight" 1968. Low numbers, ordinals, fractions, "a hundred", a number in a name and one that
begins a sentence stay in words, and so does whatever may be meant in two ways. text2num reads the
words; the rules are those that printed text shares (Chicago Manual of Style, chapter 9; Duden), the
signs stand in the language's file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from text_to_num import find_numbers

from pipeline.language import languages
from pipeline.language.schema.entries import NEVER
from pipeline.language.schema.language import Language
from pipeline.language.schema.number_styles import FigureStyle, NumberStyle

SCALES = ("100", "1000")  # alone they stay in words: "a hundred times"
TWO_DIGITS = 10  # from here on
FIGURATIVE = ("101", "1001")  # "a thousand and one nights", in every language
CENTURIES = range(13, 21)  # first halves of a year said as a pair
SURE_CENTURIES = (19, 20)  # need no "in" before them
YEARS = range(1100, 2100)  # after "in" without a mark for the thousands
THIS_MILLENNIUM = range(2001, 2100)  # the same without "in": "two thousand and five"

_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_OPENING = re.compile(r"(?:^|[.!?…][\"”’»)]*\s)[\"'“”„«»‘¿¡(\s]*$")
_FIGURE_BEFORE = re.compile(r"\d[.,]?\s+$")
_FIGURE_AFTER = re.compile(r"\s+\d")
_LAST_WORD = re.compile(r"[^\W_]+(?=\s+$)")
_NEXT_WORD = re.compile(r"\s+([^\W_]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A cardinal number in words: its place in the text, and its value."""

    first: int  # character
    end: int  # one after the last character
    value: str  # in figures, with the language's decimal mark
    words: int
    percent: bool = False  # percent follows
    year: bool = False
    kept: bool = False  # stays as it was said

    @property
    def whole(self) -> int | None:
        """Return the value of a whole number."""
        return int(self.value) if self.value.isdecimal() else None


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, as text2num takes it."""

    match: re.Match[str]
    apart: bool  # more than a space is before it
    excluded: bool  # belongs to no number

    def text(self) -> str:
        return self.match[0].lower()

    def nt_separated(self, _before: "_Token") -> bool:
        return self.apart

    def not_a_number_part(self) -> bool:
        return self.excluded


def write_figures(text: str, language: str) -> str:
    """Return a text with its numbers in figures where printed text has them; the rest is unchanged.

    Numbers that belong together ("between eight and twelve") have the same form. Nothing changes if
    the language's file has no table `figures`.
    """
    known = languages.language(language)
    style, low = known.figures, known.numbers
    if style is None or low is None:
        return text
    limit, written, end = len(low.in_words), [], 0
    numbers = [_decide(n, text, known, style) for n in _numbers(text, language, known, style)]
    for group in _groups(numbers, text, style, low):
        high = any(n.whole is None or n.percent or n.whole >= limit for n in group)
        if not high or any(n.kept for n in group):
            continue
        for number in group:
            written += [text[end : number.first], _figure(number, style)]
            end = number.end
    return style.percent_words.sub(
        lambda m: style.percent if m.string[: m.start()][-1:].isdecimal() else m[0],
        "".join([*written, text[end:]]),
    )


def _figure(number: _Number, style: FigureStyle) -> str:
    whole = re.split("[.,]", number.value)[0]
    rest = number.value[len(whole) :]
    if len(whole) >= style.grouped_from and not number.year:
        whole = f"{int(whole):,}".replace(",", style.thousands)
    return whole + rest


def _groups(
    numbers: list[_Number], text: str, style: FigureStyle, low: NumberStyle
) -> Iterator[list[_Number]]:
    """Yield runs of numbers that have the same form: "two metres sixty", "eight to twelve"."""
    group: list[_Number] = []
    for number in numbers:
        between = _between(group[-1], number, text, style) if group else ""
        listed = _is_list(group[-1], number, text) if group else False
        joined = listed or style.joins.fullmatch(between) is not None
        if group and not joined and between.strip().lower() not in low.measures:
            yield group
            group = []
        unclear = joined and _is_unclear(group[-1], number, listed=listed)
        group.append(replace(number, kept=number.kept or unclear))
    if group:
        yield group


def _between(before: _Number, after: _Number, text: str, style: FigureStyle) -> str:
    """Return what is said between two numbers, without the rest of the first: "and a half"."""
    start = before.end
    for rest in (style.words_after, style.percent_words):
        found = rest.match(text, start, after.first)
        start = found.end() if found else start
    return text[start : after.first]


def _is_list(before: _Number, after: _Number, text: str) -> bool:
    """Return whether two numbers may be counted off: "nine, ten"."""
    one, other = before.whole, after.whole
    ascend = one is not None and other is not None and one < other
    return ascend and text[before.end : after.first].strip() == ","


def _is_unclear(before: _Number, after: _Number, *, listed: bool) -> bool:
    """Return whether figures could mislead: "one or twelve", "thirty-five or six" (thousand).

    `listed`: a comma is between them, and they may have nothing to do with each other.
    """
    one, other = before.whole, after.whole
    if one is None or other is None:
        return False
    if listed:
        return min(one, other) < TWO_DIGITS <= max(one, other)
    shared = after.words > 1 and other % 100 == 0 and one < 100
    alone = 1 in (one, other) and not after.percent
    return shared or alone or (other < one and (other < TWO_DIGITS or one >= 100))


def _numbers(text: str, language: str, known: Language, style: FigureStyle) -> list[_Number]:
    """Return the cardinal numbers of a text, in order; a year said as a pair is one."""
    found: list[_Number] = []
    for number, is_ordinal in _read(text, language, known, style):
        before = found[-1] if found and text[found[-1].end : number.first].isspace() else None
        if before and not is_ordinal and _is_year(before, number, text, known):
            value = before.value + number.value
            found[-1] = replace(number, first=before.first, value=value, year=True, words=2)
            continue
        if before:  # "two three days", "five sixths"
            found[-1] = replace(before, kept=True)
        if not is_ordinal:
            found.append(replace(number, kept=before is not None))
    return found


def _read(
    text: str, language: str, known: Language, style: FigureStyle
) -> Iterator[tuple[_Number, bool]]:
    """Yield the numbers that text2num finds, with "a" before "hundred"; and whether ordinal."""
    tokens, end = [], 0
    percents = [m.span() for m in style.percent_words.finditer(text)]
    for match in _TOKEN.finditer(text):
        apart = not text[end : match.start()].isspace()
        percent = any(a < match.start() < b for a, b in percents)
        excluded = percent or match[0].lower() in style.great_scales  # the "cent" of "pour cent"
        tokens.append(_Token(match, apart, excluded))
        end = match.end()
    for one in find_numbers(tokens, language, 0):
        first, end = tokens[one.start].match.start(), tokens[one.end - 1].match.end()
        if tokens[one.start].text() in known.scales and (
            article := style.articles.search(text[:first])
        ):
            first = article.start()
        number = _Number(
            first=first,
            end=end,
            value=one.text,
            words=one.end - one.start,
            percent=any(a == end for a, _ in percents),
        )
        yield number, one.is_ordinal


def _is_year(before: _Number, after: _Number, text: str, known: Language) -> bool:
    """Return whether two numbers are the halves of a year, and no estimate: "fifteen twenty"."""
    one, other, style = before.whole, after.whole, known.figures
    if style is None or not style.paired_years or before.kept or after.percent:
        return False
    if one is None or other is None or one not in CENTURIES or len(after.value) != 2:
        return False
    if _has_unit(after, text, known):
        return False
    sure = other > 2 * one or (other % 5 > 0 and other != one + 1)
    return (sure and one in SURE_CENTURIES) or _is_dated(before, text, style)


def _is_dated(number: _Number, text: str, style: FigureStyle) -> bool:
    return style.before_year.search(text[: number.first]) is not None


def _has_unit(number: _Number, text: str, known: Language) -> bool:
    after = _NEXT_WORD.match(text, number.end)
    measures = known.numbers.measures if known.numbers else frozenset()
    return after is not None and after[1].lower() in known.units | measures


def _decide(number: _Number, text: str, known: Language, style: FigureStyle) -> _Number:
    """Return the number, marked as a year or as one that stays as it was said."""
    if number.whole in YEARS and not number.percent and not _has_unit(number, text, known):
        year = number.whole in THIS_MILLENNIUM or _is_dated(number, text, style)
        number = replace(number, year=number.year or year)
    kept = number.kept or _is_part(number, text, style) or _is_idiom(number, text, known, style)
    return replace(number, kept=kept)


def _is_part(number: _Number, text: str, style: FigureStyle) -> bool:
    """Return whether a number is a part of something: a name, a fraction, a number in figures."""
    before, said = text[: number.first], text[number.first : number.end]
    begins = _OPENING.search(before) is not None and not number.year
    named = said != said.lower() and not _OPENING.search(before)  # the Ten Commandments
    last = _LAST_WORD.search(before)
    return (
        (number.whole is not None and (begins or named))
        or re.match(r"0\d", number.value) is not None  # a code
        or _FIGURE_BEFORE.search(before) is not None
        or _FIGURE_AFTER.match(text, number.end) is not None
        or style.words_before.search(before) is not None
        or style.words_after.match(text, number.end) is not None
        or (last is not None and last[0].lower() in style.great_scales)
    )


def _is_idiom(number: _Number, text: str, known: Language, style: FigureStyle) -> bool:
    """Return whether a number is a figure of speech, or an order of magnitude."""
    words = text[number.first : number.end].lower().split()
    if number.value in FIGURATIVE or (number.value in SCALES and number.words == 1):
        return not number.percent
    if number.words > 1 and number.whole is not None and number.whole < 100:
        units = known.numbers.in_words[:TWO_DIGITS] if known.numbers else ()
        if words[0] in units:
            return True  # "fünf und zwanzig" may be two numbers
    last = _LAST_WORD.search(text[: number.first])
    vague = style.articles is not NEVER and words[0] in known.scales  # "a few hundred thousand"
    return vague and (last is None or last[0].lower() not in known.determiners)
