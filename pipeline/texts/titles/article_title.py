"""Titles an article: by what is said best in it, by what was asked, or by its subject."""

from collections.abc import Sequence

from pipeline.core.texts import Statement
from pipeline.language.cleanup import shorten
from pipeline.language.conjunctions import strip_conjunction
from pipeline.language.text_limits import width
from pipeline.language.typography import label, quote
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline
from pipeline.texts.passages import Passage
from pipeline.texts.standfirst import full_name, is_named
from pipeline.texts.standing import standing
from pipeline.texts.titles.chapter_titles import MIN_ASKED

MAX_TITLE_CHARS = 95


def title(plan: Outline, told: Sequence[Passage]) -> Statement:
    """Return the title of a text that tells passages, the best first, and what it rests on."""
    inside = [n for passage in told for n in passage.lines]
    asked = (p.question[-1] for p in told if p.question and p.question[-1].alone >= MIN_ASKED)
    for line in (*standing(plan, MAX_TITLE_CHARS, inside), *asked):
        text = _title(line, plan)
        if width(text) <= MAX_TITLE_CHARS:
            return Statement(text=text, sources=line.sources)
    return subject(plan, told[0])


def subject(plan: Outline, passage: Passage, most_chars: int = MAX_TITLE_CHARS) -> Statement:
    """Return what a passage answers or could be called, or else how it begins."""
    first = passage.lines[0]
    if len(passage.question) == 1 and passage.question[0].size <= most_chars:
        return Statement(
            text=_title(passage.question[0], plan), sources=passage.question[0].sources
        )
    if passage.titles:
        return passage.titles[0]
    chars = most_chars // 2 if width(first.text) > len(first.text) else most_chars
    text = shorten(first.text, chars).rstrip(".。")
    return Statement(text=text, sources=first.sources)


def _title(line: Line, plan: Outline) -> str:
    """Return a sentence as a title, quoted if it is word for word a named guest's."""
    said = strip_conjunction(line.text, plan.language).rstrip(".。")
    name = line.speaker if line.speaker and is_named(line.speaker) else None
    if name is None or line.question or not line.verbatim or plan.cast.genre == "lecture":
        return said
    return f"{label(full_name(name, plan), plan.language)}{quote(said, plan.language)}"
