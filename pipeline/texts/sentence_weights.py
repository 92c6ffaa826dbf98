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
from pipeline.language import lexicon
from pipeline.language.discourse_markers import chatters, leans, tongue
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]

SHORTEST = 30  # characters of a sentence that says something
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
    weak = {"ceremony"} if chatters(text, language) else set()
    if language == "en":
        frame = lexicon.FRAME.match(text)  # "I think that the …" is an opinion, not a doubt
        seen = lexical_cues.read(text[frame.end() :] if frame else text)
        weak |= {name for name in WEAK if name != "meta" and getattr(seen, name)}
        weak |= {"meta"} if lexicon.META.search(text) else set()
    elif tongue(language).weak.search(text):
        weak.add("meta")
    return math.prod(WEAK[name] for name in weak)


def solid(text: str, language: str) -> bool:
    """Whether it is long enough to say something, and neither doubts nor talks about the talk."""
    return width(text) >= SHORTEST and _weakness(text, language) == 1.0


def _quotable(text: str, language: str) -> float:
    """Numbers, names and strong words, in [0, 1]."""
    tokens = text.split()
    plain = [bare(t) for t in tokens]
    points = any(c.isdigit() for c in text) or any(t in lexicon.NUMBERS for t in plain[1:])
    strong = sum(t in lexicon.STRONG for t in plain) if language == "en" else 0
    return min(1.0, 0.4 * points + 0.3 * strong)


def alone(text: str, language: str) -> bool:
    """Whether nothing in its first words points back."""
    if language != "en":
        return not leans(text, language)
    tokens = [bare(t) for t in text.split()]
    if _introduces(tokens):
        return True
    if not tokens or tokens[0] in lexicon.LEANING | lexicon.ORDINALS:
        return False
    if any(
        t in ("that,", "it,", "this,", "these,", "those,", "so,") for t in text.lower().split()[:3]
    ):
        return False
    return tokens[0] not in ("and", "but", "or", "because", "so", "yes", "no", "exactly", "not")


def _introduces(tokens: Sequence[str]) -> bool:
    """ "It began with a radio", "There was a keeper", "This list saves": it names its subject."""
    if len(tokens) < 2:
        return False
    first, second = tokens[:2]
    return (
        (first == "it" and second in lexicon.DUMMY_VERBS)
        or (first == "there" and second in lexicon.BEING)
        or (first in ("this", "these") and second not in lexicon.AUXILIARY)
    )


def general(text: str, language: str) -> bool:
    """Whether it is advice or a statement for everybody (English only: by its words)."""
    if language != "en":
        return False
    tokens = [bare(t) for t in text.split()]
    past = sum(t in lexicon.PAST or (t.endswith("ed") and len(t) > 4) for t in tokens)
    told = any(t in ("you", "your", "people", "we", "never", "always") for t in tokens)
    return past == 0 and (told or tokens[0] in lexicon.IMPERATIVES)
