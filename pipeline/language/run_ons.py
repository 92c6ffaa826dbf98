"""Divides run-ons: "He's a lovely man, he's not a fast man." becomes two sentences.

Speech strings main clauses together, and a recognizer puts commas between them. A full stop
replaces the comma between two independent clauses, dashes those around a remark in passing.
"""

import re
from collections.abc import Sequence

from pipeline.language import languages
from pipeline.language.clauses import (
    COMMA,
    ClauseRules,
    is_independent,
    is_waiting,
    starts_clause,
)
from pipeline.language.disfluencies import bare
from pipeline.language.typography import QUOTED

MAX_ASIDE_WORDS = 6


def divide(text: str, rules: ClauseRules) -> str:
    """Put full stops for the commas between independent clauses, outside quotations."""
    pieces: list[str] = []
    for piece in re.split(f"({QUOTED.pattern})", text):
        quoted = piece[:1] in '“«„「"'
        pieces.append(piece if quoted else _divide_plain(piece, rules))
    return "".join(pieces)


def _divide_plain(text: str, rules: ClauseRules) -> str:
    pieces = re.split(r"((?<=[.!?…])\s+)", text)
    return "".join(_divide_sentence(p, rules) if p.strip() else p for p in pieces)


def _divide_sentence(sentence: str, rules: ClauseRules) -> str:
    dash = languages.language(rules.language).dash
    segments, commas = COMMA.split(sentence), COMMA.findall(sentence)
    found = segments[0]
    clause = [segments[0]]  # segments of the clause before
    aside = False  # the segment before is a remark in passing, between dashes
    for comma, segment, after in zip(commas, segments[1:], [*segments[2:], ""], strict=False):
        if aside:
            found += dash + segment
            clause.append(segment)
            aside = False
        elif _is_aside(segment, clause, after, rules):
            found += dash + segment
            aside = True
        elif _is_sentence(segment, clause, after, rules):
            found += f". {segment[:1].upper()}{segment[1:]}"
            clause = [segment]
        else:
            found += comma + segment
            clause.append(segment)
    return found


def _is_sentence(segment: str, clause: Sequence[str], after: str, rules: ClauseRules) -> bool:
    """Return whether a segment begins a sentence after a clause, the segments before it."""
    return (
        is_independent(clause, rules)
        and starts_clause(segment, rules)
        and bare(after.partition(" ")[0]) not in rules.known.alternatives
    )


def _is_aside(segment: str, clause: Sequence[str], after: str, rules: ClauseRules) -> bool:
    """Return whether a segment is a short remark after which the clause before it goes on.

    "There was a call – it was a Tuesday – from a woman", but not "I had it, it was on the bench, on
    the felt", where the remark has such a phrase of its own. "I was there the night – it was two
    winters ago – there was a boat": here only a clause tells what the night was.
    """
    tokens = [bare(token) for token in segment.split()]
    if len(tokens) > MAX_ASIDE_WORDS or not starts_clause(segment, rules):
        return False
    if is_waiting(clause[-1], rules):
        return starts_clause(after, rules)
    first = bare(after.partition(" ")[0])
    returns = rules.known.continues - rules.known.relatives - rules.known.comparing
    return first in returns and first not in tokens and is_independent(clause, rules)
