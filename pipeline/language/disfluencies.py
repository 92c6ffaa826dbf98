"""Finds what is said twice by mistake, and what is broken off.

Where a repetition may be meant it stays: a text that says too much is dull, one that says another
thing is false.
"""

import re
from collections.abc import Sequence

from pipeline.language import lexicon

LONGEST = 4  # words of a run that comes again
EDGES = ".,!?;:…\"'“”‘’()[]«»—–-"
_CUT_OFF = re.compile(r"[A-Za-zÀ-ÿ]+[-–]$")
_NUMBER = re.compile(r"\d")
# No clause ends with these, so what follows is said again by mistake. Absent is what grammar
# doubles or leaves at the end: "told you you were", "nous nous", "die, die zahlen", "was gut ist,
# ist teuer", "I wanted to, to be honest", "er kommt mit, mit dem Rad".
NO_END: dict[str, frozenset[str]] = {
    "en": lexicon.as_set("the a an my your our their and but or because"),
    "de": lexicon.as_set("ein eine einen einem und aber oder von zum im am"),
    "fr": lexicon.as_set("je j'ai le un une des et mais du de à dans"),
    "es": lexicon.as_set("yo el los las un una y pero a de del al en con por mi"),
    "it": lexicon.as_set("io il lo i gli un una e ma a di del della da in con"),
    "pt": lexicon.as_set("eu o os um uma e mas de do da em com por até"),
    "nl": lexicon.as_set("de een en maar"),
    "ru": lexicon.as_set("и а но в на с из у к по от"),
}
# The same where no comma parts them: "so do I, I think".
UNPARTED: dict[str, frozenset[str]] = {
    "en": lexicon.as_set(
        "i we he she they i'm i've i'd we're we've they're he's she's it's there's who's what's of "
        "to for with from by about when while if as at than into since until although"
    ),
    "de": lexicon.as_set("ich wir mit auf zu"),
    "fr": lexicon.as_set("il on qui pour"),
    "nl": lexicon.as_set("ik wij van naar met voor op"),
    "ru": lexicon.as_set("я мы он"),
}
# No run ends with these either.
ENDS: dict[str, frozenset[str]] = {
    "de": lexicon.as_set("der die das dem den des"),
    "fr": lexicon.as_set("la les"),
    "es": lexicon.as_set("la que"),
    "it": lexicon.as_set("la le che"),
    "pt": lexicon.as_set("a as que"),
    "nl": lexicon.as_set("het"),
}
# Words said twice by mistake where a clause begins.
AT_FRONT = lexicon.as_set(
    "you it in is was that's i we he she they i'm i've it's there's if when to for with ich wir du "
    "sie es er tu vous il on tú usted lei você ik je u я мы он вы ты"
)
# After one of these a clause begins, and so may a false start.
_BEFORE = lexicon.as_set(
    "and but so or because then well yeah und aber oder weil dann et mais ou donc y pero porque "
    "pues e ma perché allora mas porque então en maar want dus и а но потому"
)
_ALONGSIDE = lexicon.as_set("and or und oder et ou y o e en of и или")
_NEGATIONS = lexicon.as_set(
    "not no never nobody nothing none neither nor cannot nicht nie kein keine keinen niemand "
    "nichts ne pas jamais rien non nunca nada nadie ni mai niente nessuno não jamais ninguém niet "
    "nooit geen niemand niets не нет никогда ничего никто ни"
)


def without_stutters(tokens: Sequence[str], language: str) -> list[str]:
    """Without the first of two equal runs, and without words broken off ("a w- window")."""
    kept = [
        token
        for token, after in zip(tokens, [*tokens[1:], ""], strict=False)
        if not (_CUT_OFF.fullmatch(token) and bare(after).startswith(bare(token)))
    ]
    for size in range(LONGEST, 0, -1):
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


def begun_again(before: Sequence[str], after: str) -> bool:
    """Whether a hesitation parts a word from itself at the front: "Das, äh, das ist gut".

    Not where it denies or counts, nor amid a clause: "Ann and Bob, um, Bob fell" is two.
    """
    word = bare(before[-1]) if before else ""
    front = len(before) == 1 or (len(before) == 2 and bare(before[0]) in _BEFORE)
    counts = word in lexicon.NUMBERS or bool(_NUMBER.search(word))
    return bool(word) and word == bare(after) and front and word not in _NEGATIONS and not counts


def _same(first: Sequence[str], again: Sequence[str]) -> bool:
    plain = [bare(t) for t in first]
    return plain == [bare(t) for t in again] and all(plain) and not _ends(first)


def _ends(run: Sequence[str]) -> bool:
    """ "No. No." is meant."""
    return any(t[-1] in ".!?;:" for t in run)


def _single(token: str, before: str, language: str) -> bool:
    word = bare(token)
    if word in NO_END.get(language, ()):
        return True
    if token[-1] == ",":
        joined = bare(before) in _ALONGSIDE  # "my friend and I, I mean it"
        return word in AT_FRONT and _front(before) and not joined  # "You, you never know"
    return word in UNPARTED.get(language, ())


def _front(before: str) -> bool:
    """Whether a clause begins after this."""
    return not before or before[-1] in ",;:" or bare(before) in _BEFORE


def _begun(run: Sequence[str], before: str, after: Sequence[str], language: str) -> bool:
    """Whether a run is begun again: at the front of a clause, or because it cannot end so.

    "I was, I was going", "after the, after the war"; not "if it works, it works" nor "can fix it,
    fix it", and nothing that denies, counts or names.
    """
    plain = [bare(t) for t in run]
    open_ended = plain[-1] in NO_END.get(language, ()) or plain[-1] in ENDS.get(language, ())
    denies = any(t in _NEGATIONS or t.endswith("n't") for t in plain)
    counts = any(t in lexicon.NUMBERS or _NUMBER.search(t) for t in plain)
    names = any(t[0].isupper() and bare(t).partition("'")[0] != "i" for t in run[1:])
    return (
        (open_ended or _front(before)) and bool(after) and not denies and not counts and not names
    )
