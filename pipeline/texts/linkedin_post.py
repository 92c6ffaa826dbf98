"""A post for a network of colleagues: a hook, the best moment, takeaways, a question, tags."""

from collections.abc import Mapping, Sequence

from pipeline.highlights.hashtags import hashtags
from pipeline.language.cleanup import together
from pipeline.language.text_limits import MAX_POST_CHARS
from pipeline.texts.content_selection import (
    moments,
    named,
    paragraphs,
    question,
    takeaways,
    told,
    unaddressed,
    unframed,
    worthy_text,
)
from pipeline.texts.dialogue import numbered
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line, Outline

HOOK = 140  # characters of a post shown before "see more"
MIN_LISTED = 3  # takeaways, or tags, that make a list
POINTS, TAGS = 5, 5  # at most
SHORT_POST = 600  # characters: below, a second moment is told


def post(plan: Outline) -> str:
    """At most 3,000 characters; the hook has one line, or two."""
    told_of = _told_of(plan)
    used = {n.index for moment in told_of for n in moment}
    asked = question(plan, used)
    points = takeaways(plan, used | ({asked.index} if asked else set()), POINTS)
    tags = hashtags(worthy_text(plan), plan.language, TAGS)
    end = [_bullets([unframed(n, plan.language) for n in points])]
    end = end if len(points) >= MIN_LISTED else []
    end += [unaddressed(asked.text, plan.language)] if asked else []
    end += [" ".join(tags)] if len(tags) >= MIN_LISTED else []
    room = MAX_POST_CHARS - sum(len(part) + 2 for part in end)
    parts: list[str] = []
    for paragraph in _paragraphs(told_of, plan.language):
        if parts and sum(len(part) + 2 for part in [*parts, paragraph]) > room:
            break
        parts.append(paragraph)
    return "\n\n".join([*parts, *end])[:MAX_POST_CHARS]


def _told_of(plan: Outline) -> list[tuple[Line, ...]]:
    """The best moment; the second too where that is short and enough is left for takeaways."""
    best, *others = moments(plan)
    used = {n.index for moment in (best, *others[:1]) for n in moment}
    short = sum(n.size for n in told(best)) < SHORT_POST
    if others and short and len(takeaways(plan, used, MIN_LISTED)) == MIN_LISTED:
        return [best, others[0]]
    return [best]


def _paragraphs(moments: Sequence[Sequence[Line]], language: str) -> list[str]:
    """The hook, in two lines where two sentences are seen before "see more"; then the rest."""
    found: list[str] = []
    for moment in map(told, moments):
        texts = {n.index: text for n, text in zip(moment, named(moment), strict=True)}
        listed = steps(moment, language)
        body = listed.before if listed and listed.before else moment
        hook = 0
        if not found:
            hook = 2 if len(body) > 2 and len(body[1].text) <= HOOK else 1
            found.append("\n".join(texts[n.index] for n in body[:hook]))
        found += _in_pairs(body[hook:], texts)
        if listed and listed.before:
            found += [numbered(listed.points), *_in_pairs(listed.after, texts)]
    return found


def _in_pairs(lines: Sequence[Line], texts: Mapping[int, str]) -> list[str]:
    """Paragraphs of two sentences; `texts` of the lines, with names where they are needed."""
    return [together(texts[n.index] for n in p) for p in paragraphs(lines, 2)]


def _bullets(points: Sequence[str]) -> str:
    return "\n".join(f"• {point}" for point in points)
