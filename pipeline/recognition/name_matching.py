"""Find where a text may mean one of the caller's names that the recognizer did not know.

Compares letters only; the recognizer judges whether the name was actually spoken.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

MIN_LIKENESS = 0.6  # share of letters; less similar stretches are not scored against the sound
SHORT_LETTERS = 4  # names of up to this many letters must be more similar
MIN_LIKENESS_SHORT = 0.74  # share of letters for short names
MAX_EXTRA_WORDS = 2  # a stretch may have this many words more than the name
MAX_SWAPS = 8  # stretches of one window, the most similar first
SAME_SOUNDS = str.maketrans("cqzwyj", "kksvii")  # letters that sound like others


@dataclass(frozen=True, slots=True)
class Swap:
    """Replaces words first..end-1 of a window, which may be a misrecognized name, with `text`."""

    first: int
    end: int
    text: str  # the name, with the punctuation that surrounded the words
    alike: float  # 0..1


class Names:
    """The names of one job."""

    def __init__(self, names: Sequence[str]) -> None:
        plain = dict.fromkeys(" ".join(name.split()) for name in names)
        self._names = [
            (name, key, len(name.split())) for name in plain if (key := _phonetic_key(name))
        ]

    def __bool__(self) -> bool:
        return bool(self._names)

    def swaps(self, words: Sequence[str]) -> list[Swap]:
        """Find stretches of `words` that resemble a name but are spelled differently.

        The words include their punctuation.
        """
        bare = [_split_marks(word) for word in words]
        keys = [_phonetic_key(middle) for _, middle, _ in bare]
        found = [swap for name in self._names for swap in _find_similar(name, bare, keys)]
        found.sort(key=lambda s: -s.alike)
        return found[:MAX_SWAPS]


NO_NAMES = Names(())


def _find_similar(
    name: tuple[str, str, int], words: Sequence[tuple[str, str, str]], keys: Sequence[str]
) -> Iterator[Swap]:
    """Yield the stretches that resemble one name.

    Skips stretches that cross punctuation or contain words where the name is already correct.
    """
    text, name_key, count = name
    threshold = MIN_LIKENESS_SHORT if len(name_key) <= SHORT_LETTERS else MIN_LIKENESS
    right = _correct_words(text, words)
    for first in range(len(words)):
        candidate = ""
        for end in range(first + 1, min(len(words), first + count + MAX_EXTRA_WORDS) + 1):
            candidate += keys[end - 1]
            if not keys[first] or end - 1 in right or len(candidate) * threshold > len(name_key):
                break
            if keys[end - 1] and len(candidate) >= len(name_key) * threshold:
                alike = Levenshtein.normalized_similarity(candidate, name_key)
                if alike >= threshold:
                    yield Swap(first, end, words[first][0] + text + words[end - 1][2], alike)
            if words[end - 1][2]:
                break


def _correct_words(name: str, words: Sequence[tuple[str, str, str]]) -> set[int]:
    """Return the indices of words that already spell the name correctly."""
    parts = name.split()
    found: set[int] = set()
    for first in range(len(words) - len(parts) + 1):
        if _join_words(words[first : first + len(parts)]) == name:
            found.update(range(first, first + len(parts)))
    return found


def _join_words(words: Sequence[tuple[str, str, str]]) -> str:
    """Join words without the punctuation around them."""
    text = " ".join("".join(word) for word in words)
    return text[len(words[0][0]) : len(text) - len(words[-1][2])]


@lru_cache(maxsize=4096)
def _split_marks(word: str) -> tuple[str, str, str]:
    """Split a word into leading marks, the bare word, and trailing marks or a trailing 's."""
    first, end = 0, len(word)
    while first < end and not word[first].isalnum():
        first += 1
    while end > first and not word[end - 1].isalnum():
        end -= 1
    middle = word[first:end]
    if len(middle) > 3 and middle[-2:] in ("'s", "’s"):
        end -= 2
    return word[:first], word[first:end], word[end:]


@lru_cache(maxsize=4096)
def _phonetic_key(text: str) -> str:
    """Reduce a text to a phonetic key: its letters, with letters that sound alike merged."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in plain if c.isalnum()).replace("ph", "f").replace("ck", "k")
    letters = letters.translate(SAME_SOUNDS)
    return "".join(c for n, c in enumerate(letters) if c != letters[n - 1 : n])
