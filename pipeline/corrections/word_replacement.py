"""Finds the words of a correction in a sentence and puts those that were said in their place.

Marks, the genitive's 's, the capital at the start of a sentence and all times stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.core.data import Word
from pipeline.corrections.word_pieces import Piece, comparable, peel
from pipeline.language import languages
from pipeline.language.writing_systems import LETTER

SAME_TIME_S = 0.002  # tolerance, because times are given to the millisecond
GENITIVE = "'s"
# Corrections of corrected words could multiply them without end.
MORE_WORDS = 2  # times as many words as were heard are the most,
FURTHER_WORDS = 100  # and so many beside
MAX_MARKS = 8  # on each side of a word
MAX_HEARD_CHARS = 200


class TooManyWords(ValueError):
    """Corrections make a talk, or a sentence of it, several times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was heard, and what was said."""

    heard: str
    text: str
    at_s: float | None = None  # where its first word starts; None: wherever it is heard


@dataclass(slots=True, kw_only=True)
class Step:
    """A correction as it is applied, and how often it was."""

    wanted: str  # key of what was heard
    made: str  # key of what was said
    tokens: tuple[str, ...]  # what was said; at least one
    separator: str  # placed between the keys of words
    keeps_marks: bool  # also those between the words
    no_owners: frozenset[str]  # words after which 's is a verb
    at_s: float | None
    places: int = 0

    @classmethod
    def of(cls, correction: Correction, language: str) -> "Step":
        known = languages.language(language)
        heard = [peel(part) for part in correction.heard.split()]
        inner = [piece.trail for piece in heard[:-1]] + [piece.lead for piece in heard[1:]]
        return cls(
            wanted=comparable(correction.heard, language),
            made=comparable(correction.text, language),
            tokens=tuple(correction.text.split()),
            separator=" " if known.spaces else "",
            keeps_marks=not any(inner),
            no_owners=known.no_owners,
            at_s=correction.at_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A word, and what was recognized in its place."""

    word: Word
    piece: Piece
    heard: str = ""  # empty: itself

    @property
    def is_new(self) -> bool:
        """Whether it is another word than the one that was recognized."""
        return self.heard not in ("", self.piece.core)


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    end: int
    suffix: str = ""  # 's, as it is written there


class Run:
    """The words of a sentence."""

    __slots__ = ("_line", "_most", "is_changed", "words")

    def __init__(self, words: list[Spoken]) -> None:
        self.words = words
        self.is_changed = False
        self._most = MORE_WORDS * len(words) + FURTHER_WORDS
        self._line = ""  # the keys of all words, in which whatever can be found is a part

    def apply(self, step: Step) -> None:
        """Correct what the step finds, and count it."""
        if not self._line:
            self._line = step.separator.join([spoken.piece.key for spoken in self.words])
        if step.wanted not in self._line or not step.wanted:
            return
        if step.at_s is not None and step.places:
            return
        found = list(self._to_correct(step))
        for match in reversed(found):
            self.words[match.first : match.end] = self._said(step, match)
        if found:
            step.places += len(found)
            self.is_changed = True
            self._line = ""
            if len(self.words) > self._most:
                raise TooManyWords

    def _to_correct(self, step: Step) -> Iterator[_Match]:
        right = [match for match in self._matches(step.made, step) if self._is_right(step, match)]
        for match in self._matches(step.wanted, step):
            if any(r.first <= match.first and match.end <= r.end for r in right):
                continue
            if step.at_s is None:
                yield match
            elif abs(self.words[match.first].word.start_s - step.at_s) <= SAME_TIME_S:
                yield match
                return

    def _matches(self, wanted: str, step: Step) -> Iterator[_Match]:
        """Yield where the words of a key are, from left to right, none of them twice."""
        at = 0
        while at < len(self.words):
            match = self._match(at, wanted, step)
            if match is not None:
                yield match
            at = at + 1 if match is None else match.end

    def _match(self, first: int, wanted: str, step: Step) -> _Match | None:
        line, end = self.words[first].piece.key, first + 1
        if not line or not (wanted + GENITIVE).startswith(line):
            return None
        while end < len(self.words) and wanted.startswith(line + step.separator):
            if line == wanted:
                break
            before, after = self.words[end - 1].piece, self.words[end].piece
            if not after.key or (not step.separator and (before.trail or after.lead)):
                return None
            line += step.separator + after.key
            end += 1
        if line == wanted:
            return _Match(first, end)
        if line == wanted + GENITIVE and wanted.rsplit(maxsplit=1)[-1] not in step.no_owners:
            return _Match(first, end, self.words[end - 1].piece.core[-len(GENITIVE) :])
        return None

    def _is_right(self, step: Step, match: _Match) -> bool:
        """Return whether the words are already written as they were said."""
        there = "".join(s.piece.core for s in self.words[match.first : match.end])
        there = there.removesuffix(match.suffix).replace(" ", "")
        said = "".join(peel(token).core for token in step.tokens)
        return there in (said, said[:1].upper() + said[1:] if match.first == 0 else said)

    def _said(self, step: Step, match: _Match) -> list[Spoken]:
        """Return the words that were said where others were heard."""
        heard = self.words[match.first : match.end]
        tokens = list(step.tokens)
        if match.first == 0 and heard[0].piece.core[:1].isupper() and tokens[0].islower():
            tokens[0] = tokens[0][:1].upper() + tokens[0][1:]
        if match.suffix and not peel(tokens[-1]).key.endswith(GENITIVE):
            tokens[-1] += match.suffix
        alike = len(tokens) == len(heard)
        texts = [
            _marked(
                token,
                heard[n].piece.lead if n == 0 or (alike and step.keeps_marks) else "",
                heard[n if alike else -1].piece.trail
                if n == len(tokens) - 1 or (alike and step.keeps_marks)
                else "",
            )
            for n, token in enumerate(tokens)
        ]
        times = (
            [(s.word.start_s, s.word.end_s) for s in heard]
            if alike
            else _shares(heard[0].word.start_s, heard[-1].word.end_s, tokens)
        )
        whole = step.separator.join(_origins(heard))[:MAX_HEARD_CHARS]
        return [
            Spoken(
                word=Word(text=text, start_s=start_s, end_s=end_s, probability=1.0),
                piece=peel(text),
                heard=(heard[n].heard or heard[n].piece.core) if alike else whole,
            )
            for n, (text, (start_s, end_s)) in enumerate(zip(texts, times, strict=True))
        ]


def _marked(token: str, lead: str, trail: str) -> str:
    """Return a word with the marks around it; one that it has itself is not doubled."""
    lead = lead[:-1] if lead and token.startswith(lead[-1]) else lead
    trail = trail[1:] if trail and token.endswith(trail[0]) else trail
    return lead[-MAX_MARKS:] + token + trail[:MAX_MARKS]


def _origins(words: Sequence[Spoken]) -> Iterator[str]:
    """Yield what was recognized in the place of words, once for those that share it."""
    before = ""
    for spoken in words:
        if not spoken.heard or spoken.heard is not before:
            yield spoken.heard or spoken.piece.core
        before = spoken.heard


def _shares(start_s: float, end_s: float, tokens: Sequence[str]) -> list[tuple[float, float]]:
    """Return the times of words that together take a span, by their lengths."""
    end_s = max(start_s, end_s)
    lengths = [max(1, len(LETTER.findall(token))) for token in tokens]
    ends = [start_s]
    for n in range(1, len(tokens)):
        ends.append(start_s + (end_s - start_s) * sum(lengths[:n]) / sum(lengths))
    ends.append(end_s)
    return list(pairwise(ends))
