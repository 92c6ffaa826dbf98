"""The options of a job as they were understood, for whoever asks about the job."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

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

    start: Annotated[float, Meta(description="Start, in seconds.")]
    end: Annotated[float, Meta(description="End, in seconds.")]


class WrittenWith(Struct, frozen=True, kw_only=True):
    """The options that a text is written with."""

    length: Annotated[TextLength, Meta(description="short, normal or long.")]
    hook: Annotated[int, Meta(description="Which opening it has, 1 to 3.")]
    tone: Annotated[str, Meta(description="Tone for a language model.")]
    link: Annotated[str, Meta(description="Address that its times link into.")]


class JobOptions(Struct, frozen=True, kw_only=True):
    """The options of a job with their defaults, named as in POST /api/v1/process."""

    mode: Annotated[Mode, Meta(description="clips, or whole: one clip of all of it.")]
    quality: Annotated[Quality, Meta(description="fast, balanced or best.")]
    caption_style: Annotated[str, Meta(description="Name of the caption style.")]
    language: Annotated[str | None, Meta(description="Language asked for; null: it is detected.")]
    clip_count: Annotated[
        int | None, Meta(description="Number of clips asked for; null: the server decides.")
    ]
    min_duration: Annotated[float, Meta(description="Minimum clip length in seconds.")]
    max_duration: Annotated[float, Meta(description="Maximum clip length in seconds.")]
    aspect_ratio: Annotated[AspectRatio, Meta(description="Aspect ratio of the clips.")]
    layout: Annotated[LayoutChoice, Meta(description="How people are framed.")]
    motion: Annotated[Motion, Meta(description="Movement of the camera.")]
    safe_area: Annotated[SafeAreaName, Meta(description="The app whose buttons are kept clear.")]
    brand_id: Annotated[str | None, Meta(description="The brand of the clips; null: none.")]
    keywords: Annotated[list[str], Meta(description="Keywords that are preferred.")]
    prompt: Annotated[str, Meta(description="What is looked for; or empty.")]
    kinds: Annotated[list[MomentKind], Meta(description="Kinds of moments that are preferred.")]
    range: Annotated[
        UsedRange | None, Meta(description="The part of the source that is used; null: all of it.")
    ]
    hook_title: Annotated[bool, Meta(description="Whether the title is shown first.")]
    emphasis: Annotated[bool, Meta(description="Whether keywords are highlighted.")]
    emoji: Annotated[bool, Meta(description="Whether emoji are shown.")]
    remove_silences: Annotated[
        Tightening | None, Meta(description="natural or fast; null: pauses stay.")
    ]
    remove_fillers: Annotated[bool, Meta(description="Whether filler words are cut.")]
    profanity: Annotated[Profanity, Meta(description="keep or mask.")]
    own_transcript: Annotated[
        bool, Meta(description="Whether the caller's own transcript is used.")
    ]
    vocabulary: Annotated[list[str], Meta(description="Names and terms to spell correctly.")]
    clean_video: Annotated[bool, Meta(description="Whether clips without captions are made, too.")]
    text_outputs: Annotated[list[TextKind], Meta(description="Texts to write.")]
    text_options: Annotated[WrittenWith, Meta(description="How they are written.")]


def decode(text: str) -> JobOptions:
    """Return the options of a job's row, JSON of `pipeline.core.data.Options`."""
    return of(msgspec.json.decode(text, type=Options))


def of(options: Options) -> JobOptions:
    """Return the options as callers name them."""
    span, writing = options.range, options.text_options
    return JobOptions(
        mode=options.mode,
        quality=options.quality,
        caption_style=options.caption_style,
        language=options.language,
        clip_count=options.clip_count,
        min_duration=options.min_duration_s,
        max_duration=options.max_duration_s,
        aspect_ratio=options.aspect_ratio,
        layout=options.layout,
        motion=options.motion,
        safe_area=options.safe_area,
        brand_id=None if options.brand is None else options.brand.brand_id,
        keywords=list(options.keywords),
        prompt=options.prompt,
        kinds=list(options.kinds),
        range=None if span is None else UsedRange(start=span.start_s, end=span.end_s),
        hook_title=options.hook_title,
        emphasis=options.emphasis,
        emoji=options.emoji,
        remove_silences=options.remove_silences,
        remove_fillers=options.remove_fillers,
        profanity=options.profanity,
        own_transcript=options.transcript is not None,
        vocabulary=list(options.vocabulary),
        clean_video=options.clean_video,
        text_outputs=list(options.text_outputs),
        text_options=WrittenWith(
            length=writing.length, hook=writing.hook, tone=writing.tone, link=writing.link
        ),
    )
