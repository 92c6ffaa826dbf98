"""The body of POST /api/v1/process, with the limits of each field.

The types are both the validation and, through `api/description/openapi.py`, the documentation.
"""

import dataclasses
from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.languages import language_of
from klipfast_server.schema.patterns import BRAND_ID, SOURCE_URL, TEXT, URL
from klipfast_server.schema.vocabulary import Priority
from klipfast_server.schema.writing.text_requests import TextWishes
from pipeline.core.data import (
    MOMENT_KINDS,
    AspectRatio,
    LayoutChoice,
    Mode,
    MomentKind,
    Motion,
    Options,
    Profanity,
    Quality,
    SafeAreaName,
    Span,
    Tightening,
)
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TEXT_KINDS, TextKind
from pipeline.language.writing_systems import is_visible

SHORTEST_RANGE_S = 5.0  # a source of this length is the shortest that is accepted

Phrase = Annotated[str, Meta(min_length=1, max_length=100, pattern=TEXT)]
Moment = Annotated[float, Meta(ge=0, le=86_400)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=TEXT)],
        Annotated[str, Meta(max_length=512, pattern=TEXT)],
    ],
    about("Up to 16 key-value pairs of your own, returned with the job.", max_length=16),
]


class Range(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A span of the source in seconds from its start; at least five seconds long."""

    start: Annotated[Moment, about("Start, in seconds.")]
    end: Annotated[Moment, about("End, in seconds; at least 5 s after the start.")]

    def span(self) -> Span:
        """Return the span the pipeline takes. Raises BadRequest."""
        if self.end - self.start < SHORTEST_RANGE_S:
            raise BadRequest(
                f"range must end at least {SHORTEST_RANGE_S:g} s after it starts.", field="range"
            )
        return Span(start_s=self.start, end_s=self.end)


class Process(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/process; only video_url is required."""

    video_url: Annotated[
        str,
        about(
            "URL of a video or audio file, or the video_url of an upload.",
            min_length=1,
            max_length=2048,
            shown_pattern=SOURCE_URL,
        ),
    ]
    mode: Annotated[
        Mode,
        about(
            "clips picks the best moments; whole makes one clip of the source or its range,"
            " up to 180 s."
        ),
    ] = "clips"
    quality: Annotated[
        Quality, about("fast: 720 pixels wide; balanced: 1080, the default; best: 1080, slowest.")
    ] = "balanced"
    caption_style: Annotated[str, about("A name from GET /api/v1/caption-styles.")] = "white_bold"
    language: Annotated[
        str | None,
        about(
            "ISO 639-1 code of the spoken language; null or auto detects it.",
            extra_json_schema={"examples": ["en"]},
        ),
    ] = None
    clip_count: Annotated[
        Annotated[int, Meta(ge=1, le=20)] | None,
        about("Number of clips; null lets the server decide."),
    ] = None
    min_duration: Annotated[
        float, about("Minimum clip length in seconds; not above max_duration.", ge=5, le=180)
    ] = 15.0
    max_duration: Annotated[float, about("Maximum clip length in seconds.", ge=5, le=180)] = 90.0
    aspect_ratio: Annotated[AspectRatio, about("Aspect ratio of the clips.")] = "9:16"
    layout: Annotated[
        LayoutChoice,
        about(
            "auto chooses per shot; crop fills the frame with the speaker; split "
            "stacks two people; fit shows the whole picture on a blurred background."
        ),
    ] = "auto"
    motion: Annotated[
        Motion,
        about(
            "Camera movement in still takes. subtle: slow pushes, and a step nearer or back"
            " where a pause was cut. punchy: larger steps, and zooms on emphasized words. "
            "none: plain cuts."
        ),
    ] = "subtle"
    safe_area: Annotated[
        SafeAreaName,
        about(
            "The app whose buttons captions and title avoid; standard suits all apps while "
            "a post's text is folded."
        ),
    ] = "standard"
    keywords: Annotated[
        tuple[Phrase, ...],
        about("Prefer passages that mention or mean these keywords.", max_length=20),
    ] = ()
    prompt: Annotated[
        str,
        about(
            "What to look for, in your own words and in any language.",
            max_length=500,
            pattern=TEXT,
            extra_json_schema={"examples": ["stories about hiring the wrong person"]},
        ),
    ] = ""
    kinds: Annotated[
        tuple[MomentKind, ...],
        about("Prefer moments of these kinds.", max_length=len(MOMENT_KINDS)),
    ] = ()
    range: Annotated[Range | None, about("Process and charge only this part of the source.")] = None
    brand_id: Annotated[
        Annotated[str, Meta(max_length=60, extra_json_schema={"pattern": BRAND_ID})] | None,
        about(
            "A brand from /api/v1/brands, as it is now; its caption style overrides caption_style."
        ),
    ] = None
    hook_title: Annotated[
        bool,
        about(
            "Show the title for three seconds; skipped if it would cover a face or repeat "
            "the captions."
        ),
    ] = False
    emphasis: Annotated[bool, about("Highlight keywords in the captions.")] = False
    emoji: Annotated[
        bool, about("Also show the emoji of unambiguous keywords above them; English so far.")
    ] = False
    remove_silences: Annotated[
        Tightening | None, about("Shorten pauses: natural keeps a breath, fast almost nothing.")
    ] = None
    remove_fillers: Annotated[bool, about("Cut filler words such as um and uh.")] = False
    profanity: Annotated[
        Profanity, about("mask bleeps profanity and replaces it with asterisks in every text.")
    ] = "keep"
    transcript: Annotated[
        Annotated[str, Meta(min_length=1, max_length=600_000, pattern=TEXT)] | None,
        about(
            "Your own transcript (SRT, WebVTT or plain text), used instead of the recognized words."
        ),
    ] = None
    vocabulary: Annotated[
        tuple[Phrase, ...], about("Names and terms to spell correctly.", max_length=100)
    ] = ()
    clean_video: Annotated[bool, about("Also render each clip without captions and title.")] = False
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        about("URL that receives this job's webhook events."),
    ] = None
    text_outputs: Annotated[
        tuple[TextKind, ...],
        about(
            "Texts to write. The first three kinds stay empty unless requested.",
            max_length=len(TEXT_KINDS),
        ),
    ] = DEFAULT_TEXT_KINDS
    text_options: Annotated[TextWishes, about("How texts are written.")] = TextWishes()
    metadata: Metadata = {}
    title: Annotated[
        str,
        about(
            "Your title for the talk; empty: the title of its web page, or the name of its file.",
            max_length=200,
            pattern=TEXT,
        ),
    ] = ""
    priority: Annotated[Priority, about("Which of your own waiting jobs starts first.")] = "normal"
    keep_source: Annotated[
        bool,
        about(
            "Keep the source as long as its clips, to make more clips from it. It counts as"
            " storage, and is deleted when you need the room."
        ),
    ] = True

    def options(self, caption_styles: tuple[str, ...]) -> Options:
        """Return the pipeline's options. Raises BadRequest where fields contradict each other."""
        check_style(self.caption_style, caption_styles)
        if self.min_duration > self.max_duration:
            raise BadRequest(
                f"min_duration ({self.min_duration:g} s) is above max_duration "
                f"({self.max_duration:g} s).",
                field="min_duration",
            )
        _check_visible("keywords", self.keywords)
        _check_visible("vocabulary", self.vocabulary)
        if self.mode == "whole":
            self._check_picks_nothing()
        own = {field.name for field in dataclasses.fields(Options)}
        alike = {name: getattr(self, name) for name in self.__struct_fields__ if name in own}
        renamed = {
            "language": language_of(self.language),
            "min_duration_s": self.min_duration,
            "max_duration_s": self.max_duration,
            "range": None if self.range is None else self.range.span(),
            "text_outputs": tuple(kind for kind in TEXT_KINDS if kind in self.text_outputs),
            "text_options": self.text_options.options("text_options"),
        }
        return Options(**alike | renamed)

    def _check_picks_nothing(self) -> None:
        """Raise BadRequest for what only says which moments are picked."""
        picking = {
            "clip_count": self.clip_count not in (None, 1),
            "keywords": bool(self.keywords),
            "prompt": bool(self.prompt.strip()),
            "kinds": bool(self.kinds),
        }
        for name, is_set in picking.items():
            if is_set:
                raise BadRequest(
                    f"mode whole picks no moments: omit {name}, or use mode clips.", field=name
                )


def _check_visible(field: str, phrases: tuple[str, ...]) -> None:
    for number, phrase in enumerate(phrases):
        if not is_visible(phrase):
            raise BadRequest(f"{field}[{number}] has no visible characters; omit it.", field=field)


def check_style(name: str, known: tuple[str, ...]) -> None:
    """Raise BadRequest for an unknown caption style."""
    if name not in known:
        raise BadRequest(
            f"caption_style {name!r} is unknown. Known: {', '.join(known)}.", field="caption_style"
        )
