"""The edit of a clip that a request asks for: other words, other ends, another title."""

import dataclasses
from collections.abc import Sequence

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.clip_requests import Cut, EditedWord, PlayedPart, Render
from pipeline.core.data import Highlight, Span, Talk, Word
from pipeline.core.timemap import moved_order, order_within, pieces_of
from pipeline.editing import word_cuts
from pipeline.editing.clip_edit import ClipEdit, span_of_words
from pipeline.language import profanity
from pipeline.language.writing_systems import is_visible

SHORTEST_S, LONGEST_S = 1.0, 180.0  # limits on the length of a rerendered clip
SLACK_S = 0.05  # numbers are reported rounded


def kept_s(span: Highlight) -> float:
    """Return the seconds of a highlight without what it leaves out."""
    return sum(piece.duration_s for piece in pieces_of(span))


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
    before, after = _span_of(template), Span(start_s=start_s, end_s=end_s)
    order = moved_order(template.order, before, after)
    edited = dataclasses.replace(template, start_s=start_s, end_s=end_s, title=title, order=order)
    if asked.cuts is None and asked.parts is None:
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
    if asked.cuts is not None or asked.parts is not None:
        spoken = talk.transcript.words[first:behind] if words is None else words
        edited = _cut(edited, asked, spoken)
        _check_length(edited, asked)
    return ClipEdit(highlight=edited, words=words)


def _span_of(clip: Highlight) -> Span:
    return Span(start_s=clip.start_s, end_s=clip.end_s)


def _cut(edited: Highlight, asked: Render, spoken: Sequence[Word]) -> Highlight:
    """Return a clip with the cuts and the parts that are asked for. Raises BadRequest.

    `spoken` are its words.
    """
    span = _span_of(edited)
    if asked.cuts is not None:
        left_out = word_cuts.place(_spans(asked.cuts, "cuts"), spoken, span)
        edited = dataclasses.replace(edited, left_out=left_out)
    if asked.parts is not None:
        placed = word_cuts.place_parts(_parts(asked.parts), spoken, span)
        if asked.parts and not placed:
            raise BadRequest(
                f"The parts hold no word between {span.start_s:.1f} and {span.end_s:.1f} s.",
                field="parts",
            )
        edited = dataclasses.replace(edited, order=order_within(placed, span))
    return edited


def _parts(asked: tuple[PlayedPart, ...]) -> list[Span]:
    """Return what a clip is to play. Raises BadRequest for parts that are empty or overlap."""
    found = _spans(asked, "parts")
    for number, part in enumerate(found):
        for other, known in enumerate(found[:number]):
            if part.start_s < known.end_s and known.start_s < part.end_s:
                raise BadRequest(f"parts[{number}] overlaps parts[{other}].", field="parts")
    return found


def _spans(asked: Sequence[Cut | PlayedPart], field: str) -> list[Span]:
    """Return parts of the source. Raises BadRequest for one without length."""
    for number, part in enumerate(asked):
        if part.end_seconds <= part.start_seconds:
            raise BadRequest(
                f"{field}[{number}] must end after it begins, at {part.start_seconds:g} s.",
                field=field,
            )
    return [Span(start_s=part.start_seconds, end_s=part.end_seconds) for part in asked]


def _check_length(edited: Highlight, asked: Render) -> None:
    """Raise BadRequest where the clip would be too short or too long.

    One that nobody changes is good: the clip was made with it.
    """
    bounds = asked.start_seconds, asked.end_seconds
    if (*bounds, asked.cuts, asked.parts) == (None,) * 4:
        return
    clip_s = kept_s(edited)
    if SHORTEST_S <= clip_s + SLACK_S <= LONGEST_S + 2 * SLACK_S:
        return
    field = "start_seconds" if asked.end_seconds is None else "end_seconds"
    if asked.cuts is not None or asked.parts is not None:
        field = "cuts" if asked.parts is None or asked.cuts else "parts"
    changed = f" with these {field}" if asked.cuts or asked.parts else ""
    raise BadRequest(
        f"A clip is {SHORTEST_S:g} to {LONGEST_S:g} s long; from {edited.start_s:g} to "
        f"{edited.end_s:g} s{changed} it would be {clip_s:g} s.",
        field=field,
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
