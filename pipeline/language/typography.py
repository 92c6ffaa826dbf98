"""Sets the marks of a sentence as print has them: quotation marks, dashes, spaces before marks.

Which quotation marks, and which within a quotation, is in the language's file.
"""

import re

from pipeline.language import languages

# Between words: a hyphen between letters or figures may be a minus.
_DASH = re.compile(
    r"(?<=[^\W\d_]{2})[,.]?\s+-{1,2}\s+(?=[^\W\d_]{2}|[IA]\b)|\s*--+\s*(?=\w)|\s+—\s+"
)
_STRAIGHT = re.compile(r'(?:^|(?<=[\s(\[]))"([^"]+)"(?=$|[\s.,;:!?)\]])')
# Marks of other languages. Corner brackets stay: in Chinese they are as right as “ ”.
_FOREIGN = re.compile(r"„([^„“”]+)[“”]|“([^“”]+)”|«\s?([^«»]+?)\s?»|»([^«»]+)«")
# French sets a thin space that no line is broken at, and a wide one before a colon.
_SPACED = re.compile(r"(?<=\S) (?=[;!?»])|(?<=«) ")
_SPACED_COLON = re.compile(r"(?<=\S) (?=:)")


def typeset(text: str, language: str) -> str:
    """Return a sentence with the quotation marks of its language, and dashes for hyphens.

    Straight marks that are not in pairs are dropped: nobody can say where the quotation was.
    """
    known = languages.language(language)
    opening, closing = known.quotation_marks
    text = _DASH.sub(known.dash, text)
    paired = _STRAIGHT.sub(rf"{opening}\1{closing}", text)
    text = re.sub(r'(?<!\d)"', "", paired)
    if opening.strip() in text:
        return text  # other marks are those of quotations within one
    return _FOREIGN.sub(lambda m: f"{opening}{m[m.lastindex or 0]}{closing}", text)


def keep_spaces(text: str, language: str) -> str:
    """Return a text whose spaces before marks are such that no line begins with a mark."""
    if not languages.language(language).spaced_marks:
        return text
    return _SPACED_COLON.sub("\u00a0", _SPACED.sub("\u202f", text))


def quote(text: str, language: str) -> str:
    """Return a text in quotation marks; quotations within it get the inner marks."""
    known = languages.language(language)
    outer, inner = known.quotation_marks, known.inner_quotation_marks
    for mark, within in zip(outer, inner, strict=True):
        text = text.replace(mark, within)
    return f"{outer[0]}{text}{outer[1]}"


def label(name: str, language: str) -> str:
    """Return who says what follows, with a colon: "Ada: ", in French "Ada : "."""
    known = languages.language(language)
    if known.full_width_marks:
        return f"{name}："
    return f"{name}\u00a0: " if known.spaced_marks else f"{name}: "


def dialogue_dash(language: str) -> str:
    """Return what stands before the words of somebody without a name: "– ", in Chinese "——"."""
    return languages.language(language).dash.lstrip()


def remark(text: str, language: str) -> str:
    """Return a text in parentheses that follow a word: " (3:05)", in Chinese "（3:05）"."""
    return f"（{text}）" if languages.language(language).full_width_marks else f" ({text})"
