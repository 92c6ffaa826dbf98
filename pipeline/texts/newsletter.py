"""Writes a newsletter's item: subject, preview, one paragraph, three points, a quotation."""

from collections.abc import Collection, Iterator, Sequence

from pipeline.core.texts import Block, Document, Statement, TextOptions
from pipeline.highlights.titles import clip_title
from pipeline.language import languages
from pipeline.language.cleanup import plain, together
from pipeline.language.text_limits import width
from pipeline.texts import article_title, headings
from pipeline.texts.content_selection import (
    is_worthy,
    name_speakers,
    strip_conjunction,
    takeaways,
)
from pipeline.texts.formats import compose
from pipeline.texts.hooks import opening_moments
from pipeline.texts.outline import Line, Outline
from pipeline.texts.quotations import quotations
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.standfirst import subject_line
from pipeline.texts.summary import point, summarize

MAX_SUBJECT_CHARS = 60  # phones show no more
MAX_PREVIEW_CHARS = 90
PARAGRAPH_WORDS = 60, 120
POINTS = 3
MAX_PREVIEWS = 8  # takeaways among which the preview is chosen
WORSE_MOMENT_COST = 0.15  # of a paragraph, for each moment that is better than its own
CHARS_PER_WORD = 4  # of a script without spaces, as `width` counts


def newsletter(plan: Outline, options: TextOptions) -> Document:
    """Return Markdown; its paragraph has 60 to 120 words where so much is told in one piece."""
    language = plan.language
    moment = _paragraph(opening_moments(plan, options.hook), language)
    used = {n.index for n in moment}
    points = [point(n, language) for n in takeaways(plan, used, POINTS)]
    points = points if len(points) == POINTS else []
    subject = _subject(plan)
    said = {plain(s.text) for s in (subject, *points)} | {plain(n.text) for n in moment}
    blocks = [Block(kind="title", statements=(subject,))]
    if preview := _preview(plan, said):
        said.add(plain(preview.text))
        blocks.append(Block(kind="standfirst", statements=(preview,)))
    texts = name_speakers(moment, language)
    told = tuple(Statement(text=t, sources=(n.index,)) for t, n in zip(texts, moment, strict=True))
    blocks.append(Block(kind="paragraph", statements=told))
    if points:
        blocks.append(Block(kind="list", statements=tuple(points)))
    blocks += quotations(plan, 1, said)
    return compose("newsletter", language, blocks, link=options.link)


def _paragraph(found: Sequence[Sequence[Line]], language: str) -> Sequence[Line]:
    """Return consecutive sentences of one moment that a stranger can read; else its beginning."""
    runs = [
        (_worth(run, moment) - WORSE_MOMENT_COST * rank, run)
        for rank, moment in enumerate(found)
        for run in _runs(moment, language)
    ]
    if runs:
        return max(runs, key=lambda pair: pair[0])[1]
    best = max(found, key=lambda moment: min(_words(moment, language), PARAGRAPH_WORDS[1]))
    while len(best) > 1 and _words(best, language) > PARAGRAPH_WORDS[1]:
        best = best[:-1]
    return best


def _runs(moment: Sequence[Line], language: str) -> Iterator[Sequence[Line]]:
    """Yield the parts of a moment that have the length of a paragraph and can stand alone."""
    least, most = PARAGRAPH_WORDS
    for first, line in enumerate(moment):
        opens = line.alone and line.solid and not line.question
        if not (opens and is_self_contained(strip_conjunction(line.text, language), language)):
            continue
        for last in range(first, len(moment)):
            run = moment[first : last + 1]
            ends = moment[last].solid and not moment[last].question
            if ends and least <= _words(run, language) <= most:
                yield run


def _worth(run: Sequence[Line], moment: Sequence[Line]) -> float:
    """Return how well a part can do without the rest of its moment."""
    whole = 0.3 * (run[0] is moment[0]) + 0.4 * (run[-1] is moment[-1])
    several = 0.3 * (len({n.speaker for n in run}) > 1)
    return whole + sum(n.weight for n in run) / len(run) - several


def _words(run: Sequence[Line], language: str) -> float:
    """Return the number of words, as an estimate in scripts without spaces."""
    if languages.language(language).spaces:
        return sum(len(n.text.split()) for n in run)
    return sum(n.size for n in run) / CHARS_PER_WORD


def _subject(plan: Outline) -> Statement:
    """Return the article's title if it is short enough, else the best thought that is."""
    told = summarize(plan)
    title = article_title.title(plan, [*told.summary, *told.points])
    if width(title.text) <= MAX_SUBJECT_CHARS:
        return title
    lines = [n for n in plan.lines if n.solid and is_worthy(n, plan) and not n.question]
    text = headings.thought([n.text for n in lines], plan.language, (), [n.weight for n in lines])
    text = text or clip_title(together(n.text for n in lines), plan.language)
    return Statement(text=text, sources=tuple(n.index for n in lines if text in n.text)[:1])


def _preview(plan: Outline, said: Collection[tuple[str, ...]]) -> Statement | None:
    """Return a short sentence of the summary that is not said elsewhere, else who talks."""
    found = [point(n, plan.language) for n in takeaways(plan, (), MAX_PREVIEWS)]
    who = subject_line(plan)
    fit = [
        s
        for s in (*found, who)
        if s is not None and width(s.text) <= MAX_PREVIEW_CHARS and plain(s.text) not in said
    ]
    return fit[0] if fit else None
