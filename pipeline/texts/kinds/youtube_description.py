"""Writes a video's description for YouTube: an opening, a paragraph, chapters."""

from dataclasses import replace

from pipeline.core.texts import Block, Document, TextOptions
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import MAX_DESCRIPTION_BYTES, width
from pipeline.texts.chapter_starts import MIN_CHAPTERS, chapters
from pipeline.texts.formats import compose
from pipeline.texts.kinds.overview import overview
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import says_again
from pipeline.texts.standfirst import subject_line
from pipeline.texts.standing import points
from pipeline.texts.titles import article_title

MAX_OPENING_CHARS = 150  # shown before "…more"
MAX_POINTS = 5
MIN_POINTS = 3
_BRACKETS = str.maketrans("<>", "‹›")


def youtube_description(plan: Outline, options: TextOptions) -> Document:
    """Return at most 5,000 bytes of plain text."""
    opening = _opening(plan, options.hook)
    found = chapters(plan, {plain(s.text) for s in opening.statements})
    if len(found) < MIN_CHAPTERS:  # YouTube ignores fewer
        found = []
    said = {plain(s.text) for s in (*opening.statements, *found)}
    summary = overview(plan, said) if options.length != "short" else []
    said |= {plain(s.text) for s in summary}
    listed = points(plan, MAX_POINTS, MAX_OPENING_CHARS, said) if options.length == "long" else []
    blocks = [opening]
    if summary:
        blocks.append(Block(kind="paragraph", statements=tuple(summary)))
    if len(listed) >= MIN_POINTS:
        blocks.append(Block(kind="list", statements=tuple(listed)))
    if found:
        blocks.append(Block(kind="chapters", statements=tuple(found)))
    return _within_limit(plan.language, blocks)


def _opening(plan: Outline, hook: int) -> Block:
    """Return what is seen without a click: the best thought, and who talks if there is room.

    hook: 2 and 3 open with another moment.
    """
    told = plan.moments[min(hook, len(plan.moments)) - 1]
    first = article_title.title(plan, [told])
    who = subject_line(plan)
    new = who is not None and not says_again(who.text, [plain(first.text)])
    fits = new and who is not None and width(first.text) + width(who.text) < MAX_OPENING_CHARS
    return Block(kind="hook", statements=(first, who) if who is not None and fits else (first,))


def _within_limit(language: str, blocks: list[Block]) -> Document:
    """Return the document, without its last blocks if it is too long, and no angle brackets."""
    blocks = [_without_brackets(block) for block in blocks]
    while True:
        document = compose("youtube_description", language, blocks)
        if len(document.text.encode()) <= MAX_DESCRIPTION_BYTES or len(blocks) == 1:
            return document
        blocks = blocks[:-1]


def _without_brackets(block: Block) -> Block:
    """Return a block with other marks in place of angle brackets, which YouTube takes for tags."""
    texts = (replace(s, text=s.text.translate(_BRACKETS)) for s in block.statements)
    return replace(block, statements=tuple(texts))
