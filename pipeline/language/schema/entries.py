"""What an entry of a language's file may be: words, or regular expressions.

They are the types of the schema's fields; `pipeline.language.language_files` reads them.
"""

import re
from collections.abc import Iterable

Words = frozenset[str]  # in a file: one string, words separated by spaces
Forms = tuple[str, ...]  # in a file: a list of regular expressions
Pattern = re.Pattern[str]  # in a file: a list of alternatives; case-insensitive

NEVER = re.compile("()(?!)")  # matches nothing; has the group 1 that some replacements use

# Templates around the alternatives of a Pattern.
ANY = "{}"
WORD = r"\b(?:{})\b"
# The same in scripts without spaces, too, where a word begins and ends beside letters.
WORD_OR_LETTERS = r"(?:\b|(?<=[\u3040-\u9fff]))(?:{})(?:\b|(?=[\u3040-\u9fff]))"


def any_of(forms: Iterable[str]) -> str:
    """Return a regular expression of alternatives; one that matches nothing if there are none."""
    return "|".join(forms) or "(?!)"
