"""Finds what is said twice by mistake, and what is broken off.

Where a repetition may be meant it stays: a text that says too much is dull, one that says another
thing is false.
"""

import re
from collections.abc import Sequence

from pipeline.language import languages, lexicon

MAX_REPEATED_WORDS = 4  # words of a run that comes again
EDGES = ".,!?;:…\"'“”‘’()[]«»—–-"
_CUT_OFF = re.compile(r"[A-Za-zÀ-ÿ]+[-–]$")
_NUMBER = re.compile(r"\d")
# What is looked for whatever the language, as talks mix them.
_AT_FRONT = frozenset(languages.of_all(lambda known: known.repeated_at_front))
_BEFORE = frozenset(languages.of_all(lambda known: known.before_clauses))
_ALONGSIDE = frozenset(languages.of_all(lambda known: known.alongside))
_NEGATIONS = frozenset(languages.of_all(lambda known: known.negations))


def without_stutters(tokens: Sequence[str], language: str) -> list[str]:
    """Without the first of two equal runs, and without words broken off ("a w- window")."""
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
            if _same(first, again) and (
                _single(first[0], before, language)
                if size == 1
                else _begun(first, before, after, language)
            ):
                del kept[at : at + size]
            else:
                at += 1
    return kept


def bare(token: str) -> str:
    """A token without punctuation around it, small letters."""
    return token.strip(EDGES).lower().replace("’", "'")


def begun_again(before: Sequence[str], after: str, language: str) -> bool:
    """Whether a hesitation parts a word from itself at the front: "Das, äh, das ist gut".

    Not where it denies or counts, nor amid a clause: "Ann and Bob, um, Bob fell" is two.
    """
    word = bare(before[-1]) if before else ""
    front = len(before) == 1 or (len(before) == 2 and bare(before[0]) in _BEFORE)
    counts = word in lexicon.number_words(language) or bool(_NUMBER.search(word))
    return bool(word) and word == bare(after) and front and word not in _NEGATIONS and not counts


def _same(first: Sequence[str], again: Sequence[str]) -> bool:
    plain = [bare(t) for t in first]
    return plain == [bare(t) for t in again] and all(plain) and not _ends(first)


def _ends(run: Sequence[str]) -> bool:
    """ "No. No." is meant."""
    return any(t[-1] in ".!?;:" for t in run)


def _single(token: str, before: str, language: str) -> bool:
    word = bare(token)
    if word in languages.language(language).repeated:
        return True
    if token[-1] == ",":
        joined = bare(before) in _ALONGSIDE  # "my friend and I, I mean it"
        return word in _AT_FRONT and _front(before) and not joined  # "You, you never know"
    return word in languages.language(language).repeated_without_comma


def _front(before: str) -> bool:
    """Whether a clause begins after this."""
    return not before or before[-1] in ",;:" or bare(before) in _BEFORE


def _begun(run: Sequence[str], before: str, after: Sequence[str], language: str) -> bool:
    """Whether a run is begun again: at the front of a clause, or because it cannot end so.

    "I was, I was going", "after the, after the war"; not "if it works, it works" nor "can fix it,
    fix it", and nothing that denies, counts or names.
    """
    plain = [bare(t) for t in run]
    known, numbers = languages.language(language), lexicon.number_words(language)
    open_ended = plain[-1] in known.repeated or plain[-1] in known.repeated_in_runs
    denies = any(t in _NEGATIONS or t.endswith("n't") for t in plain)
    counts = any(t in numbers or _NUMBER.search(t) for t in plain)
    names = any(t[0].isupper() and bare(t).partition("'")[0] != "i" for t in run[1:])
    return (
        (open_ended or _front(before)) and bool(after) and not denies and not counts and not names
    )
