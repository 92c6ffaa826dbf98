"""Divides a talk into chapters: its topics, headed as the sections of an article are.

A topic for which no good heading is found belongs to the chapter before.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.language.text_limits import width
from pipeline.texts.outline import Line, Outline
from pipeline.texts.section_headings import SectionHeadings

MIN_CHAPTER_S = 10  # whole seconds; YouTube ignores chapters if one of them is shorter
MIN_CHAPTERS = 3  # YouTube ignores fewer
MAX_OPENING_S = 30  # before the first topic, of what is no chapter of its own


def topics(plan: Outline, taken: Collection[tuple[str, ...]] = ()) -> list[Statement]:
    """Return the headings of the topics, with the times at which these begin, in order.

    taken: texts, as `cleanup.plain` returns them, that no heading may repeat.
    """
    headings = SectionHeadings(plan, set(taken))
    found: list[Statement] = []
    for topic in plan.topics:
        told = [line for line in topic if not line.chatter]
        title = _title(told, plan, headings) if told else ""
        begins_s = told[0].start_s if told else 0.0
        if title and (
            not found or _seconds(begins_s) - _seconds(found[-1].start_s) >= MIN_CHAPTER_S
        ):
            headings.take(title)
            sources = tuple(n.index for n in told if plain(title)[:3] == plain(n.text)[:3])
            found.append(Statement(text=title, sources=sources[:1], start_s=begins_s))
    ends_s = plan.lines[-1].end_s
    return [s for s in found if _seconds(ends_s) - _seconds(s.start_s) >= MIN_CHAPTER_S]


def _title(told: Sequence[Line], plan: Outline, headings: SectionHeadings) -> str:
    """Return what was asked, if it is short enough, or a thought or a term; else ""."""
    others = " ".join(n.text for topic in plan.topics for n in topic if n not in told)
    candidates: Iterator[str] = (
        headings.asked(told[0]) if len(told) > 1 else "",
        headings.heading([told], others),
    )
    return next((title for title in candidates if title and width(title) <= MAX_TITLE_CHARS), "")


def video_chapters(plan: Outline, taken: Collection[tuple[str, ...]] = ()) -> list[Statement]:
    """Return chapters by YouTube's rules, or none: from 0:00, three of ten seconds or more.

    A first topic that begins later follows an introduction.
    """
    found = topics(plan, taken)
    words = languages.language(plan.language).show_notes
    if found and (found[0].start_s or 0.0) <= MAX_OPENING_S:
        found[0] = replace(found[0], start_s=0.0)
    elif found and words is not None:
        found.insert(0, Statement(text=words.introduction, start_s=0.0))
    starts_at_0 = bool(found) and found[0].start_s == 0.0
    return found if starts_at_0 and len(found) >= MIN_CHAPTERS else []


def _seconds(time_s: float | None) -> int:
    """Return a time as it is printed."""
    return int(time_s or 0.0)
