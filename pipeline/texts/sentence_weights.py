"""How much a sentence says, and whether it says it alone."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.analysis import lexical_cues, salience
from pipeline.core.arrays import F32
from pipeline.core.data import Sentence
from pipeline.core.statistics import logistic
from pipeline.language import languages, lexicon
from pipeline.language.discourse_markers import depends_on_previous, is_chatter, marker_patterns
from pipeline.language.disfluencies import bare
from pipeline.language.languages import Grammar
from pipeline.language.text_limits import width

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]

MIN_SENTENCE_CHARS = 30  # characters of a sentence that says something
SHORTEST_PAST = 5  # letters of a verb that its ending shows to be in the past: no "red"
LEARNED = 0.3  # share of what editors choose in a weight, where it is known
# What weakens a sentence, and by how much.
WEAK = {"hedge": 0.75, "backchannel": 0.3, "promotion": 0.3, "ceremony": 0.3, "meta": 0.55}


def vectors(texts: list[str], language: str, embed: Embed | None) -> F32:
    """Unit vectors, shape (n, d): sentence embeddings, else words weighed by their rarity."""
    if embed is not None:
        return np.asarray(embed(texts), dtype=np.float32)
    stop = lexicon.stop_words(language)
    bags = [Counter(w for t in text.split() if (w := bare(t)) and w not in stop) for text in texts]
    spread = Counter(w for bag in bags for w in bag)
    place = {w: i for i, w in enumerate(spread)}
    found = np.zeros((len(texts), max(1, len(place))), dtype=np.float32)
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            rarity = math.log((1 + len(texts)) / (1 + spread[word])) + 1
            found[row, place[word]] = count * rarity
    norms = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return np.asarray(found / norms, dtype=np.float32)


def weights(texts: list[str], vectors: F32, language: str, known: Sequence[Sentence]) -> F32:
    """How much each sentence says, shape (n,), in [0, 1]: central, full, quotable.

    `known`: the sentences, where there are embeddings of them: then also what editors choose.
    """
    centre = vectors.mean(axis=0)
    central = vectors @ centre / max(float(np.linalg.norm(centre)), 1e-9)
    central = (central - central.min()) / max(float(np.ptp(central)), 1e-9)
    length = np.array([len(t.split()) if " " in t else len(t) / 2 for t in texts])
    full = np.clip(length / 12, 0, 1) * np.clip(45 / np.maximum(length, 1), 0.3, 1)
    found = 0.5 * central + 0.3 * full + 0.2 * np.array([_quotable(t, language) for t in texts])
    if known:
        own = vectors.astype(np.float64)
        told = logistic(salience.smooth(known, salience.score_sentences(known, own)))
        found = (1 - LEARNED) * found + LEARNED * told
    found *= np.array([_weakness(t, language) for t in texts])
    return np.asarray(found, dtype=np.float32)


def _weakness(text: str, language: str) -> float:
    """What remains of the weight of a sentence that doubts, or speaks of the talk itself."""
    weak = {"ceremony"} if is_chatter(text, language) else set()
    if grammar := languages.language(language).grammar:
        frame = grammar.frames.match(text)  # "I think that the …" is an opinion, not a doubt
        seen = lexical_cues.read(text[frame.end() :] if frame else text)
        weak |= {name for name in WEAK if name != "meta" and getattr(seen, name)}
        weak |= {"meta"} if grammar.meta.search(text) else set()
    elif marker_patterns(language).weak.search(text):
        weak.add("meta")
    return math.prod(WEAK[name] for name in weak)


def solid(text: str, language: str) -> bool:
    """Whether it is long enough to say something, and neither doubts nor talks about the talk."""
    return width(text) >= MIN_SENTENCE_CHARS and _weakness(text, language) == 1.0


def _quotable(text: str, language: str) -> float:
    """Numbers, names and strong words, in [0, 1]."""
    grammar, numbers = languages.language(language).grammar, lexicon.number_words(language)
    plain = [bare(t) for t in text.split()]
    points = any(c.isdigit() for c in text) or any(t in numbers for t in plain[1:])
    strong = sum(t in grammar.strong for t in plain) if grammar else 0
    return min(1.0, 0.4 * points + 0.3 * strong)


def alone(text: str, language: str) -> bool:
    """Whether nothing in its first words points back."""
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
    return tokens[0] not in grammar.leaning_starts


def _introduces(tokens: Sequence[str], grammar: Grammar) -> bool:
    """ "It began with a radio", "There was a keeper", "This list saves": it names its subject."""
    if len(tokens) < 2:
        return False
    first, second = tokens[:2]
    return (
        (first == grammar.dummy_subject and second in grammar.dummy_verbs)
        or (first == grammar.existential and second in grammar.being)
        or (first in grammar.introducing and second not in grammar.auxiliary)
    )


def general(text: str, language: str) -> bool:
    """Whether it is advice or a statement for everybody (by its word classes)."""
    grammar = languages.language(language).grammar
    if grammar is None:
        return False
    tokens = [bare(t) for t in text.split()]
    told = any(t in grammar.general for t in tokens)
    return not any(in_past(t, grammar) for t in tokens) and (
        told or tokens[0] in grammar.imperatives
    )


def in_past(word: str, grammar: Grammar) -> bool:
    """Whether a verb, bare, tells what once was."""
    return word in grammar.past or (
        word.endswith(grammar.past_endings) and len(word) >= SHORTEST_PAST
    )
