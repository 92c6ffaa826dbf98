"""Says in short what a talk is: who talks, and the beginning of its best moment."""

from collections.abc import Collection, Iterator

from pipeline.core.texts import Statement
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.text_limits import width
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline
from pipeline.texts.passages import MIN_OPENS
from pipeline.texts.repetition import says_again

MAX_SENTENCES = 3
MIN_CHARS = 60


def overview(plan: Outline, taken: Collection[tuple[str, ...]]) -> list[Statement]:
    """Return up to three successive sentences of the best moment that can open a text, or nothing.

    taken: texts, as `cleanup.plain` returns them, that are not said again.
    """
    for passage in plan.moments:
        opening = list(_opening(passage.lines))
        texts = [n.text for n in opening]
        if not opening or any(says_again(text, taken) for text in texts):
            continue
        texts[0] = strip_conjunction(texts[0], plan.language)
        if sum(map(width, texts)) >= MIN_CHARS:
            return [
                Statement(text=text, sources=n.sources)
                for text, n in zip(texts, opening, strict=True)
            ]
    return []


def _opening(lines: tuple[Line, ...]) -> Iterator[Line]:
    if lines[0].opens < MIN_OPENS:
        return
    for line in lines[:MAX_SENTENCES]:
        if line.question or line.speaker != lines[0].speaker:
            return
        yield line
