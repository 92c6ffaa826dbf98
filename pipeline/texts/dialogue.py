"""Sets what people say in Markdown so that one sees who speaks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.cleanup import together
from pipeline.texts.content_selection import UNNAMED, paragraphs
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line

SENTENCES = 4  # of a paragraph
INTERJECTION = 30  # characters: "No!", "Oh, wow." by those who listen are left out
TELLS = 0.2  # of what is said, from which on a person's part is more than asking …
BESIDE = 0.5  # … and of what the one says who talks most
ONE_TELLS = 0.4  # of what is said: where nobody has that much, everybody tells


class Dialogue:
    """Who tells in a talk, and who asks."""

    def __init__(self, talk: Sequence[Line], language: str) -> None:
        said: Counter[str] = Counter()
        for line in talk:
            if line.speaker and not line.question:
                said[line.speaker] += line.size
        most = max(said.values(), default=0)
        least = max(TELLS * said.total(), BESIDE * most)
        if most < ONE_TELLS * said.total():
            least = 0
        self._tellers = {name for name, size in said.items() if size >= least}
        self._language = language

    def paragraphs(self, lines: Sequence[Line], voice: "Voice | None" = None) -> list[str]:
        """Of lines that follow one another; a list as a list, and where it matters who speaks.

        `voice`: whose words stand before; it is told whose stand last.
        """
        voice = voice or Voice()
        lines = self._uninterrupted(lines)
        found = steps(lines, self._language)
        if found is None:
            return self._named(lines, voice)
        before = self._named(found.before, voice)
        return [*before, numbered(found.points), *self._named(found.after, voice)]

    def by(self, line: Line) -> str:
        """Whose words a quotation is, before its time: "Ada, ", or nothing."""
        return f"{line.speaker}, " if line.speaker and not UNNAMED.fullmatch(line.speaker) else ""

    def _uninterrupted(self, lines: Sequence[Line]) -> list[Line]:
        """Without what those who listen put in, but for answers."""
        found = []
        for at, line in enumerate(lines):
            before = lines[at - 1] if at else None
            around = {n.speaker for n in lines[max(0, at - 1) : at + 2] if n is not line}
            short = line.size < INTERJECTION and not line.question and line.speaker is not None
            answers = before is not None and before.question
            alone = bool(around) and line.speaker not in around
            if not (short and alone and not answers and line.speaker not in self._tellers):
                found.append(line)
        return found

    def _named(self, lines: Sequence[Line], voice: "Voice") -> list[str]:
        """Paragraphs; a question to the one who tells in bold type, other voices by name.

        The one who tells needs no name, but after another's.
        """
        found: list[str] = []
        for paragraph in paragraphs(lines, SENTENCES):
            text = together(n.text for n in paragraph)
            speaker = paragraph[0].speaker
            only = self._tellers == {speaker}
            asks = len(self._tellers) == 1 and not only and all(n.question for n in paragraph)
            if speaker is None or speaker == voice.last or (only and not voice.named):
                found.append(text)
            elif asks:
                found.append(f"**{text}**")
            elif UNNAMED.fullmatch(speaker):
                found.append(f"– {text}")
            else:
                found.append(f"**{speaker}:** {text}")
            voice.last = speaker
            voice.named = not asks and not only and speaker is not None
        return found


@dataclass(slots=True)
class Voice:
    """Whose words stand last in a section."""

    last: str | None = None
    named: bool = False  # and whether their name stands before them


def numbered(points: Sequence[str]) -> str:
    """A list, a line each."""
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
