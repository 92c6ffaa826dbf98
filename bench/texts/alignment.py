"""Finds the spoken sentences that a written sentence comes from, by the words they share."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.core.data import Transcript
from pipeline.language import languages
from pipeline.language.disfluencies import bare

MIN_SHARE = 0.6  # share of a written sentence's words that its source must have
CANDIDATES = 6  # spoken sentences that share most, which are compared closely
MAX_JOINED = 3  # spoken sentences that may have become one
DICE_WEIGHT = 0.3  # weight of similar length, beside shared words
_MARK = re.compile(r"[.,;:!?…。、，！？；：—–-]+[\"”’»」)]*$")
_LETTER = re.compile(r"\w|[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a letter in scripts without spaces."""

    word: str  # bare
    ends_clause: bool  # a punctuation mark follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a written sentence comes from."""

    first: int  # spoken sentences
    last: int  # inclusive
    share: float  # share of the written words that occur there, 0..1


@dataclass(frozen=True)
class Spoken:
    """A talk, prepared for finding sentences in it."""

    transcript: Transcript

    def tokens(self, text: str) -> list[Token]:
        """Return the words of a text, or letters in scripts without spaces."""
        if languages.language(self.transcript.language).spaces:
            pairs = ((bare(t), bool(_MARK.search(t))) for t in text.split())
            return [Token(word, ends) for word, ends in pairs if word]
        letters = _LETTER.findall(text)
        return [
            Token(letter, not after[:1].isalnum())
            for letter, after in zip(letters, [*letters[1:], "。"], strict=True)
            if letter.isalnum()
        ]

    def tokens_of(self, source: Source) -> list[Token]:
        """Return the words of the spoken sentences."""
        return [t for i in range(source.first, source.last + 1) for t in self._sentences[i]]

    def find(self, written: str) -> Source | None:
        """Return the sentences that share most words with `written`; None if they are few."""
        wanted = Counter(t.word for t in self.tokens(written))
        if not wanted:
            return None
        weights: defaultdict[int, float] = defaultdict(float)
        for word in wanted:
            found = self._index.get(word, ())
            for i in found:
                weights[i] += 1 / len(found)
        best = sorted(weights, key=lambda i: (-weights[i], i))[:CANDIDATES]
        spans = {
            (first, first + size)
            for i in best
            for size in range(MAX_JOINED)
            for first in range(i - size, i + 1)
            if first >= 0 and first + size < len(self._sentences)
        }
        sources = [self._compare(wanted, span) for span in sorted(spans)]
        top = max(sources, key=lambda pair: pair[0], default=None)
        return top[1] if top and top[1].share >= MIN_SHARE else None

    def _compare(self, wanted: Counter[str], span: tuple[int, int]) -> tuple[float, Source]:
        first, last = span
        told: Counter[str] = Counter()
        for i in range(first, last + 1):
            told += self._counts[i]
        shared = sum((wanted & told).values())
        share = shared / wanted.total()
        dice = 2 * shared / (wanted.total() + told.total())
        return share + DICE_WEIGHT * dice, Source(first=first, last=last, share=share)

    @cached_property
    def _sentences(self) -> Sequence[list[Token]]:
        return [self.tokens(s.text) for s in self.transcript.sentences]

    @cached_property
    def _counts(self) -> Sequence[Counter[str]]:
        return [Counter(t.word for t in tokens) for tokens in self._sentences]

    @cached_property
    def _index(self) -> dict[str, list[int]]:
        index: defaultdict[str, list[int]] = defaultdict(list)
        for i, counts in enumerate(self._counts):
            for word in counts:
                index[word].append(i)
        return index
