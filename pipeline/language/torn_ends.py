"""Finds the last clause of a sentence that was broken off: "…, and the whole room just."

It is dropped, unless the next sentence goes on with it: of "It went." nobody could tell what went
once "the whole room" is gone. Then both are one sentence, with an ellipsis between them.
"""

import re

from pipeline.language import languages
from pipeline.language.clauses import (
    MIN_CLAUSE_WORDS,
    ClauseRules,
    is_independent,
    is_subject,
    part_joins,
)
from pipeline.language.disfluencies import bare
from pipeline.language.schema.entries import any_of

# maximum words of a sentence that goes on with a torn clause; a longer one has its own
MAX_RESUMED_WORDS = 6


def drop_torn_end(text: str, rules: ClauseRules) -> str:
    """Return a sentence without a last clause that was broken off, unless little else is left."""
    kept, torn = _divide(text, rules)
    return f"{kept}." if torn else text


def resume(text: str, after: str, rules: ClauseRules) -> str:
    """Return a sentence and the next as one if the next goes on with its torn end, else "".

    Both are tidied. The torn end names somebody or something ("the whole room just"), and the next
    sentence is short and begins with the pronoun for it.
    """
    torn = part_joins(_divide(text, rules)[1], rules.known)[1]
    if not (_names(torn, rules) and _takes_up(after, rules)):
        return ""
    return f"{text.rstrip('.')}{rules.known.ellipsis}{after[:1].lower()}{after[1:]}"


def _takes_up(text: str, rules: ClauseRules) -> bool:
    """Return whether a sentence is short and begins with a pronoun for what was named before."""
    facts = languages.language(rules.language)
    first, *rest = [bare(token) for token in text.split()] or [""]
    pronoun = first.partition("'")[0]
    # a polite pronoun keeps its capital: German "Sie"
    stands_for = (facts.pronouns & rules.known.subjects) - facts.polite_pronouns
    return pronoun in stands_for and 0 < len(rest) < MAX_RESUMED_WORDS


def _names(torn: str, rules: ClauseRules) -> bool:
    """Return whether a torn end begins with a noun or a name and has more than that."""
    first, *rest = torn.split() or [""]
    if bare(first) in rules.known.determiners:
        return len(rest) > 1  # "the room just"
    return first[:1].isupper() and not is_subject(bare(first), rules.known) and bool(rest)


def _divide(text: str, rules: ClauseRules) -> tuple[str, str]:
    """Return what stays of a sentence, and its torn end, "" if it has none that can be dropped."""
    last = (text.split() or [""])[-1]
    breaking = languages.language(rules.language).breaking - rules.known.complementizers
    if last[:1].isupper() or bare(last) not in breaking or text.endswith("?"):
        return text, ""  # "He didn't know that." has no sense without what he knew
    clause = re.compile(rf",? (?:{any_of(sorted(rules.known.joins))}) |, ")
    if bare(last) in rules.known.joins:
        before = text[: -len(last)].rstrip(" ,")
        if is_independent(clause.split(before)[-1:], rules):
            return before, last  # "it was late, it was raining and."
    found = list(clause.finditer(text))
    kept = text[: found[-1].start()] if found else ""
    is_enough = len(kept.split()) >= MIN_CLAUSE_WORDS
    return (kept, text[found[-1].start() :].lstrip(" ,")) if is_enough else (text, "")
