"""Takes a published text apart into what a reader sees: titles, messages, points, sentences.

The text alone is read, not the blocks it was made of, because readers see the text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bench.texts.alignment import Spoken
from bench.texts.word_classes import WordClasses, word_classes
from pipeline.core.data import Transcript
from pipeline.core.texts import TextKind
from pipeline.language import languages
from pipeline.language.cleanup import split_sentences
from pipeline.texts.networks import NETWORKS
from pipeline.texts.standfirst import subject_lines

PartKind = Literal[
    "title", "heading", "message", "paragraph", "question", "quotation", "point", "tags", "label"
]
PROSE: tuple[PartKind, ...] = ("message", "paragraph", "quotation", "point")

_TAGS = re.compile(r"(?:^|\s)#\w+(?:\s+#\w+)*\s*$")
_NUMBER = re.compile(r"^\d+/ ")
_POINT = re.compile(r"^(?:[•*-]|\d+\.) ")
_QUOTED = re.compile(r"^(?:> )?[“„«「\"](.*)[”“»」\"](?: \([^()]*\)|（[^（）]*）)?$", re.DOTALL)
_QUESTION = re.compile(r"^\*\*([^*]+)\*\*$")
_CHAPTER = re.compile(r"^(?:- )?\[?(?:\d+:)?\d+:\d\d(?:\]\(\S+\))? (.+)$")
_EMPHASIS = re.compile(r"^[*_]([^*_]+)[*_]$")  # a standfirst, a label


@dataclass(frozen=True, kw_only=True)
class Part:
    """A message, paragraph, heading or point, without markup and names of speakers."""

    kind: PartKind
    text: str
    opens: bool = False  # a message, a section, a point: nothing stands before it

    @cached_property
    def sentences(self) -> list[str]:
        """Its sentences; a line's end ends one."""
        return [s for line in self.text.splitlines() for s in split_sentences(line)]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A text to be judged, with the talk it is about."""

    kind: TextKind
    text: str
    spoken: Spoken

    @property
    def transcript(self) -> Transcript:
        """The talk."""
        return self.spoken.transcript

    @property
    def language(self) -> str:
        """Code of the talk's language."""
        return self.transcript.language

    @property
    def words(self) -> WordClasses:
        """Word classes of the talk's language."""
        return word_classes(self.language)

    @cached_property
    def parts(self) -> list[Part]:
        """What the text consists of, in order."""
        read = _messages if self.kind in NETWORKS else _READERS.get(self.kind, _article)
        return [p for p in read(self._unnamed()) if p.text]

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of its prose; headings and questions set apart are none."""
        return [s for part in self.parts if part.kind in PROSE for s in part.sentences]

    @cached_property
    def main_speaker(self) -> str | None:
        """Who says most words; None if nobody is known."""
        counts: Counter[str] = Counter()
        for s in self.transcript.sentences:
            if s.speaker:
                counts[s.speaker] += len(s.text)
        return counts.most_common(1)[0][0] if counts else None

    def _unnamed(self) -> str:
        """Return the text without the names before what people say."""
        names = {s.speaker for s in self.transcript.sentences if s.speaker}
        known = "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)"
        colon = r"(?:\u00a0?:|：)"  # in French a space precedes it; in Chinese none follows
        bold = rf"\*\*(?:{known})(?:{colon}\*\*|\*\*{colon})"
        return re.sub(rf"(?m)^((?:\d+/ )?)(?:{bold}|(?:{known}){colon}) ?", r"\1", self.text)


def _messages(text: str) -> Iterator[Part]:
    for message in text.strip().split("\n\n"):
        plain = _NUMBER.sub("", message)
        yield Part(kind="message", text=_TAGS.sub("", plain).strip(), opens=True)
        if tags := _TAGS.search(plain):
            yield Part(kind="tags", text=tags[0].strip())


def _post(text: str) -> Iterator[Part]:
    for at, block in enumerate(text.strip().split("\n\n")):
        if block.startswith("#") and not block.startswith("# "):
            yield Part(kind="tags", text=block)
        elif _POINT.match(block):
            yield from _points(block)
        else:
            yield Part(kind="paragraph", text=block, opens=at == 0)


def _article(text: str) -> Iterator[Part]:
    opens = True
    known_labels = _labels()
    for block in text.strip().split("\n\n"):
        if heading := re.match(r"(#+) (.*)", block):
            labels = heading[2] in known_labels
            level: PartKind = "title" if len(heading[1]) == 1 else "heading"
            yield Part(kind="label" if labels else level, text=heading[2])
            opens = True
            continue
        if quotation := _QUOTED.match(block):
            yield Part(kind="quotation", text=quotation[1], opens=opens)
        elif question := _QUESTION.match(block):
            yield Part(kind="question", text=question[1])
            continue  # the answer after it leans on the question
        elif _POINT.match(block):
            yield from _points(block)
        elif label := _EMPHASIS.match(block):
            yield Part(kind="label", text=label[1])
        else:
            yield Part(kind="paragraph", text=block, opens=opens)
        opens = False


def _labels() -> frozenset[str]:
    """Return the headings that name a kind of part, in every language."""
    found: set[str] = set()
    for notes in languages.of_all(lambda known: [known.show_notes] if known.show_notes else []):
        found |= {notes.introduction, notes.topics, notes.people, notes.links, notes.quotes}
    return frozenset(found)


def _description(text: str) -> Iterator[Part]:
    """Yield the parts of a video's description: its first line is a title."""
    opening, *blocks = text.strip().split("\n\n")
    for line in opening.splitlines():
        yield Part(kind="label" if subject_lines().fullmatch(line) else "title", text=line)
    for block in blocks:
        if _CHAPTER.match(block):
            yield from _points(block)
        else:
            yield from _post(block)


def _cards(text: str) -> Iterator[Part]:
    for block in text.strip().split("\n\n"):
        quotation = _QUOTED.match(block)
        yield Part(kind="quotation", text=quotation[1] if quotation else block, opens=True)


def _points(block: str) -> Iterator[Part]:
    for line in block.splitlines():
        if chapter := _CHAPTER.match(line):
            label = chapter[1] in _labels()
            yield Part(kind="label" if label else "heading", text=chapter[1])
            continue
        yield Part(kind="point", text=_POINT.sub("", line), opens=bool(_POINT.match(line)))


_READERS = {
    "linkedin_post": _post,
    "youtube_description": _description,
    "quote_cards": _cards,
}
