"""Writes an article from a talk: what it is, a summary, a section for each topic, takeaways.

An interview becomes questions and answers, a discussion has its speakers named, a lecture is told
on. Nothing is said twice, except that the summary of a short talk restates its moments.
"""

from collections.abc import Collection, Sequence
from itertools import pairwise

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import MAX_ARTICLE_WORDS
from pipeline.texts import article_title
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    count_strong_words,
    drop_reactions,
    is_insight,
    moments,
)
from pipeline.texts.dialogue import Dialogue, Voice
from pipeline.texts.exchanges import Exchanges
from pipeline.texts.extractive_summary import condense
from pipeline.texts.formats import compose
from pipeline.texts.insight import points, subjects
from pipeline.texts.line import Line
from pipeline.texts.lists import steps
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import says_again
from pipeline.texts.section_headings import SectionHeadings
from pipeline.texts.self_contained import has_verb, is_self_contained
from pipeline.texts.standfirst import standfirst
from pipeline.texts.statement_kinds import is_past
from pipeline.texts.summary import point, summarize

MIN_SUMMARY_SENTENCES = 2
MIN_QUOTE_WEIGHT = 0.6  # minimum weight of a quotation outside the moments
MIN_QUOTE_LINES = 4  # minimum lines of a section with a quotation
MIN_HEADED_CHARS = 700  # minimum characters of sections, for headings
# minimum characters of a section, before a question that can be the next one's heading
MIN_ASKED_CHARS = 500
MIN_STORY_LINES = 4  # minimum lines of a moment that is a section of its own
MAX_QUOTES = 3  # in an article
MAX_SECTIONS_CHARS = 7800  # about 1,500 words together with the rest of the article
MIN_SECTIONS_CHARS = 1000
BASE_CHARS, CHARS_PER_MINUTE = 3000, 400  # people say about 850 characters a minute
LENGTH_SHARES: dict[TextLength, float] = {"short": 0.4, "normal": 1.0, "long": 1.0}
SHRINK = 0.95  # share of the room for sections, where short words make the article too long


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
    restated = (point(n, language) for n in frame.summary)
    summary = [s for s in restated if not says_again(s.text, taken)]
    if len(summary) >= MIN_SUMMARY_SENTENCES:
        blocks.append(Block(kind="summary", statements=tuple(summary)))
    room = min(room, MAX_SECTIONS_CHARS - sum(len(n.text) for n in frame.points))
    found = condense(plan, room, frame.used) or [[drop_reactions(moments(plan)[0])]]
    headings = SectionHeadings(plan, taken)
    sections = [part for section in found for part in _split(section, headings)]
    size = sum(n.size for section in sections for passage in section for n in passage)
    alone = len(sections) == 1 or size < MIN_HEADED_CHARS
    summed_up = {source for s in summary for source in s.sources}
    writer = _Sections(plan, headings, (frame.used, summed_up), alone=alone)
    for passages in sections:
        blocks += writer.section(passages, [n for o in sections if o is not passages for n in o])
    if frame.points:
        label = languages.language(language).takeaways_heading
        blocks.append(Block(kind="heading", statements=(Statement(text=label),)))
        points = tuple(point(n, language) for n in frame.points)
        blocks.append(Block(kind="list", statements=points))
    return blocks


def _split(
    section: Sequence[Sequence[Line]], headings: SectionHeadings
) -> list[list[Sequence[Line]]]:
    """Divide a section where a long story begins or ends, or where a question can be a heading."""
    found: list[list[Sequence[Line]]] = []
    before = False
    for passage in section:
        story = len(passage) >= MIN_STORY_LINES and all(n.moment for n in passage)
        size = sum(n.size for p in found[-1] for n in p) if found else 0
        asked = size >= MIN_ASKED_CHARS and bool(headings.asked(passage[0]))
        if not found or story or before or asked:
            found.append([])
        found[-1].append(passage)
        before = story
    return found


def _budget(plan: Outline) -> float:
    """Return the characters for an article: most of a short talk, the essence of a long one."""
    minutes = plan.lines[-1].end_s / 60
    return min(MAX_SECTIONS_CHARS, BASE_CHARS + CHARS_PER_MINUTE * minutes)


class _Sections:
    """Writes one section after the other; headings and quotations are not repeated."""

    def __init__(
        self,
        plan: Outline,
        headings: SectionHeadings,
        used: tuple[Collection[int], Collection[int]],
        *,
        alone: bool,
    ) -> None:
        """`used`: lines that are told in the takeaways, and lines that the summary has."""
        self._plan = plan
        self._used, self._summed_up = used
        self._headings = headings
        self._alone = alone  # a single section needs no heading
        self._dialogue = Dialogue(plan.lines, plan.language)
        self._exchanges = Exchanges(plan.lines)
        self._about = subjects(plan.lines, plan.language)
        self._voice = Voice()
        self._quotes = 0

    def section(
        self, passages: Sequence[Sequence[Line]], others: Sequence[Sequence[Line]]
    ) -> list[Block]:
        """Return a section: a heading with its time, paragraphs, perhaps a quotation."""
        passages = [self._exchanges.with_question(p, self._used) for p in passages]
        first, *rest = passages[0]
        asked = self._headings.asked(first) if rest else ""
        said_elsewhere = " ".join(n.text for p in others for n in p)
        heading = asked
        if not (asked or (self._exchanges.found and self._exchanges.asks(first))):
            heading = self._headings.heading(passages, said_elsewhere)
        to_tell: list[Sequence[Line]] = list(passages)
        if heading and rest and (asked or plain(heading) == plain(first.text)):
            to_tell[0] = _after_question(first, rest) if asked else rest
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
        leaned_on = {a.index for p in passages for a, b in pairwise(p) if not b.opens}
        unfit = {*listed, *self._summed_up, *leaned_on}
        quotable = [n for n in lines[1:] if n.index not in unfit]
        enough = len(lines) >= MIN_QUOTE_LINES and self._quotes < MAX_QUOTES
        quote = _quote(quotable, ends, self._plan, self._about) if enough else None
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
            statements=(
                Statement(
                    text=strip_conjunction(line.text, self._plan.language), sources=line.sources
                ),
            ),
            speaker=self._dialogue.by(line),
            start_s=line.start_s,
        )


def _after_question(question: Line, rest: Sequence[Line]) -> Sequence[Line]:
    """Return the answer to a question that is a heading: without what the host added."""
    answer = list(rest)
    while len(answer) > 1 and answer[0].speaker == question.speaker:
        del answer[0]
    return answer


def _quote(
    lines: Sequence[Line], ends: Collection[int], plan: Outline, about: Collection[str]
) -> Line | None:
    """Return the most quotable sentence, or None.

    ends: last lines of passages. about: what the talk is about.
    """
    quotable = [
        n
        for n in lines
        if n.solid
        and not n.question
        and not n.counted
        and has_verb(n.text, plan.language)
        and 40 <= len(n.text) <= 180
        and (n.moment or n.weight >= MIN_QUOTE_WEIGHT)
        and (n.index in ends or n.general or _strong(n.text, plan.language))
        and is_self_contained(strip_conjunction(n.text, plan.language), plan.language)
        and (n.moment or not _is_narrated(n.text, plan.language))
        and is_insight(strip_conjunction(n.text, plan.language), about, plan.language)
    ]
    last = lines[-max(1, len(lines) // 3) :]

    def rank(line: Line) -> float:
        return line.weight + 0.4 * line.general + 0.3 * (line in last)

    return max(quotable, key=rank, default=None)


def _is_narrated(text: str, language: str) -> bool:
    """Whether a sentence is part of a story, or points at what is said around it."""
    return is_past(text, language) or points(text, language)


def _strong(text: str, language: str) -> bool:
    return bool(count_strong_words(text, language)) and not is_past(text, language)
