"""Drops what a speaker gave up and began anew: restarts and false starts.

"If it's, if it's late" loses its first half, and "the tall one is, it's two meters" a verb. In the
terms of Shriberg ("Preliminaries to a Theory of Speech Disfluencies", 1994): the reparandum is
dropped, the repair stays.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.clauses import (
    BREAK,
    COMMA,
    ClauseRules,
    is_contracted,
    is_subject,
    part_joins,
    starts_clause,
)
from pipeline.language.disfluencies import bare
from pipeline.language.finite_verbs import is_finite
from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.entries import any_of

MAX_FALSE_START_WORDS = 7
MAX_RESTART_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The compiled patterns of a language."""

    restarted_verb: re.Pattern[str]  # "the tall one is, it's"
    said_that: re.Pattern[str]  # "he said that, it had"


def drop_restarts(text: str, language: str) -> str:
    """Drop the first of two equal runs of function words: "que, que no", "if it's, if it's".

    Negations and intensifiers are repeated on purpose.
    """
    known = languages.language(language)
    small = lexicon.stop_words(language)
    tokens = text.split()
    least = 1 if known.grammar is None else 2  # single words: `disfluencies`, by more than these
    meant = known.negations | known.intensifiers | known.pronouns | lexicon.number_words(language)
    for size in range(MAX_RESTART_WORDS, least - 1, -1):
        at = 0
        while at + 2 * size < len(tokens):
            first, again = tokens[at : at + size], tokens[at + size : at + 2 * size]
            said = [bare(t) for t in first]
            before = tokens[at - 1] if at else ""
            verb = size == 1 and before[-1:] == "," and is_finite(said[0], language)
            restarts = (
                said == [bare(t) for t in again]
                and (verb or set(said) <= small)
                and meant.isdisjoint(said)
                and all(t[-1] not in ".;:!?…" for t in first)
                and all(t[-1] != "," for t in again[:-1])  # "over and over, and"
                and (first[-1][-1] == "," or size > 1)
                and again[-1][-1] not in ",.;:!?…"
            )
            if restarts:
                again[0] = first[0][:1] + again[0][1:] if first[0][:1].isupper() else again[0]
                tokens[at : at + 2 * size] = again
            else:
                at += 1
    return " ".join(tokens) if len(tokens) < len(text.split()) else text


def drop_false_starts(text: str, rules: ClauseRules) -> str:
    """Drop what the speaker gave up: "is, it's two" -> "is two", "that's, you can't" -> …"""
    if '"' in text or BREAK.search(text):
        return text
    known, patterns = rules.known, _patterns(rules.language)
    text = patterns.restarted_verb.sub(r"\1 ", text)
    text = patterns.said_that.sub(r"\1 ", text)
    segments = COMMA.split(text)
    found, before = "", ""  # before: what stands in front of the next segment
    for segment, after in zip(segments, [*segments[1:], ""], strict=True):
        joins, own = part_joins(segment, known)
        again = after[:1].isalpha() and _repeats(own, after)
        follows = after[:1].isalpha() and starts_clause(after, rules)
        restarts = again and " " not in own and is_contracted(bare(own), known)
        if restarts or (follows and _is_given_up(own, known)):
            if joins:
                found, before = found + before + joins, " "
        elif (follows or again) and " " in own and is_contracted(bare(own.split()[-1]), known):
            found += before + segment.rsplit(maxsplit=1)[0]  # "that's why you're, you're standing"
            before = " "
        else:
            found += before + segment
            before = ", "
    return text if len(found) == len(text) else found[:1].upper() + found[1:]


def _is_given_up(segment: str, known: Clauses) -> bool:
    """Return whether a segment is a beginning without its rest: "that's", "it doesn't even"."""
    tokens = [bare(t) for t in segment.split()]
    if not tokens or len(tokens) > MAX_FALSE_START_WORDS:
        return False
    if tokens[0] in known.determiners and len(tokens) == 2 and "'" in tokens[1]:
        noun = known.finite.isdisjoint(tokens[1].split("'"))  # German "das war's" is whole
        return noun and not tokens[1].endswith("s'")  # "my wife's, she says"
    if not is_subject(tokens[0], known):
        return False
    if len(tokens) == 1:
        return is_contracted(tokens[0], known)
    return tokens[-1] in known.unfinished or (len(tokens) == 2 and tokens[1] in known.being)


def _repeats(own: str, after: str) -> bool:
    """Return whether the last word of a segment is the first of the next: "I'm, I'm wheezing"."""
    return bare((own.split() or [""])[-1]) == bare(after.partition(" ")[0])


@cache
def _patterns(language: str) -> _Patterns:
    known = languages.language(language).clauses or Clauses()
    subject = any_of(sorted(known.subjects))
    framing = any_of(sorted(known.framing_nouns))
    says = any_of(sorted(known.before_complementizers))
    complementizers = any_of(sorted(known.complementizers))
    return _Patterns(
        restarted_verb=re.compile(
            rf"\b((?!(?:{framing})\b)(?!(?:{subject})\b)\w+ (?:is|was)), "
            rf"(?:{subject})(?:'s| is| was)\s+(?!that\b)",
            re.IGNORECASE,
        ),
        said_that=re.compile(rf"\b((?:{says}) (?:{complementizers})), (?=\w)", re.IGNORECASE),
    )
