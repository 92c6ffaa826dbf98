"""Reads the word classes by which texts are judged (`words.toml`)."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("words.toml")
NOTHING = "(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordClasses:
    """Words in lower case; the head of words.toml explains them. Unknown languages have none."""

    never_last: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    negation_parts: re.Pattern[str] = re.compile(NOTHING)
    ends: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    dependent: frozenset[str] = frozenset()
    leaning: frozenset[str] = frozenset()
    impersonal: re.Pattern[str] = re.compile(NOTHING)
    pronouns: frozenset[str] = frozenset()
    determiners: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()

    def denies(self, word: str) -> bool:
        """Whether a bare word is a negation or contains one."""
        return word in self.negations or bool(self.negation_parts.search(word))


@cache
def word_classes(language: str) -> WordClasses:
    """Return the word classes of a language."""
    raw = tomllib.loads(PATH.read_text(encoding="utf-8")).get(language, {})
    found: dict[str, Any] = {
        name: re.compile("|".join(raw.pop(name, [])) or NOTHING, re.IGNORECASE)
        for name in ("negation_parts", "impersonal")
    }
    found |= {name: frozenset(text.split()) for name, text in raw.items()}
    return WordClasses(**found)
