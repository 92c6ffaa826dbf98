"""Ranks the sentences that say something to a reader who knows nothing else of the talk."""

from collections.abc import Collection, Iterable

from pipeline.core.texts import Block, Statement
from pipeline.language import profanity
from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.text_limits import width
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import says_again
from pipeline.texts.standfirst import full_name, is_named

MIN_CHARS = 30
MAX_QUOTATION_CHARS = 140
MIN_ALONE = 0.6  # minimum probability that a sentence stands alone
MIN_WORTH = 0.4  # minimum probability that a reader takes it away


def standing(plan: Outline, most_chars: int, lines: Iterable[Line] | None = None) -> list[Line]:
    """Return whole single sentences of who tells, the best first. lines: among these; None: all."""
    tellers = plan.cast.tellers
    found = [
        n
        for n in (plan.lines if lines is None else lines)
        if n.printable
        and not n.question
        and (n.speaker in tellers or not tellers)
        and n.alone >= MIN_ALONE
        and n.worth >= MIN_WORTH
        and MIN_CHARS <= width(n.text) <= most_chars
        and len(split_sentences(n.text)) == 1
    ]
    return sorted(found, key=lambda n: -rank(n))


def rank(line: Line) -> float:
    """Return how good a sentence is alone, 0..1."""
    return line.alone * line.worth * (1.0 - line.torn) * (1.0 - line.aside)


def quotations(plan: Outline, count: int, taken: Collection[tuple[str, ...]] = ()) -> list[Block]:
    """Return up to `count` quotations in the order spoken, with who says them and when.

    taken: texts, as `cleanup.plain` returns them, that are not quoted again.
    """
    lines = [
        n
        for n in standing(plan, MAX_QUOTATION_CHARS)
        if n.verbatim
        and n.text[-1:] not in "!！"
        and profanity.mask_text(n.text, plan.language) == n.text
    ]
    return [_quoted(n, plan) for n in _new(lines, count, taken)]


def points(
    plan: Outline, count: int, most_chars: int, taken: Collection[tuple[str, ...]]
) -> list[Statement]:
    """Return up to `count` sentences in the order spoken. taken: as for `quotations`."""
    lines = _new(standing(plan, most_chars), count, taken)
    return [Statement(text=n.text, sources=n.sources) for n in lines]


def _new(lines: Iterable[Line], count: int, taken: Collection[tuple[str, ...]]) -> list[Line]:
    """Return the first lines that say nothing again, in the order spoken."""
    said = set(taken)
    found: list[Line] = []
    for line in lines:
        if len(found) < count and not says_again(line.text, said):
            found.append(line)
            said.add(plain(line.text))
    return sorted(found, key=lambda n: n.index)


def _quoted(line: Line, plan: Outline) -> Block:
    return Block(
        kind="quotation",
        statements=(Statement(text=line.text, sources=line.sources),),
        speaker=full_name(line.speaker, plan) if line.speaker and is_named(line.speaker) else None,
        start_s=line.start_s,
    )
