"""Formats a conversation in Markdown so that readers see who speaks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.cleanup import together
from pipeline.texts.content_selection import UNNAMED, paragraphs
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line

MAX_PARAGRAPH_SENTENCES = 4
MAX_INTERJECTION_CHARS = 30  # "No!", "Oh, wow."; listeners' interjections are dropped
MIN_TELLER_SHARE = 0.2  # of all speech, for a person who tells rather than asks
MIN_SHARE_OF_MAIN = 0.5  # of the main speaker's speech, for a person who tells
MIN_MAIN_SHARE = 0.4  # of all speech; if no one has it, everybody tells


class Dialogue:
    """Who tells in a talk, and who asks."""

    def __init__(self, talk: Sequence[Line], language: str) -> None:
        spoken_chars: Counter[str] = Counter()
        for line in talk:
            if line.speaker and not line.question:
                spoken_chars[line.speaker] += line.size
        main_chars = max(spoken_chars.values(), default=0)
        min_chars = max(MIN_TELLER_SHARE * spoken_chars.total(), MIN_SHARE_OF_MAIN * main_chars)
        if main_chars < MIN_MAIN_SHARE * spoken_chars.total():
            min_chars = 0
        self._tellers = {name for name, size in spoken_chars.items() if size >= min_chars}
        self._language = language

    def paragraphs(self, lines: Sequence[Line], voice: "Voice | None" = None) -> list[str]:
        """Return paragraphs of successive lines, with lists as lists and speakers where needed.

        `voice`: the speaker of the text before; updated to the speaker at the end.
        """
        voice = voice or Voice()
        lines = self._drop_interjections(lines)
        found = steps(lines, self._language)
        if found is None:
            return self._name_voices(lines, voice)
        before = self._name_voices(found.before, voice)
        return [*before, number_points(found.points), *self._name_voices(found.after, voice)]

    def by(self, line: Line) -> str:
        """Return the author of a quotation, before its time: "Ada, ", or nothing."""
        return f"{line.speaker}, " if line.speaker and not UNNAMED.fullmatch(line.speaker) else ""

    def _drop_interjections(self, lines: Sequence[Line]) -> list[Line]:
        """Drop interjections of listeners, except answers."""
        found = []
        for at, line in enumerate(lines):
            before = lines[at - 1] if at else None
            around = {n.speaker for n in lines[max(0, at - 1) : at + 2] if n is not line}
            short = (
                line.size < MAX_INTERJECTION_CHARS
                and not line.question
                and line.speaker is not None
            )
            answers = before is not None and before.question
            alone = bool(around) and line.speaker not in around
            if not (short and alone and not answers and line.speaker not in self._tellers):
                found.append(line)
        return found

    def _name_voices(self, lines: Sequence[Line], voice: "Voice") -> list[str]:
        """Format paragraphs: questions to a single teller in bold type, other voices by name.

        A single teller is named only after another voice.
        """
        found: list[str] = []
        for paragraph in paragraphs(lines, MAX_PARAGRAPH_SENTENCES):
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
    """The last speaker of a section."""

    last: str | None = None
    named: bool = False  # whether their name was printed


def number_points(points: Sequence[str]) -> str:
    """Return a numbered list, one line per point."""
    return "\n".join(f"{number}. {point}" for number, point in enumerate(points, 1))
