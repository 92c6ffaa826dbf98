"""The edit of a clip that a request asks for: other words, other ends, another title."""

import dataclasses

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.clip_requests import EditedWord, Render
from pipeline.core.data import Highlight, Talk, Word
from pipeline.editing.clip_edit import ClipEdit, span_of_words
from pipeline.language import profanity
from pipeline.language.writing_systems import is_visible

SHORTEST_S, LONGEST_S = 1.0, 180.0  # limits on the length of a rerendered clip
SLACK_S = 0.05  # numbers are reported rounded


def kept_s(span: Highlight) -> float:
    """Return the seconds of a highlight without what it leaves out."""
    left_out = (
        max(0.0, min(gap.end_s, span.end_s) - max(gap.start_s, span.start_s))
        for gap in span.left_out
    )
    return span.end_s - span.start_s - sum(left_out)


def edit_of(
    talk: Talk, template: Highlight, bounds: tuple[float, float], asked: Render, *, masks: bool
) -> ClipEdit:
    """Return the edit of the clip `template` of a talk. Raises BadRequest.

    `bounds`: of the clip, in seconds of the source; with `masks` profanity is masked again.
    """
    start_s, end_s = _bounds(talk, template, bounds, asked)
    words = None if asked.words is None else _words(asked.words, start_s, end_s)
    first, behind = span_of_words(talk.transcript.words, start_s, end_s)
    if words is None and first == behind:
        raise BadRequest(
            f"Nobody speaks between {start_s:.1f} and {end_s:.1f} s.", field="start_seconds"
        )
    title = template.title if asked.title is None else asked.title
    if masks and asked.title is not None:
        title = profanity.mask_text(title, talk.transcript.language)
    highlight = dataclasses.replace(template, start_s=start_s, end_s=end_s, title=title)
    return ClipEdit(highlight=highlight, words=words)


def _bounds(
    talk: Talk, template: Highlight, bounds: tuple[float, float], asked: Render
) -> tuple[float, float]:
    """Return the bounds within the source, in seconds. Raises BadRequest.

    Bounds that nobody changes are good: the clip was made with them.
    """
    start_s, end_s = bounds
    if asked.start_seconds is None and asked.end_seconds is None:
        return bounds
    clip_s = kept_s(dataclasses.replace(template, start_s=start_s, end_s=end_s))
    if not SHORTEST_S <= clip_s + SLACK_S <= LONGEST_S + 2 * SLACK_S:
        raise BadRequest(
            f"A clip is {SHORTEST_S:g} to {LONGEST_S:g} s long; from {start_s:g} to {end_s:g} s "
            f"it would be {clip_s:g} s.",
            field="start_seconds" if asked.end_seconds is None else "end_seconds",
        )
    if end_s > talk.source.duration_s + SLACK_S:
        outside = start_s >= talk.source.duration_s
        raise BadRequest(
            f"The source ends at {talk.source.duration_s:.1f} s.",
            field="start_seconds" if outside else "end_seconds",
        )
    return start_s, min(end_s, talk.source.duration_s)


def _words(edited: tuple[EditedWord, ...], start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the edited words. Raises BadRequest unless their times ascend within the clip."""
    at_s = start_s - SLACK_S
    for number, word in enumerate(edited):
        if not is_visible(word.text):
            raise BadRequest(f"words[{number}] has no visible characters; omit it.", field="words")
        if word.start_seconds < at_s or word.end_seconds < word.start_seconds:
            raise BadRequest(
                f"words[{number}] ({word.text!r}) must begin after the word before it and not end "
                "before it begins.",
                field="words",
            )
        if word.end_seconds > end_s + SLACK_S:
            raise BadRequest(
                f"words[{number}] ({word.text!r}) ends after the clip, at {word.end_seconds:g} s.",
                field="words",
            )
        at_s = word.start_seconds
    return tuple(
        Word(text=w.text.strip(), start_s=w.start_seconds, end_s=w.end_seconds, probability=1.0)
        for w in edited
    )
