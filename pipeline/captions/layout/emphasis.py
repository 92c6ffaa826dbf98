"""Chooses the words that captions emphasize: numbers, names, words that carry a sentence.

Few words are chosen, and never function words.
If a language gives no evidence of a word's kind (no capital letters, no list of common words), the
word is not emphasized; only numbers are safe in every language.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.language import languages, lexicon
from pipeline.language.function_words import function_words
from pipeline.language.writing_systems import separator

NUMBER, NAME, STRONG, TOPIC, CONTENT = 1.0, 0.8, 0.75, 0.6, 0.4  # strengths
MAX_CAPITAL_SHARE = 0.6  # share of capitals within sentences; above it, capitals are no evidence

ENDS = tuple(".!?…。！？؟।॥:")
QUOTES = "\"“„«‘'([¿¡"
MONEY = "$€£¥₹%‰"
APOSTROPHES = str.maketrans("’ʼ", "''")
TOPIC_LETTERS_LESS = 2  # a repeated word may be this many letters shorter
MAX_NAME_LETTERS = 40  # letters of a possible name

# Matched in every language, because talks mix languages.
SCALES = frozenset(languages.of_all(lambda known: known.scales))
UNITS = SCALES | frozenset(languages.of_all(lambda known: known.units))
BEFORE_NAMES = frozenset(languages.of_all(lambda known: known.name_starts))


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One or two words that are emphasized together; `end` is exclusive."""

    first: int
    end: int
    strength: float


def key_words(
    texts: Sequence[str], groups: Iterable[tuple[int, int]], language: str
) -> frozenset[int]:
    """Return the indices of the words to emphasize.

    `texts` are words with their punctuation, of sentences in order. A group is the first and the
    end (exclusive) of words shown together; one number, name or word of it is chosen, never all.
    """
    phrases = list(_phrases(texts, language))
    result: set[int] = set()
    for first, end in groups:
        inside = [p for p in phrases if first <= p.first and p.end <= end]
        inside = [p for p in inside if p.end - p.first < end - first]
        if inside:
            best = max(inside, key=lambda phrase: phrase.strength)
            result.update(range(best.first, best.end))
    return frozenset(result)


def _phrases(texts: Sequence[str], language: str) -> Iterator[_Phrase]:
    """Yield numbers with their unit, names, and words that carry a sentence, without overlap."""
    plain = [_strip_marks(text) for text in texts]
    names = _names(texts, plain, language)
    occurrences = Counter(_strip_apostrophe(word) for word in plain)
    at = 0
    while at < len(plain):
        following = _fold(plain[at + 1]) if at + 1 < len(plain) else ""
        if (end := _number_end(plain, at, following, language)) > at:
            yield _Phrase(at, end, NUMBER)
        elif at in names:
            end = at + 2 if at + 1 in names and not texts[at].endswith((*ENDS, ",")) else at + 1
            yield _Phrase(at, end, NAME)
        else:
            end = at + 1
            strength = _strength(plain[at], occurrences, language)
            if strength:
                yield _Phrase(at, end, strength)
        at = end


def _number_end(plain: Sequence[str], at: int, following: str, language: str) -> int:
    """Return the end of a number with its unit that begins at `at`; `at` if there is none."""
    counts = following in UNITS
    if any(c.isdecimal() for c in plain[at]):
        return at + 2 if counts else at + 1
    known = languages.language(language)
    counting = known.number_words - known.uncounted_numbers if known.lit_numbers else frozenset()
    word = _fold(plain[at])
    if word in counting:
        if counts or following in counting:
            return at + 2
        big = word in SCALES or word not in lexicon.stop_words(language)
        return at + 1 if big else at
    return at


def _names(texts: Sequence[str], plain: Sequence[str], language: str) -> frozenset[int]:
    """Return the indices of words that are names according to their capital letters."""
    begins = [
        n == 0 or texts[n - 1].rstrip("\"”’»)'").endswith(ENDS) or texts[n][:1] in QUOTES
        for n in range(len(texts))
    ]
    cased = [p for n, p in enumerate(plain) if p[:1] != p[:1].swapcase() and not begins[n]]
    capital = sum(p[0].isupper() and _strip_apostrophe(p) != "i" for p in cased)
    if languages.language(language).capitalized_nouns or capital > MAX_CAPITAL_SHARE * len(cased):
        return frozenset()
    small = {_fold(p) for p in cased if p[0].islower()}
    candidates = [
        n for n, p in enumerate(plain) if _may_be_name(p, language) and _fold(p) not in small
    ]
    within = {_fold(plain[n]) for n in candidates if not begins[n]}
    result = {n for n in candidates if _fold(plain[n]) in within}
    return frozenset(
        result
        | {
            n
            for n, p in enumerate(plain)
            if n + 1 in result and p[:1].isupper() and _fold(p) in BEFORE_NAMES
        }
    )


def _may_be_name(word: str, language: str) -> bool:
    """Whether a word is capitalized and not one that is common at the start of a sentence."""
    common = lexicon.common_words(language)
    if not word[:1].isupper() or _is_function(word, language) or _fold(word) in common:
        return False
    return 2 <= len(word) <= MAX_NAME_LETTERS


def _strength(word: str, occurrences: Counter[str], language: str) -> float:
    """Return how much a word carries its sentence; 0 if it does not or its kind is unknown."""
    core = _strip_apostrophe(word)
    known = languages.language(language)
    min_letters = known.content_letters
    if not min_letters or _is_function(word, language) or not core.isalpha():
        return 0.0
    if core in known.emphatic:
        return STRONG
    if core.endswith(known.adverb_endings) or core in known.common_words:
        return 0.0
    if known.capitalized_nouns and not word[0].isupper():
        return 0.0
    if occurrences[core] > 1 and len(core) >= min_letters - TOPIC_LETTERS_LESS:
        return TOPIC
    return CONTENT + 0.01 * min(len(core), 15) if len(core) >= min_letters else 0.0


def _is_function(word: str, language: str) -> bool:
    """Whether a word is a function word."""
    if _strip_apostrophe(word) in languages.language(language).emphatic:
        return False
    return not function_words(language).isdisjoint((_fold(word), _strip_apostrophe(word)))


def _strip_apostrophe(word: str) -> str:
    """Strip the part joined by an apostrophe: homme of l'homme, Anna of Anna's."""
    before, _, after = _fold(word).partition("'")
    return after if after and len(before) <= 2 else before


def _strip_marks(text: str) -> str:
    """Strip punctuation; a word of a script without spaces becomes empty unless it has digits."""
    bare = text.strip().strip("-–—")
    while bare and not (bare[0].isalnum() or bare[0] in MONEY):
        bare = bare[1:]
    while bare and not (bare[-1].isalnum() or bare[-1] in MONEY):
        bare = bare[:-1]
    if bare and not separator(bare, bare) and not any(c.isdecimal() for c in bare):
        return ""
    return bare


def _fold(word: str) -> str:
    return word.translate(APOSTROPHES).casefold()
