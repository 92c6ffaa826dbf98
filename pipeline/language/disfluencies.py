"""Detect words repeated by mistake, and words broken off.

A repetition that may be intended stays: a text that says too much is dull, but one that says
something else is false.
"""

import re
from collections.abc import Sequence

from pipeline.language import languages, lexicon

MAX_REPEATED_WORDS = 4  # words of a repeated run
EDGES = ".,!?;:…\"'“”„‘’()[]«»—–-"
_CUT_OFF = re.compile(r"[A-Za-zÀ-ÿ]+[-–]$")
_NUMBER = re.compile(r"\d")
# Applied in every language, because talks mix languages.
_AT_FRONT = frozenset(languages.of_all(lambda known: known.repeated_at_front))
_BEFORE = frozenset(languages.of_all(lambda known: known.before_clauses))
_ALONGSIDE = frozenset(languages.of_all(lambda known: known.alongside))
_NEGATIONS = frozenset(languages.of_all(lambda known: known.negations))


def drop_stutters(tokens: Sequence[str], language: str) -> list[str]:
    """Drop the first of two equal runs, and words broken off ("a w- window")."""
    kept = [
        token
        for token, after in zip(tokens, [*tokens[1:], ""], strict=False)
        if not (_CUT_OFF.fullmatch(token) and bare(after).startswith(bare(token)))
    ]
    for size in range(MAX_REPEATED_WORDS, 0, -1):
        at = 0
        while at + 2 * size <= len(kept):
            first, again = kept[at : at + size], kept[at + size : at + 2 * size]
            before, after = kept[at - 1] if at else "", kept[at + 2 * size : at + 2 * size + 1]
            if _repeats(first, again) and (
                _is_stutter(first[0], before, language)
                if size == 1
                else _is_restarted_run(first, before, after, language)
            ):
                del kept[at : at + size]
            else:
                at += 1
    return kept


def bare(token: str) -> str:
    """Strip the punctuation around a token and lower its case."""
    return token.strip(EDGES).lower().replace("’", "'")


def is_restart(before: Sequence[str], after: str, language: str) -> bool:
    """Return whether a hesitation separates a word from its repetition: "Das, äh, das ist gut".

    The first must stand at the front or, unless it is a name, between commas: "the lower panel,
    number, um, number five". False for negations and numbers, and within a clause: in "Ann and Bob,
    um, Bob fell", Bob is meant twice.
    """
    word = bare(before[-1]) if before else ""
    front = len(before) == 1 or (len(before) == 2 and bare(before[0]) in _BEFORE)
    if len(before) > 1 and before[-2][-1] == before[-1][-1] == ",":
        nouns = languages.language(language).capitalized_nouns
        front = front or nouns or not before[-1][:1].isupper()
    counts = word in lexicon.number_words(language) or bool(_NUMBER.search(word))
    return bool(word) and word == bare(after) and front and word not in _NEGATIONS and not counts


def _repeats(first: Sequence[str], again: Sequence[str]) -> bool:
    plain = [bare(t) for t in first]
    return plain == [bare(t) for t in again] and all(plain) and not _ends_clause(first)


def _ends_clause(run: Sequence[str]) -> bool:
    """Return whether a run ends a clause: "No. No." is intended."""
    return any(t[-1] in ".!?;:" for t in run)


def _is_stutter(token: str, before: str, language: str) -> bool:
    word = bare(token)
    if word in languages.language(language).repeated:
        return True
    if token[-1] == ",":
        joined = bare(before) in _ALONGSIDE  # "my friend and I, I mean it"
        return word in _AT_FRONT and _starts_clause(before) and not joined  # "You, you never know"
    return word in languages.language(language).repeated_without_comma


def _starts_clause(before: str) -> bool:
    """Return whether a clause starts after `before`."""
    return not before or before[-1] in ",;:" or bare(before) in _BEFORE


def _is_restarted_run(run: Sequence[str], before: str, after: Sequence[str], language: str) -> bool:
    """Return whether a run is a restart: at the start of a clause, or because no clause can end so.

    "I was, I was going", "after the, after the war"; but not "if it works, it works" or "can fix
    it, fix it", and no run that contains a negation, a number or a name.
    """
    plain = [bare(t) for t in run]
    known, numbers = languages.language(language), lexicon.number_words(language)
    open_ended = plain[-1] in known.repeated or plain[-1] in known.repeated_in_runs
    sums = not known.operators.isdisjoint(plain)
    denies = any(t in _NEGATIONS or t.endswith("n't") for t in plain)
    counts = any(t in numbers or _NUMBER.search(t) for t in plain)
    names = any(t[0].isupper() and bare(t).partition("'")[0] != "i" for t in run[1:])
    return (
        (open_ended or _starts_clause(before))
        and bool(after)
        and not denies
        and not counts
        and not sums
        and not names
    )
