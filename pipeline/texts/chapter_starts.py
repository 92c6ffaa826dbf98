"""Finds where the chapters of a talk may begin, and calls them by words that are said in them.

A change of topic after which nothing can be printed begins no chapter.
"""

from collections.abc import Collection, Iterator, Sequence

from pipeline.analysis import chapter_choice
from pipeline.analysis.title_fitness import Rate
from pipeline.core.arrays import F64
from pipeline.core.data import ChapterStart, Sentence
from pipeline.core.texts import Statement
from pipeline.language import languages
from pipeline.language.cleanup import plain
from pipeline.texts.edited_sentence import Line
from pipeline.texts.outline import Outline
from pipeline.texts.titles import chapter_titles
from pipeline.texts.titles.chapter_titles import first_new

MIN_CHAPTERS = 3  # YouTube ignores fewer


def find(
    plan: Outline, sentences: Sequence[Sentence], strength: F64, rate: Rate
) -> tuple[ChapterStart, ...]:
    """Return where chapters may begin, in order; the first is where the talk begins.

    strength: of the change of topic before each sentence of the talk, (n,).
    """
    if not plan.lines:
        return ()
    starts_s = [s.start_s for s in sentences]
    ranked = chapter_choice.candidates(strength, starts_s, sentences[-1].end_s)
    talk_s = sentences[-1].end_s - starts_s[0]
    likely = chapter_choice.usual(ranked, strength, talk_s)
    scopes = [(0, min(likely, default=None)), *_scopes(ranked, likely, strength)]
    told = [_lines(plan, first, until) for first, until in scopes]
    taken: set[tuple[str, ...]] = set()
    titles = chapter_titles.titles(plan, told, rate)
    opening, *others = [first_new(candidates, taken) for candidates in titles]
    found = dict(zip(ranked, others, strict=True))
    titled = [at for at in ranked if found[at] is not None]
    usual = chapter_choice.usual(titled, strength, talk_s)
    if opening is None and usual:  # an introduction to nothing is none
        opening = _introduction(plan.language)
    return tuple(
        ChapterStart(
            start_s=starts_s[at],
            title=title.text,
            sources=title.sources,
            strength=round(float(strength[at]), 3),
            usual=at in usual,
        )
        for at, title in sorted((found | {0: opening}).items())
        if title is not None
    )


def chapters(plan: Outline, said: Collection[tuple[str, ...]] = ()) -> list[Statement]:
    """Return the titles of a talk's chapters, with the times at which they begin, in order.

    said: texts, as `cleanup.plain` returns them, that no title may repeat; a chapter with such a
    title belongs to the one before.
    """
    end_s = plan.lines[-1].end_s if plan.lines else 0.0
    return [
        Statement(text=chapter.title, sources=chapter.sources, start_s=chapter.start_s)
        for chapter in chapter_choice.choose(plan.chapters, end_s)
        if plain(chapter.title) not in said or chapter.start_s == 0.0
    ]


def _scopes(
    ranked: Sequence[int], likely: Sequence[int], strength: F64
) -> Iterator[tuple[int, int | None]]:
    """Yield each candidate, and the one before which its chapter ends if both begin chapters.

    That is the next that is likely, or at least as strong; None: the talk's end.
    """
    for at in ranked:
        later = [o for o in ranked if o > at and (o in likely or strength[o] >= strength[at])]
        yield at, min(later, default=None)


def _lines(plan: Outline, first: int, until: int | None) -> list[Line]:
    """Return what is said from a sentence to before another; None: to the end."""
    return [n for n in plan.lines if first <= n.index and (until is None or n.index < until)]


def _introduction(language: str) -> Statement | None:
    """Return the title of a beginning that has no topic; None in a language without one."""
    words = languages.language(language).show_notes
    return Statement(text=words.introduction) if words and words.introduction else None
