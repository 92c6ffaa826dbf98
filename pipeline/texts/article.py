"""Writes an article from a talk: what it is, a summary, a section for each topic, takeaways.

An interview becomes questions and answers, a discussion has its speakers named, a lecture is told
on. Nothing is said twice, except that the summary of a short talk restates its moments.
"""

from collections.abc import Collection, Sequence

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import MAX_ARTICLE_WORDS
from pipeline.texts import article_title
from pipeline.texts.content_selection import (
    count_strong_words,
    drop_reactions,
    moments,
)
from pipeline.texts.dialogue import Dialogue, Voice
from pipeline.texts.extractive_summary import condense
from pipeline.texts.formats import compose
from pipeline.texts.line import Line
from pipeline.texts.lists import steps
from pipeline.texts.outline import Outline
from pipeline.texts.section_headings import SectionHeadings
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.standfirst import standfirst
from pipeline.texts.statement_kinds import is_past
from pipeline.texts.summary import point, summarize

MIN_QUOTE_WEIGHT = 0.6  # of a quotation outside the moments
MIN_QUOTE_LINES = 4  # of a section with a quotation
MIN_HEADED_CHARS = 700  # of sections, for headings
MIN_STORY_LINES = 4  # of a moment that is a section of its own
MAX_QUOTES = 3  # in an article
MAX_SECTIONS_CHARS = 7800  # about 1,500 words together with the rest of the article
MIN_SECTIONS_CHARS = 1000
LENGTH_SHARES: dict[TextLength, float] = {"short": 0.4, "normal": 1.0, "long": 1.0}
SHRINK = 0.95  # of the room for sections, where short words make the article too long


def article(plan: Outline, options: TextOptions) -> Document:
    """Return an article of at most MAX_ARTICLE_WORDS, in Markdown."""
    room = _budget(plan) * LENGTH_SHARES[options.length]
    while True:
        blocks = _write(plan, room)
        document = compose("blog_post", plan.language, blocks, link=options.link)
        if len(document.text.split()) <= MAX_ARTICLE_WORDS or room <= MIN_SECTIONS_CHARS:
            return document
        room *= SHRINK


def _write(plan: Outline, room: float) -> list[Block]:
    """Return the blocks of an article whose sections have at most `room` characters."""
    language = plan.language
    frame = summarize(plan)
    title = article_title.title(plan, [*frame.summary, *frame.points])
    taken = {plain(title.text)}
    blocks = [Block(kind="title", statements=(title,))]
    if (below := standfirst(plan)) is not None:
        blocks.append(below)
    if summary := [
        s for n in frame.summary if plain((s := point(n, language)).text.rstrip(".")) not in taken
    ]:
        blocks.append(Block(kind="summary", statements=tuple(summary)))
    room = min(room, MAX_SECTIONS_CHARS - sum(len(n.text) for n in frame.points))
    found = condense(plan, room, frame.used) or [[drop_reactions(moments(plan)[0])]]
    sections = [part for section in found for part in _split_at_moments(section)]
    size = sum(n.size for section in sections for passage in section for n in passage)
    alone = len(sections) == 1 or size < MIN_HEADED_CHARS
    writer = _Sections(plan, taken, alone=alone)
    for passages in sections:
        blocks += writer.section(passages, [n for o in sections if o is not passages for n in o])
    if frame.points:
        label = languages.language(language).takeaways_heading
        blocks.append(Block(kind="heading", statements=(Statement(text=label),)))
        points = tuple(point(n, language) for n in frame.points)
        blocks.append(Block(kind="list", statements=points))
    return blocks


def _split_at_moments(section: Sequence[Sequence[Line]]) -> list[list[Sequence[Line]]]:
    """Divide a section where a story of several sentences begins or ends."""
    found: list[list[Sequence[Line]]] = []
    before = False
    for passage in section:
        story = len(passage) >= MIN_STORY_LINES and all(n.moment for n in passage)
        if not found or story or before:
            found.append([])
        found[-1].append(passage)
        before = story
    return found


def _budget(plan: Outline) -> float:
    """Return the characters for an article: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(MAX_SECTIONS_CHARS, 2000 + 300 * minutes)


class _Sections:
    """Writes one section after the other; headings and quotations are not repeated."""

    def __init__(self, plan: Outline, taken: set[tuple[str, ...]], *, alone: bool) -> None:
        self._plan = plan
        self._headings = SectionHeadings(plan, taken)
        self._alone = alone  # a single section needs no heading
        self._dialogue = Dialogue(plan.lines, plan.language)
        self._voice = Voice()
        self._quotes = 0

    def section(
        self, passages: Sequence[Sequence[Line]], others: Sequence[Sequence[Line]]
    ) -> list[Block]:
        """Return a section: a heading with its time, paragraphs, perhaps a quotation."""
        first, *rest = passages[0]
        asked = self._headings.asked(first) if rest else ""
        said_elsewhere = " ".join(n.text for p in others for n in p)
        heading = asked or self._headings.heading(passages, said_elsewhere)
        to_tell: list[Sequence[Line]] = list(passages)
        if heading and rest and (asked or plain(heading) == plain(first.text)):
            to_tell[0] = rest  # the heading already has the first sentence
        headed = bool(heading) and (bool(asked) or not self._alone)
        self._voice = Voice() if headed else self._voice
        blocks = self._body(to_tell)
        if not headed:
            return blocks
        self._headings.take(heading)
        statement = Statement(text=heading, sources=first.sources if asked else ())
        return [Block(kind="heading", statements=(statement,), start_s=first.start_s), *blocks]

    def _body(self, passages: Sequence[Sequence[Line]]) -> list[Block]:
        """Return paragraphs, with the most quotable sentence between them as a quotation."""
        lines = [n for passage in passages for n in passage]
        listed = {n.index for p in passages if steps(p, self._plan.language) for n in p}
        ends = {p[-1].index for p in passages}
        quotable = [n for n in lines[1:] if n.index not in listed]
        enough = len(lines) >= MIN_QUOTE_LINES and self._quotes < MAX_QUOTES
        quote = _quote(quotable, ends, self._plan) if enough else None
        self._quotes += quote is not None
        blocks: list[Block] = []
        voice = self._voice
        for passage in passages:
            at = list(passage).index(quote) if quote and quote in passage else len(passage)
            blocks += self._dialogue.blocks(passage[:at], voice)
            if quote and at < len(passage):
                blocks.append(self._quotation(quote))
                voice.last = quote.speaker
                blocks += self._dialogue.blocks(passage[at + 1 :], voice)
        return blocks

    def _quotation(self, line: Line) -> Block:
        return Block(
            kind="quotation",
            statements=(Statement(text=line.text, sources=line.sources),),
            speaker=self._dialogue.by(line),
            start_s=line.start_s,
        )


def _quote(lines: Sequence[Line], ends: Collection[int], plan: Outline) -> Line | None:
    """Return the most quotable sentence, or None. `ends`: last lines of passages."""
    quotable = [
        n
        for n in lines
        if n.solid
        and not n.question
        and not n.counted
        and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= MIN_QUOTE_WEIGHT)
        and (n.index in ends or n.general or _strong(n.text, plan.language))
        and is_self_contained(n.text, plan.language)
    ]
    last = lines[-max(1, len(lines) // 3) :]

    def rank(line: Line) -> float:
        clarity = 0.4 * line.general - 0.2 * is_past(line.text, plan.language)
        return line.weight + clarity + 0.3 * (line in last)

    return max(quotable, key=rank, default=None)


def _strong(text: str, language: str) -> bool:
    return bool(count_strong_words(text, language)) and not is_past(text, language)
