"""Sets the marks of a sentence as print has them: quotation marks, dashes."""

import re

from pipeline.language import languages

# Between words: a hyphen between letters or figures may be a minus.
_DASH = re.compile(
    r"(?<=[^\W\d_]{2})[,.]?\s+-{1,2}\s+(?=[^\W\d_]{2}|[IA]\b)|\s*--+\s*(?=\w)|\s+—\s+"
)
_STRAIGHT = re.compile(r'(?:^|(?<=[\s(\[]))"([^"]+)"(?=$|[\s.,;:!?)\]])')


def typeset(text: str, language: str) -> str:
    """Return a sentence with the quotation marks of its language, and dashes for hyphens.

    Straight marks that are not in pairs are dropped: nobody can say where the quotation was.
    """
    opening, closing = languages.language(language).quotation_marks
    text = _DASH.sub(" – ", text)
    paired = _STRAIGHT.sub(rf"{opening}\1{closing}", text)
    return re.sub(r'(?<!\d)"', "", paired)
