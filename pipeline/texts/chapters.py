"""Divides a talk into chapters: its topics, headed as the sections of an article are.

A topic for which no good heading is found belongs to the chapter before.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.core.texts import Statement
from pipeline.highlights.titles import MAX_TITLE_CHARS
from pipeline.language import languages
from pipeline.language.text_limits import width
from pipeline.texts.chatter import asks
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.section_headings import SectionHeadings
from pipeline.texts.self_contained import is_self_contained
from pipeline.texts.unfit_sentences import restarts

MIN_CHAPTER_S = 10  # whole seconds; YouTube ignores chapters if one of them is shorter
MIN_CHAPTER_SHARE = 0.02  # of the talk; nobody looks for less
MIN_TITLE_WORDS = 2
MIN_QUESTION_CHARS = 24  # of a question as a title
MIN_CHAPTERS = 3  # YouTube ignores fewer
MAX_OPENING_S = 30  # before the first topic, of what is no chapter of its own


def topics(plan: Outline, taken: Collection[tuple[str, ...]] = ()) -> list[Statement]:
    """Return the headings of the topics, with the times at which these begin, in order.

    taken: texts, as `cleanup.plain` returns them, that no heading may repeat.
    """
    headings = SectionHeadings(plan, set(taken))
    ends_s = plan.lines[-1].end_s
    least_s = max(MIN_CHAPTER_S, int(MIN_CHAPTER_SHARE * ends_s))
    found: list[Statement] = []
    for topic, after in zip(plan.topics, [*plan.topics[1:], ()], strict=True):
        told = [line for line in topic if not line.chatter]
        others = " ".join(n.text for other in plan.topics if other is not topic for n in other)
        title = _title(told, others, headings, plan.language) if told else ""
        until_s = after[0].start_s if after else ends_s
        if not title or int(until_s) - int(told[0].start_s) < least_s:
            continue
        headings.take(title)
        sources = tuple(n.index for n in told if title.rstrip(".?!") in n.text)[:1]
        found.append(Statement(text=title, sources=sources, start_s=told[0].start_s))
    return found


def _title(told: Sequence[Line], others: str, headings: SectionHeadings, language: str) -> str:
    """Return what was asked, if it is short enough, or a thought or a term; else ""."""
    asked = headings.asked(told[0]) if len(told) > 1 else ""
    candidates = (asked, headings.heading([told], others))
    return next((title for title in candidates if _is_title(title, language)), "")


def _is_title(text: str, language: str) -> bool:
    """Whether a heading is short and complete enough without any text below it."""
    spaced = languages.language(language).spaces
    return (
        bool(text)
        and width(text) <= MAX_TITLE_CHARS
        and (len(text.split()) >= MIN_TITLE_WORDS or not spaced)
        and not restarts(text, language)
        and not text.endswith(("!", "！"))
        and (not asks(text) or _is_whole_question(text, language))
    )


def _is_whole_question(text: str, language: str) -> bool:
    """Whether a question names what it asks for."""
    asked = text.rstrip("?？\u202f\u00a0 ")  # the mark may stand apart, which is no word
    return width(text) >= MIN_QUESTION_CHARS and is_self_contained(asked, language)


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
