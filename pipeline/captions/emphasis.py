"""Chooses the words of captions that stand out: numbers, names, words that carry a sentence.

Few are chosen, and never a word that only holds others together.
Where a language gives no sign of what a word is (no capital letters, no list of its common words)
it is left alone: only numbers are sure everywhere.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.language import languages, lexicon
from pipeline.language.function_words import function_words
from pipeline.language.writing_systems import separator

MAX_EMPHASIZED = 2  # words of a group that stand out
FEW_WORDS = 3  # words of a group of which one alone may
ALSO = 0.7  # strength from which on a second phrase of a group stands out as well
NUMBER, NAME, STRONG, TOPIC, CONTENT = 1.0, 0.8, 0.75, 0.6, 0.4  # strengths
MOSTLY = 0.6  # share of capitals within sentences from which on they tell nothing

ENDS = tuple(".!?…。！？؟।॥:")
QUOTES = "\"“„«‘'([¿¡"
MONEY = "$€£¥₹%‰"
APOSTROPHES = str.maketrans("’ʼ", "''")
TOPIC_LETTERS = 2  # fewer of one that comes again
MAX_NAME_LETTERS = 40  # letters of what can be a name
SHORTEST_NAME = 3  # where function words are not known

# What is looked for whatever the language, as talks mix them.
SCALES = frozenset(languages.of_all(lambda known: known.scales))
UNITS = SCALES | frozenset(languages.of_all(lambda known: known.units))
BEFORE_NAMES = frozenset(languages.of_all(lambda known: known.name_starts))


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words that stand out together or not at all; `end` is exclusive."""

    first: int
    end: int
    strength: float
    keeps: int  # words from `first` that may stand out without the rest; 0: none


def key_words(
    texts: Sequence[str], groups: Iterable[tuple[int, int]], language: str
) -> frozenset[int]:
    """Indices of the words that stand out.

    `texts` are words with their punctuation, of sentences in order; a group is the first and the
    end (exclusive) of words shown together. At most MAX_EMPHASIZED of a group stand out, never all.
    """
    phrases = list(_phrases(texts, language))
    found: set[int] = set()
    for first, end in groups:
        inside = [p for whole in phrases if (p := _within(whole, first, end)) is not None]
        found |= _best(inside, end - first)
    return frozenset(found)


def _within(phrase: _Phrase, first: int, end: int) -> _Phrase | None:
    """What of a phrase may stand out in words first..end-1."""
    if phrase.first < first or phrase.first >= end:
        return None
    if phrase.end <= end and phrase.end - phrase.first < end - first:
        return phrase
    keeps = min(phrase.keeps, end - phrase.first)
    if not keeps or keeps >= end - first:
        return None
    return _Phrase(phrase.first, phrase.first + keeps, phrase.strength, keeps)


def _best(phrases: Iterable[_Phrase], count: int) -> set[int]:
    """The strongest phrases for which a group of `count` words has room."""
    found: set[int] = set()
    for phrase in sorted(phrases, key=lambda p: (-p.strength, p.first)):
        taken = range(phrase.first, phrase.end)
        if found and (count <= FEW_WORDS or phrase.strength < ALSO):
            break
        if len(found) + len(taken) <= MAX_EMPHASIZED:
            found.update(taken)
    return found


def _phrases(texts: Sequence[str], language: str) -> Iterator[_Phrase]:
    """Numbers with their unit, names, and words that carry a sentence; none overlaps another."""
    plain = [_bare(text) for text in texts]
    names = _names(texts, plain, language)
    said = Counter(_core(word) for word in plain)
    at = 0
    while at < len(plain):
        following = _folded(plain[at + 1]) if at + 1 < len(plain) else ""
        if (end := _number_end(plain, at, following, language)) > at:
            yield _Phrase(at, end, NUMBER, 1)
        elif at in names:
            end = at + 2 if at + 1 in names and not texts[at].endswith((*ENDS, ",")) else at + 1
            yield _Phrase(at, end, NAME, 0)
        else:
            end = at + 1
            strength = _strength(plain[at], said, language)
            if strength:
                yield _Phrase(at, end, strength, 0)
        at = end


def _number_end(plain: Sequence[str], at: int, following: str, language: str) -> int:
    """Where a number with its unit that begins at `at` ends; `at` where there is none."""
    counts = following in UNITS
    if any(c.isdecimal() for c in plain[at]):
        return at + 2 if counts else at + 1
    known = languages.language(language)
    counting = known.number_words - known.uncounted_numbers if known.lit_numbers else frozenset()
    word = _folded(plain[at])
    if word in counting:
        if counts or following in counting:
            return at + 2
        big = word in SCALES or word not in lexicon.stop_words(language)
        return at + 1 if big else at
    return at


def _names(texts: Sequence[str], plain: Sequence[str], language: str) -> frozenset[int]:
    """Indices of words that capital letters show to be names."""
    begins = [
        n == 0 or texts[n - 1].rstrip("\"”’»)'").endswith(ENDS) or texts[n][:1] in QUOTES
        for n in range(len(texts))
    ]
    cased = [p for n, p in enumerate(plain) if p[:1] != p[:1].swapcase() and not begins[n]]
    capital = sum(p[0].isupper() and _core(p) != "i" for p in cased)
    if languages.language(language).capitalised_nouns or capital > MOSTLY * len(cased):
        return frozenset()
    small = {_folded(p) for p in cased if p[0].islower()}
    able = [n for n, p in enumerate(plain) if _may_be_name(p, language) and _folded(p) not in small]
    within = {_folded(plain[n]) for n in able if not begins[n]}
    found = {n for n in able if _folded(plain[n]) in within}
    return frozenset(
        found
        | {
            n
            for n, p in enumerate(plain)
            if n + 1 in found and p[:1].isupper() and _folded(p) in BEFORE_NAMES
        }
    )


def _may_be_name(word: str, language: str) -> bool:
    """Whether a word has a capital, and is none that only sentences begin with."""
    common = lexicon.common_words(language)
    if not word[:1].isupper() or _is_function(word, language) or _folded(word) in common:
        return False
    known = bool(lexicon.stop_words(language))
    return (2 if known else SHORTEST_NAME) <= len(word) <= MAX_NAME_LETTERS


def _strength(word: str, said: Counter[str], language: str) -> float:
    """How much a word carries its sentence; 0 where it does not, or nobody can tell."""
    core = _core(word)
    known = languages.language(language)
    least = known.content_letters
    if not least or _is_function(word, language) or not core.isalpha():
        return 0.0
    if known.grammar and core in known.grammar.emphatic:
        return STRONG
    if core.endswith(known.adverb_endings) or core in known.common_words:
        return 0.0
    if known.capitalised_nouns and not word[0].isupper():
        return 0.0
    if said[core] > 1 and len(core) >= least - TOPIC_LETTERS:
        return TOPIC
    return CONTENT + 0.01 * min(len(core), 15) if len(core) >= least else 0.0


def _is_function(word: str, language: str) -> bool:
    """Whether a word only holds others together."""
    grammar = languages.language(language).grammar
    if grammar and _core(word) in grammar.emphatic:
        return False
    return not function_words(language).isdisjoint((_folded(word), _core(word)))


def _core(word: str) -> str:
    """A word without what an apostrophe ties to it: homme of l'homme, Anna of Anna's."""
    before, _, after = _folded(word).partition("'")
    return after if after and len(before) <= 2 else before


def _bare(text: str) -> str:
    """A word without the marks around it; none of a script that sets no spaces, but for digits."""
    bare = text.strip().strip("-–—")
    while bare and not (bare[0].isalnum() or bare[0] in MONEY):
        bare = bare[1:]
    while bare and not (bare[-1].isalnum() or bare[-1] in MONEY):
        bare = bare[:-1]
    if bare and not separator(bare, bare) and not any(c.isdecimal() for c in bare):
        return ""
    return bare


def _folded(word: str) -> str:
    return word.translate(APOSTROPHES).casefold()
