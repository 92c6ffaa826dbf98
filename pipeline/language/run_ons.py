"""Divides run-ons: "He's a lovely man, he's not a fast man." becomes two sentences.

Speech strings main clauses together, and a recognizer puts commas between them. A full stop
replaces the comma between two independent clauses, dashes those around a remark in passing.
"""

import re

from pipeline.language import languages
from pipeline.language.clauses import COMMA, ClauseRules, is_independent, starts_clause
from pipeline.language.disfluencies import bare
from pipeline.language.schema.clauses import Clauses
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
    cuts = list(COMMA.finditer(sentence))
    ends = [*(m.start() for m in cuts), len(sentence)]
    starts = [0, *(m.end() for m in cuts)]
    segments = [sentence[a:b] for a, b in zip(starts, ends, strict=True)]
    found = segments[0]
    clause = [segments[0]]  # segments of the clause before
    aside = False  # the segment before is a remark in passing, between dashes
    for at, segment in enumerate(segments[1:], 1):
        after = segments[at + 1] if at + 1 < len(segments) else ""
        if aside:
            found += dash + segment
            clause.append(segment)
            aside = False
        elif (
            not (is_independent(clause, rules) and starts_clause(segment, rules))
            or bare(after.partition(" ")[0]) in rules.known.alternatives
        ):
            found += sentence[ends[at - 1] : starts[at]] + segment
            clause.append(segment)
        elif _is_aside(segment, after, rules.known):
            found += dash + segment  # "a call – it was a Tuesday – from a woman"
            aside = True
        else:
            found += f". {segment[:1].upper()}{segment[1:]}"
            clause = [segment]
    return found


def _is_aside(segment: str, after: str, known: Clauses) -> bool:
    """Return whether the clause before goes on after a short remark."""
    first = bare(after.partition(" ")[0])
    return (
        len(segment.split()) <= MAX_ASIDE_WORDS
        and first in known.continues
        and first not in known.relatives
    )
