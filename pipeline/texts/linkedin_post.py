"""Writes a LinkedIn post: a hook, the best moment, takeaways, a question, hashtags."""

from collections.abc import Mapping, Sequence

from pipeline.core.texts import Block, Document, Statement, TextOptions
from pipeline.language.text_limits import MAX_POST_CHARS
from pipeline.texts.content_selection import (
    name_speakers,
    paragraphs,
    question,
    strip_address,
    strip_frame,
    tags_of,
    takeaways,
)
from pipeline.texts.formats import compose
from pipeline.texts.hooks import opening_moments
from pipeline.texts.line import Line
from pipeline.texts.lists import steps
from pipeline.texts.outline import Outline

MAX_HOOK_CHARS = 140  # shown before "see more"
MIN_LISTED = 3  # takeaways that make a list
MAX_TAKEAWAYS, MAX_TAGS = 5, 3
MIN_MOMENT_CHARS = 600  # a shorter best moment is followed by a second one
SHORT_CHARS = 900  # length in characters of a short post
LONG_MOMENTS = 3  # moments of a long post


def post(plan: Outline, options: TextOptions) -> Document:
    """Return at most 3,000 characters; the hook has one or two lines."""
    chosen = _choose_moments(plan, options)
    used = {n.index for moment in chosen for n in moment}
    final_question = question(plan, used)
    asked = {final_question.index} if final_question else set()
    points = takeaways(
        plan, used | asked, MIN_LISTED if options.length == "short" else MAX_TAKEAWAYS
    )
    counted = [n for n in points if n.counted]
    points = counted if len(counted) >= MIN_LISTED else points  # a list by itself
    end = []
    counts = any(_counts(moment, plan.language) for moment in chosen)
    if len(points) >= MIN_LISTED and not counts:
        listed = tuple(_statement(n, strip_frame(n, plan.language)) for n in points)
        end.append(Block(kind="list", statements=listed))
    if final_question:
        text = strip_address(final_question.text, plan.language)
        end.append(Block(kind="paragraph", statements=(_statement(final_question, text),)))
    if tags := tags_of(plan, MAX_TAGS):
        end.append(Block(kind="tags", statements=tuple(Statement(text=tag) for tag in tags)))
    most = SHORT_CHARS if options.length == "short" else MAX_POST_CHARS
    blocks: list[Block] = []
    for block in _paragraphs(chosen, plan.language):
        document = compose("linkedin_post", plan.language, [*blocks, block, *end])
        if blocks and len(document.text) > most:
            break
        blocks.append(block)
    while (
        blocks
        and end
        and len(compose("linkedin_post", plan.language, [*blocks, *end]).text) > (MAX_POST_CHARS)
    ):
        end.pop(0)
    return compose("linkedin_post", plan.language, [*blocks, *end])


def _statement(line: Line, text: str) -> Statement:
    return Statement(text=text, sources=line.sources)


def _choose_moments(plan: Outline, options: TextOptions) -> list[tuple[Line, ...]]:
    """Return the opening moment; also the second if that is short, and one that lists steps.

    Without such a list, the second only if takeaways remain.
    """
    best, *others = opening_moments(plan, options.hook)
    if options.length == "long":
        return [best, *others[: LONG_MOMENTS - 1]]
    if options.length == "short":
        return [best]
    told = [m for m in (best, *others) if not _counts(m, plan.language)]
    listed = [m for m in (best, *others) if _counts(m, plan.language)][:1]
    short = sum(n.size for n in best) < MIN_MOMENT_CHARS
    if listed:
        return listed if best in listed else [*told[: 2 if short else 1], *listed]
    used = {n.index for moment in (best, *others[:1]) for n in moment}
    if others and short and len(takeaways(plan, used, MIN_LISTED)) == MIN_LISTED:
        return [best, others[0]]
    return [best]


def _counts(moment: Sequence[Line], language: str) -> bool:
    """Whether a moment has a list of at least three steps."""
    listed = steps(moment, language)
    return listed is not None and len(listed.points) >= MIN_LISTED


def _paragraphs(moments: Sequence[Sequence[Line]], language: str) -> list[Block]:
    """Return the hook, in two lines if both are visible before "see more", and the rest."""
    found: list[Block] = []
    for moment in moments:
        named = name_speakers(moment, language)
        texts = {n.index: text for n, text in zip(moment, named, strict=True)}
        listed = steps(moment, language)
        listed = listed if listed and (listed.before or found) else None  # a list is no hook
        body = listed.before if listed else moment
        hook = 0
        if not found:
            hook = 2 if len(body) > 2 and _both_visible(body[:2], texts) else 1
            statements = tuple(_statement(n, texts[n.index]) for n in body[:hook])
            found.append(Block(kind="hook", statements=statements))
        found += _in_pairs(body[hook:], texts)
        if listed:
            found.append(Block(kind="numbered_list", statements=listed.points))
            found += _in_pairs(listed.after, texts)
    return found


def _both_visible(lines: Sequence[Line], texts: Mapping[int, str]) -> bool:
    """Return whether two lines by one person are shown before "see more"."""
    together = sum(len(texts[n.index]) for n in lines)
    return together <= 2 * MAX_HOOK_CHARS and lines[0].speaker == lines[1].speaker


def _in_pairs(lines: Sequence[Line], texts: Mapping[int, str]) -> list[Block]:
    """Return paragraphs of two sentences; `texts` of the lines have names where needed."""
    return [
        Block(kind="paragraph", statements=tuple(_statement(n, texts[n.index]) for n in p))
        for p in paragraphs(lines, 2)
    ]
