"""Put marks where the recognizer wrote none: ends of sentences, questions, commas.

The recognizer writes good marks most of the time, and sometimes none for a whole window. There a
tagger of the bare words, the pauses, and capitals that the recognizer wrote all the same are
weighed together (a log-linear model; `make train-punctuation` fits it). Marks that it wrote stay:
it heard the voice, and the tagger knows the words alone.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise

from pipeline.core.data import Word
from pipeline.language import sentences

MARKS = ("", ",", ".", "?")  # classes; "." stands for every end but a question
LANGUAGES = ("en",)  # languages the tagger was trained on
UNMARKED_WORDS = 16  # longest run of words without a mark that the recognizer may have meant
LONG_PAUSE_S = 1.5  # longer pauses count the same
SHORT_PAUSE_S = 0.3
# Log-odds margin required to insert a comma; extra commas are more visible than missing ones.
COMMA_MARGIN = 1.0
MAX_SURPRISE = 4.0  # maximum surprise of a capital, in nats
FEATURES = (
    "always",
    *(f"tagger {mark}" for mark in MARKS[1:]),
    "pause",
    "short pause",
    "capital",
)
_TRAILING = re.compile(r"^(.*?[^.,:;!?…])([.,:;!?…]+)$", re.DOTALL)
_ENDS = frozenset(".!…;")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What the tagger thinks of each bare word, as natural logarithms of probabilities."""

    marks: Sequence[Sequence[float]]  # (n, len(MARKS)): the mark after the word
    capital: Sequence[Sequence[float]]  # (n, 2): lower case or upper case, within a sentence


Tagger = Callable[[Sequence[str]], Tags]  # reads the marks of bare words


def bare(text: str) -> str:
    """Return a word without the marks after it."""
    found = None if _is_fixed(text) else _TRAILING.match(text)
    return found[1] if found else text


def written(text: str) -> int:
    """Return the class of the mark after a word, an index into MARKS."""
    found = _TRAILING.match(text.rstrip(sentences.CLOSERS))
    if not found or _is_abbreviation(text):
        return 0
    if "?" in found[2]:
        return MARKS.index("?")
    return MARKS.index("." if _ENDS & set(found[2]) else ",")


def mend(words: Sequence[Word], language: str, tagger: Tagger | None) -> tuple[Word, ...]:
    """Return the words without stops in the middle of a phrase, and with marks where none are.

    Marks are added in the languages that the tagger knows.
    """
    kept = sentences.drop_false_stops(words, language)
    if tagger is None or language not in LANGUAGES or not any(_unmarked(kept)):
        return kept
    return apply(kept, tagger([bare(word.text) for word in kept]))


def apply(words: Sequence[Word], tags: Tags) -> tuple[Word, ...]:
    """Return the words with the likeliest marks where none are; sentences begin with a capital."""
    mended: list[Word] = []
    begins = False
    for word, row, is_free in zip(words, scores(words, tags), _unmarked(words), strict=True):
        text = word.text
        if begins and text.islower():  # iPhone and eBay stay
            text = text[:1].upper() + text[1:]
        begins = False
        if is_free and not _is_fixed(text) and (mark := _likeliest(row)):
            text += mark
            begins = mark != ","
        mended.append(word if text == word.text else replace(word, text=text))
    return tuple(mended)


def scores(words: Sequence[Word], tags: Tags) -> list[list[float]]:
    """Return the scores of MARKS after each word."""
    weights = _weights()
    return [
        [sum(w * x for w, x in zip(row, seen, strict=True)) for row in weights]
        for seen in features(words, tags)
    ]


def features(words: Sequence[Word], tags: Tags) -> list[list[float]]:
    """Return the features of the place after each word: (n, len(FEATURES))."""
    pauses = [max(0.0, b.start_s - a.end_s) for a, b in pairwise(words)] + [0.0]
    surprises = [
        min(MAX_SURPRISE, -upper) if word.text[:1].isupper() and not _is_i(word.text) else 0.0
        for word, (_, upper) in zip(words, tags.capital, strict=True)
    ]
    found = []
    for (none, *others), pause_s, surprise in zip(
        tags.marks, pauses, [*surprises[1:], 0.0], strict=True
    ):
        row = [1.0, *(other - none for other in others)]
        row += [min(pause_s, LONG_PAUSE_S), min(pause_s, SHORT_PAUSE_S), surprise]
        found.append(row)
    return found


def _unmarked(words: Sequence[Word]) -> list[bool]:
    """Return whether each word is in a long run without a mark; its last word is not."""
    found = [False] * len(words)
    start = 0
    for i, word in enumerate(words):
        if i == len(words) - 1 or written(word.text):
            if i - start > UNMARKED_WORDS:
                found[start:i] = [True] * (i - start)
            start = i + 1
    return found


def _likeliest(row: Sequence[float]) -> str:
    best = max(range(len(row)), key=row.__getitem__)
    is_weak = MARKS[best] == "," and row[best] < row[0] + COMMA_MARGIN
    return "" if is_weak else MARKS[best]


def _is_i(text: str) -> bool:
    return text == "I" or text.startswith(("I'", "I’"))


def _is_fixed(text: str) -> bool:
    """Return whether the marks of a word belong to it, or stand within quotation marks."""
    return _is_abbreviation(text) or text.endswith(tuple(sentences.CLOSERS))


def _is_abbreviation(text: str) -> bool:
    return text.endswith(".") and not text.endswith("..") and not sentences.ends_sentence(text)


@cache
def _weights() -> list[list[float]]:
    """Return (len(MARKS), len(FEATURES))."""
    stored = json.loads(
        resources.files("pipeline").joinpath("weights/punctuation.json").read_text()
    )
    return [[stored[mark][name] for name in FEATURES] for mark in MARKS]
