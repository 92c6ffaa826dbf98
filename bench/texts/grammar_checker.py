"""Asks Harper, an English grammar checker that needs no network, about sentences.

Harper (Apache-2.0, by Automattic) is in the package harper-py; it is no part of the product. Only
its rules about grammar count: not spelling (names), style, length, or what a house style decides.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from bench.texts.drafts import Draft
from bench.texts.findings import Finding

MISSING = (
    "no grammar checker: pip install harper-py adds it (docs/design/words.md); the column is empty"
)
KINDS = frozenset({"Agreement", "BoundaryError", "Grammar", "Malapropism", "Repetition"})
WRONG_RULES = frozenset({"ItsPossessive"})  # rejects "I wouldn't say it's drama"


@cache
def linter() -> Any | None:
    """Return Harper; None if it is not installed."""
    try:
        harper = import_module("harper")
    except ImportError:
        return None
    return harper.Linter(harper.Dialect.BRITISH) if hasattr(harper, "Linter") else None


def find_grammar(draft: Draft) -> Iterator[Finding]:
    """Find the sentences that the checker rejects, once each."""
    checker = linter()
    if checker is None or draft.language != "en":
        return
    for sentence in draft.sentences:
        if why := rejects(sentence):
            yield Finding("grammar", sentence, why)


def rejects(sentence: str) -> str:
    """Return why the checker rejects an English sentence, else "" (also without a checker)."""
    checker = linter()
    if checker is None:
        return ""
    for rule, lints in checker.organized_lints(sentence, language="plaintext").items():
        for lint in lints:
            if lint.lint_kind in KINDS and rule not in WRONG_RULES:
                return f"{rule}: “{lint.problem_text}”: {lint.message}"
    return ""
