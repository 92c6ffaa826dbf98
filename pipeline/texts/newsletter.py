"""Writes a newsletter's item: subject, preview, one paragraph, three points, a quotation."""

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import replace

from pipeline.core.texts import Block, Document, Statement, TextOptions
from pipeline.highlights.titles import clip_title
from pipeline.language import languages
from pipeline.language.cleanup import plain, split_sentences, together
from pipeline.language.text_limits import width
from pipeline.texts import article_title, headings
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import (
    is_worthy,
    moments,
    name_speakers,
    takeaways,
)
from pipeline.texts.dialogue import Dialogue
from pipeline.texts.formats import compose
from pipeline.texts.hooks import opening_moments
from pipeline.texts.line import Line
from pipeline.texts.lists import steps
from pipeline.texts.outline import Outline
from pipeline.texts.quotations import quotations
from pipeline.texts.repetition import says_again
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.standfirst import subject_line, who_talks
from pipeline.texts.summary import point, summarize, told_lines

MAX_SUBJECT_CHARS = 60  # phones show no more
MAX_PREVIEW_CHARS = 90
PARAGRAPH_WORDS = 60, 120
POINTS = 3
MAX_POINT_CHARS = 140
MAX_CANDIDATES = 8  # sentences among which points, subject and preview are chosen
WORSE_MOMENT_COST = 0.4  # cost of a paragraph, for each moment that is better than its own
ASKING_COST = 0.3  # cost of a paragraph in which somebody asks in between
SEVERAL_COST = 1.0  # cost of one in which several people tell
CHARS_PER_WORD = 4  # characters of a word in a script without spaces, as `width` counts


def newsletter(plan: Outline, options: TextOptions) -> Document:
    """Return Markdown; its paragraph has 60 to 120 words where so much is told in one piece."""
    language = plan.language
    found = opening_moments(plan, options.hook)
    stories = [moment for moment in found if not _lists(moment, language)]
    told = _paragraph(stories or found, language)
    subject = _subject(plan)
    blocks = [Block(kind="title", statements=(subject,))]
    said = {plain(subject.text), *(plain(n.text) for n in told)}
    if preview := _preview(plan, said):
        blocks.append(Block(kind="standfirst", statements=(preview,)))
        said.add(plain(preview.text))
    blocks += _set(told, plan)
    if points := _points(plan, {n.index for n in told}, said):
        blocks.append(Block(kind="list", statements=tuple(points)))
        said |= {plain(s.text) for s in points}
    blocks += quotations(plan, 1, said)
    return compose("newsletter", language, blocks, link=options.link)


def _set(told: Sequence[Line], plan: Outline) -> list[Block]:
    """Return one paragraph, or those of a conversation in which several people tell."""
    if len({n.speaker for n in told if not n.question}) > 1:
        return Dialogue(plan.lines, plan.language).blocks(told)
    texts = name_speakers(told, plan.language)
    statements = (Statement(text=t, sources=n.sources) for t, n in zip(texts, told, strict=True))
    return [Block(kind="paragraph", statements=tuple(statements))]


def _points(plan: Outline, used: Set[int], said: Collection[tuple[str, ...]]) -> list[Statement]:
    """Return three takeaways, with quotable sentences where there are fewer; else none.

    If somebody counts three short points, it is these.
    """
    if (listed := _counted(plan, used)) is not None:
        return listed
    known = set(said)
    found: list[Statement] = []
    quotable = (s for block in quotations(plan, MAX_CANDIDATES, said) for s in block.statements)
    own = replace(plan, lines=tuple(told_lines(plan)))
    best = takeaways(own, used, POINTS + 1)
    for s in (*(point(n, plan.language) for n in best), *quotable):
        if width(s.text) <= MAX_POINT_CHARS and not says_again(s.text, known):
            found.append(s)
            known.add(plain(s.text))
    return sorted(found[:POINTS], key=lambda s: s.sources) if len(found) >= POINTS else []


def _counted(plan: Outline, used: Set[int]) -> list[Statement] | None:
    """Return the points of a list that the talk makes, if there are three short ones."""
    for moment in moments(plan):
        firsts = [
            replace(s, text=split_sentences(s.text)[0]) for s in _lists(moment, plan.language)
        ]
        new = used.isdisjoint(i for s in firsts for i in s.sources)
        if new and firsts and all(width(s.text) <= MAX_POINT_CHARS for s in firsts):
            return firsts
    return None


def _lists(moment: Sequence[Line], language: str) -> Sequence[Statement]:
    """Return the points of a list of three, or nothing."""
    listed = steps(moment, language)
    return listed.points if listed is not None and len(listed.points) == POINTS else ()


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
        start = strip_conjunction(split_sentences(line.text)[0], language)
        opens = line.solid and not line.question
        if not (opens and is_self_contained(start, language)):
            continue
        for last in range(first, len(moment)):
            run = moment[first : last + 1]
            ends = moment[last].solid or last == len(moment) - 1  # as it was told
            ends = ends and not moment[last].question
            if ends and least <= _words(run, language) <= most:
                yield run


def _worth(run: Sequence[Line], moment: Sequence[Line]) -> float:
    """Return how well a part can do without the rest of its moment."""
    whole = 0.5 * (run[0] is moment[0]) + 0.4 * (run[-1] is moment[-1])
    asked = ASKING_COST * (len({n.speaker for n in run}) > 1)
    several = SEVERAL_COST * (len({n.speaker for n in run if not n.question}) > 1)
    return whole + sum(n.weight for n in run) / len(run) - asked - several


def _words(run: Sequence[Line], language: str) -> float:
    """Return the number of words, as an estimate in scripts without spaces."""
    if languages.language(language).spaces:
        return sum(len(n.text.split()) for n in run)
    return sum(n.size for n in run) / CHARS_PER_WORD


def _subject(plan: Outline) -> Statement:
    """Return the article's title, or what it quotes, or a thought: the first that is short."""
    told = summarize(plan)
    title = article_title.title(plan, [*told.summary, *told.points])
    opening, closing = languages.language(plan.language).quotation_marks
    quoted = title.text.partition(opening)[2].rpartition(closing)[0]
    whole = [line for line in plan.lines if is_worthy(line, plan) and line.solid]
    alone = [n.text for n in whole if is_self_contained(n.text, plan.language)]
    alone = [text for text in alone if not text.endswith("!")]
    quotable = (b.statements[0].text.rstrip(".。") for b in quotations(plan, MAX_CANDIDATES))
    own = "" if title.text == who_talks(plan) else title.text
    thought = headings.thought(alone, plan.language)
    sure = languages.language(plan.language).grammar is not None  # that a thought is whole
    best = (thought, *quotable) if sure else (*quotable, thought)
    candidates = (own, quoted, *best, title.text)
    short = (t for t in candidates if t and width(t) <= MAX_SUBJECT_CHARS)
    text = next(short, "") or clip_title(together(n.text for n in whole), plan.language)
    said = tuple(n.index for n in whole if text in n.text)[:1]
    return Statement(text=text, sources=said or title.sources)


def _preview(plan: Outline, said: Collection[tuple[str, ...]]) -> Statement | None:
    """Return who talks, else a short sentence that is not said elsewhere."""
    found = [point(n, plan.language) for n in takeaways(plan, (), MAX_CANDIDATES)]
    fit = (
        s
        for s in (subject_line(plan), *found)
        if s is not None and width(s.text) <= MAX_PREVIEW_CHARS and not says_again(s.text, said)
    )
    return next(fit, None)
