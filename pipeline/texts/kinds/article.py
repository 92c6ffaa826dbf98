"""Writes an article: what the talk is, and its best exchanges or sections, whole, in their order.

Each stands under the question that was asked, or a title of its own; nothing is between them.
"""

from collections.abc import Iterator, Sequence

from pipeline.core.texts import Block, Document, Statement, TextLength, TextOptions
from pipeline.language.cleanup import plain
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.text_limits import MAX_ARTICLE_WORDS, width
from pipeline.texts.formats import compose
from pipeline.texts.kinds.voices import Voices
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage
from pipeline.texts.standfirst import standfirst
from pipeline.texts.titles import article_title
from pipeline.texts.titles.chapter_titles import first_new

MAX_PARAGRAPH_SENTENCES = 4
SECTIONS: dict[TextLength, int] = {"short": 2, "normal": 4, "long": 5}
MAX_CHARS = 7800  # about 1,500 words together with the rest of the article
MAX_HEADING_CHARS = 120
MIN_ASKED = 2  # sections with a question, so that no other section stands beside them
LEAST_ODDS_BELOW = 6.0  # nats below the best section's odds, for one that is still told


def article(plan: Outline, options: TextOptions) -> Document:
    """Return an article of at most MAX_ARTICLE_WORDS, in Markdown."""
    sections = choose_sections(plan, options.length)
    while True:
        blocks = list(_write(plan, sections))
        document = compose("blog_post", plan.language, blocks, link=options.link)
        if len(document.text.split()) <= MAX_ARTICLE_WORDS or len(sections) == 1:
            return document
        sections.pop()


def choose_sections(plan: Outline, length: TextLength) -> list[Passage]:
    """Return the best sections that fit, the best first: of an interview, those that were asked."""
    asked = [section for section in plan.sections if section.question]
    pool = asked if len(asked) >= MIN_ASKED else plan.sections
    room = MAX_CHARS
    best = pool[0].odds
    chosen = []
    for section in pool[: SECTIONS[length]]:
        if section.size <= room and section.odds >= best - LEAST_ODDS_BELOW:
            room -= section.size
            chosen.append(section)
    return chosen


def _write(plan: Outline, sections: Sequence[Passage]) -> Iterator[Block]:
    title = article_title.title(plan, sections)
    yield Block(kind="title", statements=(title,))
    if (below := standfirst(plan)) is not None:
        yield below
    voices, taken = Voices(plan), {plain(title.text)}
    for at, section in enumerate(sorted(sections, key=lambda s: s.lines[0].index)):
        asked = section.question[-1].sources if len(section.question) == 1 else None
        if asked == title.sources and not at:
            yield from voices.answer(section, MAX_PARAGRAPH_SENTENCES)
            continue
        heading = _heading(section, plan, taken) if len(sections) > 1 else None
        if heading is None and not section.question and at:
            continue  # it would read as more of the section before
        if heading is not None:
            start_s = section.everything[0].start_s
            yield Block(kind="heading", statements=(heading,), start_s=start_s)
        answers = heading is not None and heading.sources == asked
        tell = voices.answer if answers else voices.blocks
        yield from tell(section, MAX_PARAGRAPH_SENTENCES)


def _heading(section: Passage, plan: Outline, taken: set[tuple[str, ...]]) -> Statement | None:
    """Return the question, if it is one short sentence; the title of a section without one."""
    if not section.question:
        return first_new(section.titles, taken)
    asked = section.question[0]
    text = strip_conjunction(asked.text, plan.language)
    if len(section.question) > 1 or width(text) > MAX_HEADING_CHARS:
        return None
    return first_new([Statement(text=text, sources=asked.sources)], taken)
