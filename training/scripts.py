"""Reads written talks with planted moments, whose spans are exact to the sentence.

training/talks/HALF/LANGUAGE/NAME.txt holds one talk: four header lines (title, language, kind,
half), then one turn a line, `LABEL: text`. `<<KIND` opens a span before a sentence, `>>` closes it
after one; kinds that begin with "bait" are what a picker must leave alone. The times of the words
are made up: a steady rate, and pauses that say nothing about the spans.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.data import Sentence, Transcript, Word
from pipeline.language import sentences
from pipeline.language.text_limits import WIDE_FROM

FOLDER = Path(__file__).parent / "talks"
LETTERS_PER_S = 13.5  # letters spoken per second, beside WORD_S for each word
IDEOGRAMS_PER_S = 4.5
KANA_PER_S = 8.0
WORD_S = 0.06
PAUSES_S = (0.1, 0.6)  # range of pauses between sentences
TURN_S = 0.15  # more, before another speaker
_TURN = re.compile(r"(?P<label>[^:]{1,20}): (?P<text>.+)")
_MARK = re.compile(r"<<(?P<kind>[a-z-]+) ?|(?P<end>>>)")
_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff][^\w\s]*|[^\s\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Planted:
    """A span of sentences, both ends inclusive."""

    kind: str
    first: int
    last: int

    @property
    def bait(self) -> bool:
        """Whether a picker should leave it alone."""
        return self.kind.startswith("bait")


@dataclass(frozen=True, slots=True)
class Script:
    """One written talk."""

    name: str
    title: str
    kind: str
    talk: Transcript
    planted: tuple[Planted, ...]

    @property
    def moments(self) -> tuple[Planted, ...]:
        """What a picker should find."""
        return tuple(p for p in self.planted if not p.bait)

    @property
    def bait(self) -> tuple[Planted, ...]:
        """What a picker should leave alone."""
        return tuple(p for p in self.planted if p.bait)


def read_all(half: str, language: str | None = None) -> list[Script]:
    """Read the talks of a half ("train" or "test"), in all languages or in one, in a fixed order.

    Raises ValueError, which names the file, if one is malformed.
    """
    return [read(path) for path in sorted((FOLDER / half).glob(f"{language or '*'}/*.txt"))]


def read(path: Path) -> Script:
    """Read one talk. Raises ValueError, which names the file, if it is malformed."""
    head, turns = _parse(path)
    texts: list[str] = []
    speakers: list[str | None] = []
    opened: tuple[str, int] | None = None
    spans: list[tuple[str, int, int]] = []
    for label, text in turns:
        at = 0
        for mark in _MARK.finditer(text):
            texts += _PIECE.findall(text[at : mark.start()])
            at = mark.end()
            if (mark["end"] is None) == (opened is not None):
                raise ValueError(f"{path}: {text[mark.start() :][:40]!r} opens or closes twice")
            if mark["end"] is None:
                opened = (mark["kind"], len(texts))
            elif opened is not None:
                spans.append((*opened, len(texts) - 1))
                opened = None
        texts += _PIECE.findall(text[at:])
        speakers += [label] * (len(texts) - len(speakers))
    said = tuple(_timed(texts, speakers))
    split = sentences.split(said, head["language"], speakers)
    talk = Transcript(
        language=head["language"], duration_s=said[-1].end_s + 1.0, words=said, sentences=split
    )
    return Script(
        name=path.stem,
        title=head["title"],
        kind=head["kind"],
        talk=talk,
        planted=tuple(_of_words(path, split, *span) for span in spans),
    )


def _parse(path: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the header and the turns (label, text)."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    head: dict[str, str] = {}
    turns: list[tuple[str, str]] = []
    for line in filter(None, lines):
        name, _, value = line.partition(": ")
        if not turns and len(head) < 4:
            head[name] = value
        elif turn := _TURN.fullmatch(line):
            turns.append((turn["label"], turn["text"]))
        else:
            raise ValueError(f"{path}: {line[:40]!r} is not `LABEL: text`")
    if set(head) != {"title", "language", "kind", "half"} or not turns:
        raise ValueError(f"{path}: the header has {sorted(head)}, not title, language, kind, half")
    return head, turns


def _timed(texts: list[str], speakers: list[str | None]) -> Iterator[Word]:
    """Yield the words with times."""
    random = np.random.default_rng(len(texts))
    at_s = 0.5
    for i, text in enumerate(texts):
        following = texts[i + 1] if i + 1 < len(texts) else ""
        lasts_s = len(text.strip(".,!?;:。、，")) / _rate(text[0]) + WORD_S
        yield Word(text=text, start_s=at_s, end_s=at_s + lasts_s, probability=1.0)
        at_s += lasts_s
        if sentences.ends_sentence(text, following):
            at_s += random.uniform(*PAUSES_S)
        if speakers[i] != speakers[min(i + 1, len(texts) - 1)]:
            at_s += TURN_S


def _rate(letter: str) -> float:
    """Return how many letters of this kind are spoken in a second."""
    if "\u3040" <= letter <= "\u30ff":
        return KANA_PER_S
    return IDEOGRAMS_PER_S if letter >= WIDE_FROM else LETTERS_PER_S


def _of_words(path: Path, split: tuple[Sentence, ...], kind: str, first: int, last: int) -> Planted:
    """Return the sentences of a span of words."""
    begins = {s.first_word: i for i, s in enumerate(split)}
    ends = {s.last_word: i for i, s in enumerate(split)}
    if first not in begins or last not in ends:
        raise ValueError(f"{path}: the span {kind} at word {first} has no whole sentences")
    return Planted(kind, begins[first], ends[last])
