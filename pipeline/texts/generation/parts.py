"""What passes between the outline of a text, its drafts and the finished text."""

import re
from dataclasses import dataclass

from pipeline.core.texts import Statement
from pipeline.texts.generation.answers import WrittenPart
from pipeline.texts.generation.roles import Role

_MARKS = re.compile(r"^(?:[#>•*–-]+\s+|#+(?=\w)|\d+[./)]\s+)+|\*\*")  # marks of Markdown and lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an outline."""

    role: Role
    point: str  # what it is to say, in its author's words
    sources: tuple[int, ...]  # indices in Transcript.sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A written part."""

    part: Part
    heading: Statement | None  # only if the role has headings
    sentences: tuple[Statement, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return everything it says, the heading last."""
        return (*self.sentences, *((self.heading,) if self.heading else ()))


def draft(part: Part, written: WrittenPart) -> Draft:
    """Return what an author has written without its marks; empty sentences are dropped.

    A heading rests on all sources of its section.
    """
    sentences = tuple(
        Statement(text=text, sources=tuple(dict.fromkeys(sentence.sources)))
        for sentence in written.sentences
        if (text := _plain(sentence.text))
    )
    known = tuple(sorted({n for s in sentences for n in s.sources}))
    heading = Statement(text=_plain(written.heading), sources=known) if part.role.headed else None
    return Draft(part=part, heading=heading, sentences=sentences)


def _plain(text: str) -> str:
    return _MARKS.sub("", " ".join(text.split())).strip()
