"""The edit of a clip that a request asks for: other words, other ends, another title."""

import dataclasses

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.clip_requests import Cut, EditedWord, Render
from pipeline.core.data import Highlight, Span, Talk, Word
from pipeline.editing import word_cuts
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
    start_s, end_s = bounds
    title = template.title if asked.title is None else asked.title
    if masks and asked.title is not None:
        title = profanity.mask_text(title, talk.transcript.language)
    edited = dataclasses.replace(template, start_s=start_s, end_s=end_s, title=title)
    if asked.cuts is None:
        _check_length(edited, asked)
    _check_within(talk, edited, asked)
    if asked.start_seconds is not None or asked.end_seconds is not None:
        end_s = min(end_s, talk.source.duration_s)
    words = None if asked.words is None else _words(asked.words, start_s, end_s)
    first, behind = span_of_words(talk.transcript.words, start_s, end_s)
    if words is None and first == behind:
        raise BadRequest(
            f"Nobody speaks between {start_s:.1f} and {end_s:.1f} s.", field="start_seconds"
        )
    edited = dataclasses.replace(edited, end_s=end_s)
    if asked.cuts is not None:
        spoken = talk.transcript.words[first:behind] if words is None else words
        left_out = word_cuts.place(_cuts(asked.cuts), spoken, Span(start_s=start_s, end_s=end_s))
        edited = dataclasses.replace(edited, left_out=left_out)
        _check_length(edited, asked)
    return ClipEdit(highlight=edited, words=words)


def _cuts(asked: tuple[Cut, ...]) -> list[Span]:
    """Return what a clip is to do without. Raises BadRequest for a part without length."""
    for number, cut in enumerate(asked):
        if cut.end_seconds <= cut.start_seconds:
            raise BadRequest(
                f"cuts[{number}] must end after it begins, at {cut.start_seconds:g} s.",
                field="cuts",
            )
    return [Span(start_s=cut.start_seconds, end_s=cut.end_seconds) for cut in asked]


def _check_length(edited: Highlight, asked: Render) -> None:
    """Raise BadRequest where the clip would be too short or too long.

    One that nobody changes is good: the clip was made with it.
    """
    if asked.start_seconds is None and asked.end_seconds is None and asked.cuts is None:
        return
    clip_s = kept_s(edited)
    if SHORTEST_S <= clip_s + SLACK_S <= LONGEST_S + 2 * SLACK_S:
        return
    field = "start_seconds" if asked.end_seconds is None else "end_seconds"
    raise BadRequest(
        f"A clip is {SHORTEST_S:g} to {LONGEST_S:g} s long; from {edited.start_s:g} to "
        f"{edited.end_s:g} s{' with these cuts' if asked.cuts else ''} it would be {clip_s:g} s.",
        field="cuts" if asked.cuts is not None else field,
    )


def _check_within(talk: Talk, edited: Highlight, asked: Render) -> None:
    """Raise BadRequest where the clip would go beyond the source."""
    if asked.start_seconds is None and asked.end_seconds is None:
        return
    if edited.end_s > talk.source.duration_s + SLACK_S:
        outside = edited.start_s >= talk.source.duration_s
        raise BadRequest(
            f"The source ends at {talk.source.duration_s:.1f} s.",
            field="start_seconds" if outside else "end_seconds",
        )


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
