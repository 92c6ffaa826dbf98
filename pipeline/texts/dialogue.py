"""Sets what people say as blocks: questions apart, lists as lists, speakers where needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.core.texts import Block, Statement
from pipeline.language import languages
from pipeline.language.disfluencies import bare
from pipeline.language.typography import dialogue_dash
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    UNNAMED,
    echoes,
    paragraphs,
    strip_address,
)
from pipeline.texts.genre import cast
from pipeline.texts.line import Line
from pipeline.texts.lists import steps

MAX_PARAGRAPH_SENTENCES = 4
MAX_INTERJECTION_CHARS = 30  # "No!", "Oh, wow."; listeners' interjections are dropped


@dataclass(slots=True)
class Voice:
    """The last speaker of a section."""

    last: str | None = None
    named: bool = False  # whether their name was printed


class Dialogue:
    """Who tells in a talk, and who asks."""

    def __init__(self, talk: Sequence[Line], language: str) -> None:
        self._tellers = frozenset(cast(talk).tellers)
        self._echoes = {n.index for at, n in enumerate(talk) if echoes(n, talk[:at])}
        self._language = language
        self._and_words = languages.language(language).and_words

    def blocks(self, lines: Sequence[Line], voice: Voice | None = None) -> list[Block]:
        """Return paragraphs of successive lines, with lists as lists and speakers where needed.

        `voice`: the speaker of the text before; updated to the speaker at the end.
        """
        voice = voice or Voice()
        lines = self._drop_interjections(lines)
        if lines:
            lines[0] = replace(lines[0], text=strip_conjunction(lines[0].text, self._language))
        found = steps(lines, self._language)
        if found is None:
            return self._name_voices(lines, voice)
        before = self._name_voices(found.before, voice)
        points = Block(kind="numbered_list", statements=found.points)
        return [*before, points, *self._name_voices(found.after, voice)]

    def _question(self, text: str) -> str:
        """Return a question without the name of the person asked and "So" at its beginning."""
        asked = strip_address(text, self._language)
        joined = bare(asked.split(maxsplit=1)[0]) in self._and_words
        return asked if joined else strip_conjunction(asked, self._language)

    def by(self, line: Line) -> str | None:
        """Return the author of a quotation, if known."""
        return line.speaker if line.speaker and not UNNAMED.fullmatch(line.speaker) else None

    def _drop_interjections(self, lines: Sequence[Line]) -> list[Line]:
        """Drop interjections of listeners, except answers."""
        found = []
        for at, line in enumerate(lines):
            before = lines[at - 1] if at else None
            around = {n.speaker for n in lines[max(0, at - 1) : at + 2] if n is not line}
            short = line.size < MAX_INTERJECTION_CHARS and line.speaker is not None
            answers = before is not None and before.question
            alone = bool(around) and line.speaker not in around
            if line.index in self._echoes:
                continue
            says = (line.speaker in self._tellers or line.question) and not line.noise
            if says or answers or not (short and alone):
                found.append(line)
        return found

    def _name_voices(self, lines: Sequence[Line], voice: Voice) -> list[Block]:
        """Return paragraphs: questions to a single teller apart, other voices by name.

        A single teller is named only after another voice.
        """
        found: list[Block] = []
        for paragraph in paragraphs(lines, MAX_PARAGRAPH_SENTENCES):
            speaker = paragraph[0].speaker
            only = self._tellers == {speaker}
            asks = len(self._tellers) == 1 and not only and any(n.question for n in paragraph)
            statements = [Statement(text=n.text, sources=n.sources) for n in paragraph]
            if speaker is None or speaker == voice.last or (only and not voice.named):
                found.append(Block(kind="paragraph", statements=tuple(statements)))
            elif asks:
                asked = [
                    Statement(text=self._question(s.text), sources=s.sources) for s in statements
                ]
                found.append(Block(kind="question", statements=tuple(asked)))
            elif UNNAMED.fullmatch(speaker):
                voiced = f"{dialogue_dash(self._language)}{statements[0].text}"
                first = Statement(text=voiced, sources=statements[0].sources)
                found.append(Block(kind="paragraph", statements=(first, *statements[1:])))
            else:
                found.append(Block(kind="paragraph", statements=tuple(statements), speaker=speaker))
            voice.last = speaker
            voice.named = not asks and not only and speaker is not None
        return found
