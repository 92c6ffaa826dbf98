"""Writes a LinkedIn post: a hook, the best moment, takeaways, a question, hashtags."""

from collections.abc import Mapping, Sequence

from pipeline.language.cleanup import together
from pipeline.language.text_limits import MAX_POST_CHARS
from pipeline.texts.content_selection import (
    drop_reactions,
    moments,
    name_speakers,
    paragraphs,
    question,
    strip_address,
    strip_frame,
    tags_of,
    takeaways,
)
from pipeline.texts.dialogue import number_points
from pipeline.texts.lists import steps
from pipeline.texts.outline import Line, Outline

MAX_HOOK_CHARS = 140  # shown before "see more"
MIN_LISTED = 3  # takeaways that make a list
MAX_TAKEAWAYS, MAX_TAGS = 5, 3
MIN_MOMENT_CHARS = 600  # a shorter best moment is followed by a second one


def post(plan: Outline) -> str:
    """Return at most 3,000 characters; the hook has one or two lines."""
    chosen = _choose_moments(plan)
    used = {n.index for moment in chosen for n in moment}
    final_question = question(plan, used)
    points = takeaways(
        plan, used | ({final_question.index} if final_question else set()), MAX_TAKEAWAYS
    )
    tags = tags_of(plan, MAX_TAGS)
    end = [_bullets([strip_frame(n, plan.language) for n in points])]
    end = end if len(points) >= MIN_LISTED else []
    end += [strip_address(final_question.text, plan.language)] if final_question else []
    end += [" ".join(tags)] if tags else []
    room = MAX_POST_CHARS - sum(len(part) + 2 for part in end)
    parts: list[str] = []
    for paragraph in _paragraphs(chosen, plan.language):
        if parts and sum(len(part) + 2 for part in [*parts, paragraph]) > room:
            break
        parts.append(paragraph)
    return "\n\n".join([*parts, *end])[:MAX_POST_CHARS]


def _choose_moments(plan: Outline) -> list[tuple[Line, ...]]:
    """Return the best moment; also the second if that is short and takeaways remain."""
    best, *others = moments(plan)
    used = {n.index for moment in (best, *others[:1]) for n in moment}
    short = sum(n.size for n in drop_reactions(best)) < MIN_MOMENT_CHARS
    if others and short and len(takeaways(plan, used, MIN_LISTED)) == MIN_LISTED:
        return [best, others[0]]
    return [best]


def _paragraphs(moments: Sequence[Sequence[Line]], language: str) -> list[str]:
    """Return the hook, in two lines if both are visible before "see more", and the rest."""
    found: list[str] = []
    for moment in map(drop_reactions, moments):
        named = name_speakers(moment, language)
        texts = {n.index: text for n, text in zip(moment, named, strict=True)}
        listed = steps(moment, language)
        body = listed.before if listed and listed.before else moment
        hook = 0
        if not found:
            hook = 2 if len(body) > 2 and len(body[1].text) <= MAX_HOOK_CHARS else 1
            found.append("\n".join(texts[n.index] for n in body[:hook]))
        found += _in_pairs(body[hook:], texts)
        if listed and listed.before:
            found += [number_points(listed.points), *_in_pairs(listed.after, texts)]
    return found


def _in_pairs(lines: Sequence[Line], texts: Mapping[int, str]) -> list[str]:
    """Return paragraphs of two sentences; `texts` of the lines have names where needed."""
    return [together(texts[n.index] for n in p) for p in paragraphs(lines, 2)]


def _bullets(points: Sequence[str]) -> str:
    return "\n".join(f"• {point}" for point in points)
