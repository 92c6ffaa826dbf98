"""Tells whether words are a main clause, by the word classes of the language's file (`[clauses]`).

The rules are cautious: words that may be something else are no clause.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pipeline.language import languages
from pipeline.language.disfluencies import bare
from pipeline.language.finite_verbs import is_finite, words
from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.entries import any_of

MIN_CLAUSE_WORDS = 3
MIN_NOUN_WORDS, MAX_NOUN_WORDS = 2, 4  # words of a subject with its determiner, before its verb
MAX_REMARK_WORDS = 4  # "I don't know", "I would say"
COMMA = re.compile(r"(?<=[^\W\d_]),\s+|(?<=[\d%”]),\s+")  # between clauses, not in a number
BREAK = re.compile(r"\s(?:-+|–|—)\s|[;:—]|--")  # a stronger mark within a sentence


@dataclass(frozen=True, slots=True)
class ClauseRules:
    """What tells the clauses of a language apart."""

    language: str
    known: Clauses
    reports: re.Pattern[str]  # "said": what follows may be what was said
    waiting: re.Pattern[str]  # "Skerrin the night": group 1 is the word before


@cache
def clause_rules(language: str) -> ClauseRules | None:
    """Return the rules of a language; None if its word classes are not known."""
    known = languages.language(language).clauses
    if known is None:
        return None
    reporting = any_of([*known.saying, *known.reporting])
    complementizers = any_of(sorted(known.complementizers))
    reports = re.compile(rf"\b(?:{reporting})\b(?! (?:{complementizers})\b)", re.IGNORECASE)
    waiting = re.compile(rf"([\w'’-]+) (?:{any_of(known.waiting_ends)})$", re.IGNORECASE)
    return ClauseRules(language=language, known=known, reports=reports, waiting=waiting)


def is_independent(segments: Sequence[str], rules: ClauseRules) -> bool:
    """Return whether a clause can stand: a subject first, a finite verb, an end that is one."""
    known = rules.known
    text = " ".join(segments)
    phrases = (s for s in segments[1:] if part_joins(s, known)[0])
    if BREAK.search(text) or rules.reports.search(" ".join(segments[-2:])):
        return False
    if is_waiting(segments[-1], rules):
        return False
    if not all(_has_verb(phrase, rules) for phrase in phrases):
        return False  # "because for me, I"
    rows = [tokens for s in segments if (tokens := _own_tokens(s, rules))]
    while len(rows) > 1 and not any(_is_finite(t, rules) for t in rows[0]):
        if known.relatives & set(rows[0]) or rows[0][-1] in known.open_ends:
            return False
        rows = rows[1:]  # "In the afternoon, it's thirty"
    return bool(rows) and _is_main(rows, rules, named=_is_name(segments[0]))


def is_waiting(segment: str, rules: ClauseRules) -> bool:
    """Return whether a clause waits for what happened then: "I was there the night".

    "At the time" and "that was the day" are complete.
    """
    found = rules.waiting.search(segment)
    before = bare(found[1]) if found else ""
    return bool(before) and before not in rules.known.continues and not _is_finite(before, rules)


def starts_clause(segment: str, rules: ClauseRules) -> bool:
    """Return whether a main clause begins here that is more than a remark ("I think")."""
    known = rules.known
    tokens = words(segment, rules.language)
    if len(tokens) < MIN_CLAUSE_WORDS:
        return False
    if tokens[0] in known.articles:
        return _has_subject(tokens, rules)
    if not is_subject(tokens[0], known):
        return False
    near = tokens[1 : 1 + known.verb_within] if "'" not in tokens[0] else tokens[:2]
    if known.verb_within and not any(_is_finite(t, rules) for t in near):
        return False  # "die Kette, die er repariert hat": the verb comes last
    if "'" not in tokens[0] and tokens[1] in known.no_verbs:
        return False
    return not (tokens[-1] in known.opinions and len(tokens) <= MAX_REMARK_WORDS)


def part_joins(segment: str, known: Clauses) -> tuple[str, str]:
    """Return the conjunctions at the start of a segment, and the rest."""
    tokens = segment.split()
    before = known.joins | known.interjections
    count = next((n for n, t in enumerate(tokens) if bare(t) not in before), len(tokens))
    return " ".join(tokens[:count]), " ".join(tokens[count:])


def is_subject(token: str, known: Clauses) -> bool:
    """Return whether a bare word is a pronoun that begins a clause, alone or with its verb."""
    stem, contracted, _ = token.partition("'")
    return stem in known.subjects or (bool(contracted) and stem in known.contracting)


def is_contracted(token: str, known: Clauses) -> bool:
    """Return whether a token is a subject with its verb, which ends no clause: "it's"."""
    return "'" in token and is_subject(token, known)


def _is_main(rows: Sequence[Sequence[str]], rules: ClauseRules, *, named: bool) -> bool:
    """Return whether bare words, a row for each segment, are a main clause and what adds to it."""
    known, tokens = rules.known, rows[0]
    after = tokens[1:] if is_subject(tokens[0], known) else tokens  # Dutch "dat" is both
    begins = tokens[0] in known.determiners or is_subject(tokens[0], known) or named
    nouns = known.adverbial_nouns
    when = nouns & set(tokens[1:3]) or any(  # "the first time I came, I"
        a in nouns and is_subject(b, known) for a, b in pairwise(tokens)
    )
    return (
        len(tokens) >= MIN_CLAUSE_WORDS
        and begins
        and not when
        and known.relatives.isdisjoint(after)  # "the man who came, he"
        and _verb_comes_first(tokens, rules)
        and not any(_depends(row, known) for row in rows[1:])
        and tokens[-1] not in known.open_ends | known.joins | known.interjections
    )


def _verb_comes_first(tokens: Sequence[str], rules: ClauseRules) -> bool:
    """Return whether a verb precedes each further clause, and one follows the last "that"."""
    known = rules.known
    verbs = [n for n, token in enumerate(tokens) if _is_finite(token, rules)]
    inner = [
        n
        for n, token in enumerate(tokens)
        if n and (token in known.subjects or token in known.contracting)
    ]
    that = [n for n in inner if tokens[n] in known.contracting]
    if not verbs or (inner and inner[0] < verbs[0]):
        return False
    return not that or verbs[-1] > that[-1] or that[-1] == len(tokens) - 1


def _own_tokens(segment: str, rules: ClauseRules) -> list[str]:
    """Return the bare words of a segment without the conjunctions at its start."""
    return words(part_joins(segment, rules.known)[1], rules.language)


def _depends(tokens: Sequence[str], known: Clauses) -> bool:
    """Return whether a later segment waits for a main clause: "when we came", "so long when"."""
    opens = (
        tokens[0] in known.relatives - known.adding or tokens[0] in known.continues - known.adding
    )
    within = (known.relatives - known.adding - known.trailing) & set(tokens[1:])
    adverb = len(tokens) == 1 and tokens[0].endswith(known.adverb_endings)
    return opens or bool(within) or adverb or tokens[-1] in known.relatives | known.open_ends


def _has_subject(tokens: Sequence[str], rules: ClauseRules) -> bool:
    """Return whether a clause begins with a noun and its verb: "an old man put it there"."""
    known = rules.known
    verb = next((n for n, t in enumerate(tokens) if _is_finite(t, rules)), len(tokens))
    between = set(tokens[1:verb])
    return (
        MIN_NOUN_WORDS <= verb <= MAX_NOUN_WORDS
        and verb < len(tokens) - 1
        and not between & (known.relatives | known.continues | known.contracting | known.joins)
    )


def _has_verb(segment: str, rules: ClauseRules) -> bool:
    return any(_is_finite(token, rules) for token in words(segment, rules.language))


def _is_finite(token: str, rules: ClauseRules) -> bool:
    return is_finite(token, rules.language) or is_contracted(token, rules.known)


def _is_name(segment: str) -> bool:
    """Return whether a segment begins with two capitalized words, or a word that names somebody."""
    words = segment.split()
    return (
        len(words) > 1 and words[0][:1].isupper() and words[1][:2].istitle() and words[1][1:2] > "Z"
    )
