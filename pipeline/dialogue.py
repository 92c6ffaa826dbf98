"""Sets what people say in Markdown so that one sees who speaks. Knows nothing of choosing."""

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.outline import Line
from pipeline.selection import paragraphs
from pipeline.spoken import together
from pipeline.steps import steps

SENTENCES = 4  # of a paragraph
INTERJECTION = 30  # characters: "No!", "Oh, wow." by those who listen are left out
TELLS = 0.2  # of what is said, from which on a person's part is more than asking …
BESIDE = 0.5  # … and of what the one says who talks most
ONE_TELLS = 0.4  # of what is said: where nobody has that much, everybody tells
_UNNAMED = re.compile(r"Speaker(?: \d+)?|\w")  # told apart, but without a name


class Dialogue:
    """Who tells in a talk, and who asks."""

    def __init__(self, talk: Sequence[Line], language: str) -> None:
        said: Counter[str] = Counter()
        for line in talk:
            if line.speaker and not line.question:
                said[line.speaker] += len(line.text)
        most = max(said.values(), default=0)
        least = max(TELLS * said.total(), BESIDE * most)
        if most < ONE_TELLS * said.total():
            least = 0
        self._tellers = {name for name, size in said.items() if size >= least}
        self._language = language

    def paragraphs(self, lines: Sequence[Line], before: str | None = None) -> list[str]:
        """Of lines that follow one another; a list as a list, and where it matters who speaks.

        `before`: whose words stand before, and need no name again.
        """
        lines = self._uninterrupted(lines)
        found = steps(lines, self._language)
        if found is None:
            return self._named(lines, before)
        telling = found.before[-1].speaker if found.before else before
        return [
            *self._named(found.before, before), numbered(found.points),
            *self._named(found.after, telling),
        ]  # fmt: skip

    def by(self, line: Line) -> str:
        """Whose words a quotation is, before its time: "Ada, ", or nothing."""
        return f"{line.speaker}, " if line.speaker and not _UNNAMED.fullmatch(line.speaker) else ""

    def _uninterrupted(self, lines: Sequence[Line]) -> list[Line]:
        """Without what those who listen put in."""
        found = []
        for at, line in enumerate(lines):
            around = {n.speaker for n in lines[max(0, at - 1) : at + 2] if n is not line}
            short = len(line.text) < INTERJECTION and not line.question
            if not (short and line.speaker not in around and line.speaker not in self._tellers):
                found.append(line)
        return found

    def _named(self, lines: Sequence[Line], before: str | None) -> list[str]:
        """Paragraphs; a question to the one who tells in bold type, other voices by name."""
        found: list[str] = []
        for paragraph in paragraphs(lines, SENTENCES):
            text = together(n.text for n in paragraph)
            speaker = paragraph[0].speaker
            if speaker is None or self._tellers == {speaker}:
                found.append(text)
            elif len(self._tellers) == 1 and all(n.question for n in paragraph):
                found.append(f"**{text}**")
            elif speaker == before or _UNNAMED.fullmatch(speaker):
                found.append(text)
            else:
                found.append(f"**{speaker}:** {text}")
            before = speaker
        return found


def numbered(points: Sequence[str]) -> str:
    """A list, a line each."""
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
