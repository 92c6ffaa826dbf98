"""Chooses quotations that say something to somebody who knows nothing else of the talk."""

from collections.abc import Collection

from pipeline.core.texts import Block, Statement
from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.text_limits import width
from pipeline.texts.content_selection import count_strong_words, is_past, pick_best
from pipeline.texts.genre import cast
from pipeline.texts.outline import Line, Outline
from pipeline.texts.self_contained import has_verb, is_self_contained
from pipeline.texts.standfirst import full_name, is_named

MIN_QUOTATION_CHARS, MAX_QUOTATION_CHARS = 30, 140


def quotations(plan: Outline, count: int, taken: Collection[tuple[str, ...]] = ()) -> list[Block]:
    """Return up to `count` quotations in the order spoken, with who says them and when.

    taken: texts, as `cleanup.plain` returns them, that are not quoted again.
    """
    tellers = frozenset(cast(plan.lines).tellers)
    fit = [n for n in plan.lines if _can_stand(n, plan, tellers) and plain(n.text) not in taken]
    return [_block(n, plan) for n in pick_best(fit, count, lambda n: _rank(n, plan.language))]


def _can_stand(line: Line, plan: Outline, tellers: Collection[str]) -> bool:
    """Whether a line can be quoted alone: a whole statement of one who tells, no step of a list."""
    return (
        line.solid
        and line.alone
        and not (line.question or line.counted or line.ceremony or line.chatter)
        and (line.speaker in tellers or not tellers)
        and MIN_QUOTATION_CHARS <= width(line.text) <= MAX_QUOTATION_CHARS
        and len(split_sentences(line.text)) == 1
        and is_self_contained(line.text, plan.language)
        and has_verb(line.text, plan.language)
    )


def _rank(line: Line, language: str) -> float:
    """Return how quotable a line is: weight, what is general, strong words, no story."""
    strong = 0.2 * min(2, count_strong_words(line.text, language))
    told = 0.3 * is_past(line.text, language)
    return line.weight + 0.4 * line.general + 0.3 * line.moment + strong - told


def _block(line: Line, plan: Outline) -> Block:
    named = line.speaker is not None and is_named(line.speaker)
    return Block(
        kind="quotation",
        statements=(Statement(text=line.text, sources=(line.index,)),),
        speaker=full_name(line.speaker, plan) if named and line.speaker else None,
        start_s=line.start_s,
    )
