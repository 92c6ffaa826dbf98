"""Where a text may mean one of the caller's names that the recogniser did not know.

Compares letters alone; whether a name was said is for the recogniser to judge.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

LEAST_ALIKE = 0.6  # of the letters, for a stretch to be worth hearing again
SHORT = 4  # letters: names as short must be more alike
LEAST_ALIKE_SHORT = 0.74
MORE_WORDS = 2  # than the name has, in which it may have been heard
MAX_SWAPS = 8  # stretches of one window, the likest first
SOUNDS = str.maketrans("cqzwyj", "kksvii")  # letters that are heard as others


@dataclass(frozen=True, slots=True)
class Swap:
    """Words first..end-1 of a window that may be a name; `text` stands in their place."""

    first: int
    end: int
    text: str  # the name, with the marks that were around the words
    alike: float  # 0..1


class Names:
    """The names of one job."""

    def __init__(self, names: Sequence[str]) -> None:
        plain = dict.fromkeys(" ".join(name.split()) for name in names)
        self._names = [
            (name, heard, len(name.split())) for name in plain if (heard := _heard(name))
        ]

    def __bool__(self) -> bool:
        return bool(self._names)

    def swaps(self, words: Sequence[str]) -> list[Swap]:
        """Stretches of `words` (with their marks) that are like a name but not written so."""
        bare = [_bare(word) for word in words]
        heard = [_heard(middle) for _, middle, _ in bare]
        found = [swap for name in self._names for swap in _like(name, bare, heard)]
        found.sort(key=lambda s: -s.alike)
        return found[:MAX_SWAPS]


def _like(
    name: tuple[str, str, int], words: Sequence[tuple[str, str, str]], heard: Sequence[str]
) -> Iterator[Swap]:
    """The stretches that are like one name: none over marks, none with the name already in it."""
    text, wanted, count = name
    least = LEAST_ALIKE_SHORT if len(wanted) <= SHORT else LEAST_ALIKE
    right = _right(text, words)
    for first in range(len(words)):
        said = ""
        for end in range(first + 1, min(len(words), first + count + MORE_WORDS) + 1):
            said += heard[end - 1]
            if not heard[first] or end - 1 in right or len(said) * least > len(wanted):
                break
            if heard[end - 1] and len(said) >= len(wanted) * least:
                alike = likeness(said, wanted)
                if alike >= least:
                    yield Swap(first, end, words[first][0] + text + words[end - 1][2], alike)
            if words[end - 1][2]:
                break


def _right(name: str, words: Sequence[tuple[str, str, str]]) -> set[int]:
    """Indices of words that say a name as it is written."""
    parts = name.split()
    found: set[int] = set()
    for first in range(len(words) - len(parts) + 1):
        if _written(words[first : first + len(parts)]) == name:
            found.update(range(first, first + len(parts)))
    return found


def _written(words: Sequence[tuple[str, str, str]]) -> str:
    """Words without the marks around them."""
    text = " ".join("".join(word) for word in words)
    return text[len(words[0][0]) : len(text) - len(words[-1][2])]


def likeness(a: str, b: str) -> float:
    """1 for the same letters, 0 for none in common: 1 - edits / the longer's length."""
    return Levenshtein.normalized_similarity(a, b) if a or b else 0.0


@lru_cache(maxsize=4096)
def _bare(word: str) -> tuple[str, str, str]:
    """Marks before, the word, and marks or an 's after it."""
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
def _heard(text: str) -> str:
    """The letters of a text that sound, in one way of writing."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in plain if c.isalnum()).replace("ph", "f").replace("ck", "k")
    letters = letters.translate(SOUNDS)
    return "".join(c for n, c in enumerate(letters) if c != letters[n - 1 : n])
