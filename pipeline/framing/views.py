"""Looks at a part of a highlight, and plans where the camera looks in it.

A clip usually is one part; one that does without long parts of its source has several, and each is
looked at by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.core.control import Control
from pipeline.core.data import CropPath, Highlight, Options, Sentence, Shot, Span, Talk, Word
from pipeline.core.timemap import omitted, order_within
from pipeline.editing import stretches
from pipeline.editing.flashes import shots_within, trim_flashes
from pipeline.framing import camera_moves, crop_planning, known_shots
from pipeline.vision import shot_scan
from pipeline.vision.active_speaker import Listener


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is seen and said in a part, and the crop."""

    span: Span
    sentences: tuple[Sentence, ...]
    words: tuple[Word, ...]
    shots: tuple[Shot, ...]
    path: CropPath
    looked: tuple[Shot, ...]  # the shots of the part before it was trimmed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipView:
    """What is seen and said in all parts of a highlight, as a renderer takes it."""

    span: Span
    words: tuple[Word, ...]
    shots: tuple[Shot, ...]
    path: CropPath
    left_out: tuple[Span, ...]  # parts of `span` that the clip does without, ascending
    order: tuple[Span, ...] = ()  # parts of `span` as they play; empty: as they lie
    speakers: tuple[tuple[Span, str], ...]  # who speaks when
    looked: tuple[Shot, ...]  # View.looked of all parts


def look_at_all(
    talk: Talk,
    highlight: Highlight,
    *,
    options: Options,
    control: Control,
    listener: Listener | None,
    known: Sequence[Shot] = (),
) -> ClipView:
    """Look at each part of a highlight, as `look` does, and join what is seen."""
    whole = Span(start_s=highlight.start_s, end_s=highlight.end_s)
    gone = omitted(highlight)
    parts = stretches.shown(whole, gone)
    seen = [
        look(
            talk,
            highlight,
            part,
            options=options,
            control=control.part(number, len(parts)),
            listener=listener,
            known=known,
        )
        for number, part in enumerate(parts)
    ]
    span = Span(start_s=seen[0].span.start_s, end_s=seen[-1].span.end_s)
    return ClipView(
        span=span,
        words=tuple(word for view in seen for word in view.words),
        shots=tuple(shot for view in seen for shot in view.shots),
        path=stretches.join_paths([view.path for view in seen]),
        left_out=stretches.gaps([view.span for view in seen], gone),
        order=order_within(highlight.order, span),
        speakers=tuple(
            (Span(start_s=s.start_s, end_s=s.end_s), s.speaker)
            for view in seen
            for s in view.sentences
            if s.speaker is not None
        ),
        looked=tuple(shot for view in seen for shot in view.looked),
    )


def look(
    talk: Talk,
    highlight: Highlight,
    part: Span,
    *,
    options: Options,
    control: Control,
    listener: Listener | None,
    known: Sequence[Shot] = (),
) -> View:
    """Look at a part of a highlight and plan its crop; a flash at an end of it is left out.

    `listener` detects who speaks. `known`: what was seen in an earlier look, ascending; where it
    covers the part, nothing is decoded. Raises Canceled.
    """
    spoken = talk.transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    words = talk.transcript.words[spoken[0].first_word : spoken[-1].last_word + 1]
    if part.start_s > highlight.start_s or part.end_s < highlight.end_s:
        words = stretches.spoken_in(part, words)
        spoken = tuple(s for s in spoken if s.start_s < part.end_s and s.end_s > part.start_s)
    looked = known_shots.within(part, known) or shot_scan.look(
        talk.source, part, control=control, listener=listener, sentences=spoken
    )
    span = part if options.mode == "whole" else trim_flashes(part, looked, words)
    if part.start_s > highlight.start_s and talk.source.video is not None:
        span = _later(span, words, float(1 / talk.source.video.fps))
    shots = shots_within(span, looked)
    planned = crop_planning.plan(talk.source, span, shots, options, words=words)
    path = camera_moves.add_motion(
        planned, options.motion, shots=shots, words=words, language=talk.transcript.language
    )
    return View(span=span, sentences=spoken, words=words, shots=shots, path=path, looked=looked)


def _later(span: Span, words: Sequence[Word], picture_s: float) -> Span:
    """Return the span from its next picture on, if that comes before the first word.

    Cuts end up to a picture early, so that pictures keep their times: it may be of another shot.
    """
    later = replace(span, start_s=span.start_s + picture_s)
    return later if words and later.start_s <= words[0].start_s else span
