"""Names who asks and who tells: in full at the first time, and then where the voice changes."""

from collections.abc import Iterator, Sequence

from pipeline.core.texts import Block, BlockKind, Statement
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.typography import dialogue_dash
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage, paragraphs
from pipeline.texts.standfirst import full_name, is_named


class Voices:
    """The voices of one text."""

    def __init__(self, plan: Outline) -> None:
        self._plan = plan
        self._named: set[str] = set()
        self._last: str | None = None

    def blocks(self, passage: Passage, most: int) -> Iterator[Block]:
        """Yield the question, and paragraphs of at most `most` sentences."""
        if passage.question:
            yield self._block("question", passage.question, passage.everything)
        yield from self._told(passage.lines, passage.everything, most)

    def answer(self, passage: Passage, most: int) -> Iterator[Block]:
        """Yield the paragraphs alone: the question stands above them."""
        yield from self._told(passage.lines, passage.lines, most)

    def _told(self, lines: Sequence[Line], around: Sequence[Line], most: int) -> Iterator[Block]:
        for part in paragraphs(lines, most):
            asks = part[0].speaker != lines[0].speaker and all(n.question for n in part)
            yield self._block("question" if asks else "paragraph", part, around)

    def _block(self, kind: BlockKind, lines: Sequence[Line], around: Sequence[Line]) -> Block:
        """Return a block; around: everything that is told in one piece."""
        language, speaker = self._plan.language, lines[0].speaker
        texts = [n.text for n in lines]
        if lines[0] is around[0]:
            texts[0] = strip_conjunction(texts[0], language)
        alone = len({n.speaker for n in around}) == 1
        name = None
        if speaker is not None and speaker != self._last:
            if not is_named(speaker):
                texts[0] = texts[0] if alone else f"{dialogue_dash(language)}{texts[0]}"
            else:
                name = speaker if speaker in self._named else full_name(speaker, self._plan)
                self._named.add(speaker)
        self._last = speaker
        statements = tuple(
            Statement(text=text, sources=n.sources) for text, n in zip(texts, lines, strict=True)
        )
        return Block(kind=kind, statements=statements, speaker=name)
