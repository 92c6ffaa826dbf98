"""Measures how much a sentence says, and whether it can stand alone."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.analysis import lexical_cues
from pipeline.core.arrays import F32
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import depends_on_previous, is_chatter, marker_patterns
from pipeline.language.disfluencies import EDGES, bare
from pipeline.language.schema.grammar import Grammar
from pipeline.language.text_limits import width

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]

_ASIDE = re.compile(r" – [^–]+ – ")
MIN_SENTENCE_CHARS = 30  # minimum characters of a sentence that says something
MIN_SYMBOLS = 2  # single letters, of a calculation
LETTER_WORDS = frozenset("IAÀÉÈOUYÓÙÒЯВСКИУАОТ")  # words of one letter
MAX_ELLIPTICAL_WORDS = 4  # maximum words of a sentence without its own verb: "The kids don't."
MAX_META_CHARS = 60  # maximum characters of a sentence that is all about the talk
MAX_NUMBERS = 2  # that count nothing, of a sentence that is no calculation
MIN_PAST_LETTERS = 5  # minimum letters of a verb whose ending shows the past tense: excludes "red"
# Factors for what weakens a sentence.
WEAKNESS_FACTORS = {
    "hedge": 0.75,
    "backchannel": 0.3,
    "promotion": 0.3,
    "ceremony": 0.3,
    "meta": 0.55,
}


def vectors(texts: list[str], language: str, embed: Embed | None) -> F32:
    """Return unit vectors, shape (n, d): sentence embeddings, else words weighted by rarity."""
    if embed is not None:
        return np.asarray(embed(texts), dtype=np.float32)
    stop = lexicon.stop_words(language)
    bags = [Counter(w for t in text.split() if (w := bare(t)) and w not in stop) for text in texts]
    document_counts = Counter(w for bag in bags for w in bag)
    place = {w: i for i, w in enumerate(document_counts)}
    result = np.zeros((len(texts), max(1, len(place))), dtype=np.float32)
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            rarity = math.log((1 + len(texts)) / (1 + document_counts[word])) + 1
            result[row, place[word]] = count * rarity
    norms = np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-9)
    return np.asarray(result / norms, dtype=np.float32)


def weights(texts: list[str], vectors: F32, language: str) -> F32:
    """Return how much each sentence says, shape (n,), in [0, 1]: central, full, quotable."""
    center = vectors.mean(axis=0)
    central = vectors @ center / max(float(np.linalg.norm(center)), 1e-9)
    central = (central - central.min()) / max(float(np.ptp(central)), 1e-9)
    length = np.array([len(t.split()) if " " in t else len(t) / 2 for t in texts])
    full = np.clip(length / 12, 0, 1) * np.clip(45 / np.maximum(length, 1), 0.3, 1)
    result = 0.5 * central + 0.3 * full + 0.2 * np.array([_quotable(t, language) for t in texts])
    result *= np.array([_weakness(t, language) for t in texts])
    return np.asarray(result, dtype=np.float32)


def _weakness(text: str, language: str) -> float:
    """Return the factor for a sentence that doubts, or talks about the talk itself."""
    weak = {"ceremony"} if is_chatter(text, language) else set()
    text = _ASIDE.sub(" ", text)  # a doubt about the day is none about what happened
    if grammar := languages.language(language).grammar:
        frame = grammar.frames.match(text)  # "I think that the …" is an opinion, not a doubt
        cues = lexical_cues.read(text[frame.end() :] if frame else text)
        weak |= {name for name in WEAKNESS_FACTORS if name != "meta" and getattr(cues, name)}
        weak |= {"meta"} if grammar.meta.search(text) else set()
    elif marker_patterns(language).weak.search(text):
        weak.add("meta")
    return math.prod(WEAKNESS_FACTORS[name] for name in weak)


def solid(text: str, language: str) -> bool:
    """Whether a sentence is long enough, no calculation, no doubt and not about the talk."""
    return (
        width(text) >= MIN_SENTENCE_CHARS
        and _weakness(text, language) == 1.0
        and not calculates(text, language)
    )


def noise(text: str, language: str) -> bool:
    """Whether a sentence talks about the talk, or only reacts."""
    grammar = languages.language(language).grammar
    meta = bool(grammar.meta.search(text)) and len(text) <= MAX_META_CHARS if grammar else False
    return meta or lexical_cues.read(text).backchannel


def calculates(text: str, language: str) -> bool:
    """Whether a sentence is a calculation, which nobody reads in words: "L equals lambda W"."""
    letters = [t for token in text.split() if len(t := token.strip(EDGES)) == 1]
    symbols = sum(t.isalpha() and t.upper() not in LETTER_WORDS for t in letters)
    return symbols >= MIN_SYMBOLS or _bare_numbers(text, language) > MAX_NUMBERS


def _bare_numbers(text: str, language: str) -> int:
    """Count the numbers that count nothing: "one over two", not "two eggs"."""
    small, named = lexicon.stop_words(language), lexicon.number_words(language)
    tokens = text.split()
    found = 0
    for token, after in pairwise([*tokens, ""]):
        if not (any(c.isdigit() for c in token) or bare(token) in named):
            continue
        counted = token[-1:] not in ",.;:!?" and bare(after) not in small | named | {""}
        found += not (counted and not any(c.isdigit() for c in after))
    return found


def _quotable(text: str, language: str) -> float:
    """Score numbers and strong words, in [0, 1]."""
    grammar, numbers = languages.language(language).grammar, lexicon.number_words(language)
    plain = [bare(t) for t in text.split()]
    points = any(c.isdigit() for c in text) or any(t in numbers for t in plain[1:])
    strong = sum(t in grammar.strong for t in plain) if grammar else 0
    return min(1.0, 0.4 * points + 0.3 * strong)


def alone(text: str, language: str) -> bool:
    """Whether nothing in the sentence's first words points back."""
    grammar = languages.language(language).grammar
    if grammar is None:
        return not depends_on_previous(text, language)
    tokens = [bare(t) for t in text.split()]
    if _introduces(tokens, grammar):
        return True
    if not tokens or tokens[0] in grammar.leaning | lexicon.ordinals(language):
        return False
    early = text.lower().split()[:3]
    if any(t.endswith(",") and t.removesuffix(",") in grammar.leaning_early for t in early):
        return False
    if tokens[-1] in grammar.elliptical and len(tokens) <= MAX_ELLIPTICAL_WORDS:
        return False
    return tokens[0] not in grammar.leaning_starts


def _introduces(tokens: Sequence[str], grammar: Grammar) -> bool:
    """Whether it names its subject: "It began with a radio", "There was a", "This list saves"."""
    if len(tokens) < 2:
        return False
    first, second = tokens[:2]
    return (
        (first == grammar.dummy_subject and second in grammar.dummy_verbs)
        or (first == grammar.existential and second in grammar.being)
        or (first in grammar.introducing and second not in grammar.auxiliary)
    )


def in_past(word: str, grammar: Grammar) -> bool:
    """Whether a verb, bare, is in the past tense."""
    return word in grammar.past or (
        word.endswith(grammar.past_endings) and len(word) >= MIN_PAST_LETTERS
    )
