"""The options of a job as they were understood, for whoever asks about the job."""

import dataclasses
from typing import Annotated

import msgspec
from msgspec import Struct

from klipfast_server.schema.fields import about
from pipeline.core.data import (
    AspectRatio,
    LayoutChoice,
    Mode,
    MomentKind,
    Motion,
    Options,
    Profanity,
    Quality,
    SafeAreaName,
    Tightening,
)
from pipeline.core.texts import TextKind, TextLength


class UsedRange(Struct, frozen=True, kw_only=True):
    """The part of the source that is used, in seconds."""

    start: Annotated[float, about("Start, in seconds.")]
    end: Annotated[float, about("End, in seconds.")]


class WrittenWith(Struct, frozen=True, kw_only=True):
    """The options that a text is written with."""

    length: Annotated[TextLength, about("short, normal or long.")]
    hook: Annotated[int, about("Which moment it tells, 1 to 3.")]
    tone: Annotated[str, about("Tone for a language model.")]
    link: Annotated[str, about("URL that times link to.")]


class JobOptions(Struct, frozen=True, kw_only=True):
    """The options of a job with their defaults, named as in POST /api/v1/process."""

    mode: Annotated[Mode, about("clips, or whole: one clip of all of it.")]
    quality: Annotated[Quality, about("fast, balanced or best.")]
    caption_style: Annotated[str, about("Name of the caption style.")]
    language: Annotated[str | None, about("Language asked for; null: it is detected.")]
    clip_count: Annotated[int | None, about("Number of clips asked for; null: the server decides.")]
    min_duration: Annotated[float, about("Minimum clip length in seconds.")]
    max_duration: Annotated[float, about("Maximum clip length in seconds.")]
    aspect_ratio: Annotated[AspectRatio, about("Aspect ratio of the clips.")]
    layout: Annotated[LayoutChoice, about("How people are framed.")]
    motion: Annotated[Motion, about("Movement of the camera.")]
    safe_area: Annotated[SafeAreaName, about("The app whose buttons are kept clear.")]
    brand_id: Annotated[str | None, about("The brand of the clips; null: none.")]
    keywords: Annotated[list[str], about("Keywords that are preferred.")]
    prompt: Annotated[str, about("What to look for; may be empty.")]
    kinds: Annotated[list[MomentKind], about("Kinds of moments that are preferred.")]
    range: Annotated[
        UsedRange | None, about("The part of the source that is used; null: all of it.")
    ]
    hook_title: Annotated[bool, about("Whether the title is shown first.")]
    emphasis: Annotated[bool, about("Whether keywords are highlighted.")]
    emoji: Annotated[bool, about("Whether emoji are shown.")]
    remove_silences: Annotated[Tightening | None, about("natural or fast; null: pauses stay.")]
    remove_fillers: Annotated[bool, about("Whether filler words are cut.")]
    profanity: Annotated[Profanity, about("keep or mask.")]
    own_transcript: Annotated[bool, about("Whether the caller's own transcript is used.")]
    vocabulary: Annotated[list[str], about("Names and terms to spell correctly.")]
    clean_video: Annotated[bool, about("Whether clips without captions are made, too.")]
    text_outputs: Annotated[list[TextKind], about("Texts to write.")]
    text_options: Annotated[WrittenWith, about("How they are written.")]


def decode(text: str) -> JobOptions:
    """Return the options of a job's row, JSON of `pipeline.core.data.Options`."""
    return of(msgspec.json.decode(text, type=Options))


def of(options: Options) -> JobOptions:
    """Return the options as callers name them."""
    span, writing = options.range, options.text_options
    alike = {
        field.name: getattr(options, field.name)
        for field in dataclasses.fields(options)
        if field.name in JobOptions.__struct_fields__
    }
    renamed = {
        "min_duration": options.min_duration_s,
        "max_duration": options.max_duration_s,
        "brand_id": None if options.brand is None else options.brand.brand_id,
        "range": None if span is None else UsedRange(start=span.start_s, end=span.end_s),
        "own_transcript": options.transcript is not None,
        "text_options": WrittenWith(
            length=writing.length, hook=writing.hook, tone=writing.tone, link=writing.link
        ),
    }
    return msgspec.convert(alike | renamed, JobOptions)
