"""Writes a newsletter's item: subject, preview, one paragraph, three points, a quotation."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.core.texts import Block, Document, Statement, TextOptions
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.text_limits import width
from pipeline.texts.edited_sentence import MIN_SURE, Line
from pipeline.texts.formats import compose
from pipeline.texts.kinds.choice import choose
from pipeline.texts.kinds.voices import Voices
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage
from pipeline.texts.standfirst import subject_line
from pipeline.texts.standing import points, quotations, standing
from pipeline.texts.titles import article_title

MAX_SUBJECT_CHARS = 60  # phones show no more
MAX_PREVIEW_CHARS = 90
MAX_WORDS = 120  # maximum words in the paragraph
POINTS = 3
MAX_POINT_CHARS = 140
CHARS_PER_WORD = 4  # characters of a word in a script without spaces, as `width` counts


def newsletter(plan: Outline, options: TextOptions) -> Document:
    """Return Markdown; its paragraph has at most 120 words, if a moment tells itself in so few."""
    passage = next(choose(plan, options))
    told = Passage(question=(), lines=_paragraph(passage, plan.language), odds=passage.odds)
    subject = _subject(plan, passage)
    blocks = [Block(kind="title", statements=(subject,))]
    said = {plain(subject.text), *(plain(n.text) for n in told.lines)}
    if (who := subject_line(plan)) and width(who.text) <= MAX_PREVIEW_CHARS:
        blocks.append(Block(kind="standfirst", statements=(who,)))
    asks = any(n.sources == subject.sources for n in passage.question)
    whole = replace(told, question=() if asks else passage.question)
    blocks += Voices(plan).blocks(whole, len(told.lines))
    listed = points(plan, POINTS, MAX_POINT_CHARS, said)
    if len(listed) == POINTS:
        blocks.append(Block(kind="list", statements=tuple(listed)))
        said |= {plain(s.text) for s in listed}
    blocks += quotations(plan, 1, said)
    return compose("newsletter", plan.language, blocks, link=options.link)


def _paragraph(passage: Passage, language: str) -> tuple[Line, ...]:
    """Return as much of a passage as a paragraph has, from its beginning on."""
    told = list(passage.lines)
    while len(told) > 1 and (_words(told, language) > MAX_WORDS or told[-1].question):
        told.pop()
    return tuple(told)


def _words(run: Sequence[Line], language: str) -> float:
    """Return the number of words, as an estimate in scripts without spaces."""
    if languages.language(language).spaces:
        return sum(len(n.text.split()) for n in run)
    return sum(n.size for n in run) / CHARS_PER_WORD


def _subject(plan: Outline, passage: Passage) -> Statement:
    """Return a sentence or the question, the first that is short, or what a passage is about."""
    language = plan.language
    asked = [n for n in passage.question if n.question and n.alone >= MIN_SURE]
    best = standing(plan, MAX_SUBJECT_CHARS, passage.lines)
    for line in (*best, *asked, *standing(plan, MAX_SUBJECT_CHARS)):
        text = strip_conjunction(line.text, language).rstrip(".。")
        if width(text) <= MAX_SUBJECT_CHARS:
            return Statement(text=text, sources=line.sources)
    return article_title.subject(plan, passage, MAX_SUBJECT_CHARS)
