"""Puts a text in the quotation marks of its language."""

from pipeline.language import languages

# Marks of a quotation within a quotation.
_INNER = str.maketrans({"“": "‘", "”": "’", "„": "‚", "«": "‹", "»": "›", "「": "『", "」": "』"})


def quote(text: str, language: str) -> str:
    """Return a text as a quotation in a language (ISO 639-1); its own marks become inner ones."""
    opening, closing = languages.language(language).quotation_marks
    return f"{opening}{text.translate(_INNER)}{closing}"
