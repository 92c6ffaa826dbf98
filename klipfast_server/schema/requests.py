"""What callers ask for: bodies and queries, with the limits of each field.

The types are the validation and, through openapi.py, the documentation: nothing is said twice.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from pipeline.core.data import (
    TEXT_KINDS,
    AspectRatio,
    LayoutChoice,
    Options,
    Profanity,
    Quality,
    Span,
    TextKind,
    Tightening,
)
from pipeline.export.cut_list import TimelineFormat

# ISO 639-1 codes of the languages that Whisper was trained on.
# ruff: noqa: SIM905 - a list of a hundred quoted codes is no easier to read
LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi "
    "hr ht hu hy id is it ja ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn "
    "no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz "
    "vi yi yo zh".split()
)
SHORTEST_RANGE_S = 5.0  # a source of this length is the shortest that is accepted

# Postgres keeps no NUL in a text, and nobody means one.
TEXT = r"^[^\x00]*$"
# Documentation alone: fetch.check_url decides, and says better what is wrong.
_REST = "([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
URL = rf"^https?://([A-Za-z0-9]{_REST}\.)*[A-Za-z]{_REST}(:[1-9][0-9]{{0,3}})?([/?#][!-~]*)?$"
SOURCE_URL = rf"{URL}|^upload://upload_[A-Za-z0-9]{{1,40}}$"

Phrase = Annotated[str, Meta(min_length=1, max_length=100, pattern=TEXT)]
Moment = Annotated[float, Meta(ge=0, le=86_400)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=TEXT)],
        Annotated[str, Meta(max_length=512, pattern=TEXT)],
    ],
    Meta(
        max_length=16,
        description="Up to 16 texts of your own by name, echoed with the job.",
    ),
]


class Range(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seconds of the source, from its beginning; at least five of them."""

    start: Annotated[Moment, Meta(description="Where it begins.")]
    end: Annotated[Moment, Meta(description="Where it ends, at least 5 s later.")]

    def span(self) -> Span:
        """The same for the pipeline. Raises BadRequest."""
        if self.end - self.start < SHORTEST_RANGE_S:
            raise BadRequest(
                f"range must end at least {SHORTEST_RANGE_S:g} s after it starts.", field="range"
            )
        return Span(start_s=self.start, end_s=self.end)


class Process(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/process; only video_url is needed."""

    video_url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2048,
            description="Address of a video or sound file, or the video_url of an upload.",
            extra_json_schema={"pattern": SOURCE_URL},
        ),
    ]
    quality: Annotated[
        Quality,
        Meta(description="fast: 720 wide, quickest; balanced: 1080 wide; best: slowest, sharpest."),
    ] = "balanced"
    caption_style: Annotated[str, Meta(description="A name from GET /api/v1/caption-styles.")] = (
        "white_bold"
    )
    language: Annotated[
        str | None,
        Meta(
            description="ISO 639-1 code of what is spoken; null or auto: it is detected.",
            extra_json_schema={"examples": ["en"]},
        ),
    ] = None
    clip_count: Annotated[
        Annotated[int, Meta(ge=1, le=20)] | None,
        Meta(description="How many clips; null: as many as are worth it."),
    ] = None
    min_duration: Annotated[
        float,
        Meta(ge=5, le=180, description="Seconds of the shortest clip; not above the longest."),
    ] = 15.0
    max_duration: Annotated[
        float, Meta(ge=5, le=180, description="Seconds of the longest clip.")
    ] = 90.0
    aspect_ratio: Annotated[AspectRatio, Meta(description="Shape of the clips.")] = "9:16"
    layout: Annotated[
        LayoutChoice,
        Meta(
            description="auto; crop: always filled by the speaker; split: two people one above the "
            "other; fit: the whole picture on a blurred ground."
        ),
    ] = "auto"
    keywords: Annotated[
        tuple[Phrase, ...], Meta(max_length=20, description="Prefer passages that speak of these.")
    ] = ()
    range: Annotated[
        Range | None, Meta(description="Only these seconds are used, and counted.")
    ] = None
    hook_title: Annotated[
        bool, Meta(description="Show the clip's title over its first seconds.")
    ] = False
    emphasis: Annotated[bool, Meta(description="Let key words of captions stand out.")] = False
    remove_silences: Annotated[
        Tightening | None,
        Meta(description="Shorten pauses: natural keeps a breath, fast hardly any."),
    ] = None
    remove_fillers: Annotated[bool, Meta(description="Cut out um, uh and their like.")] = False
    profanity: Annotated[
        Profanity, Meta(description="mask: strong words are bleeped and starred.")
    ] = "keep"
    transcript: Annotated[
        Annotated[str, Meta(min_length=1, max_length=600_000, pattern=TEXT)] | None,
        Meta(
            description="Your own transcript (SRT, WebVTT or plain text): its words are used "
            "instead of recognized ones."
        ),
    ] = None
    vocabulary: Annotated[
        tuple[Phrase, ...],
        Meta(max_length=100, description="Names and terms that should be recognized rightly."),
    ] = ()
    clean_video: Annotated[
        bool, Meta(description="Make each clip a second time, without captions and title.")
    ] = False
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        Meta(description="Told of this job's events, like a webhook of the account."),
    ] = None
    text_outputs: Annotated[
        tuple[TextKind, ...],
        Meta(max_length=len(TEXT_KINDS), description="Which texts to write; the rest stays empty."),
    ] = TEXT_KINDS
    metadata: Metadata = {}

    def options(self, caption_styles: tuple[str, ...]) -> Options:
        """What the pipeline is asked for. Raises BadRequest where values do not fit together."""
        check_style(self.caption_style, caption_styles)
        if self.min_duration > self.max_duration:
            raise BadRequest(
                f"min_duration ({self.min_duration:g} s) is above max_duration "
                f"({self.max_duration:g} s).",
                field="min_duration",
            )
        return Options(
            quality=self.quality,
            caption_style=self.caption_style,
            language=_language(self.language),
            clip_count=self.clip_count,
            min_duration_s=self.min_duration,
            max_duration_s=self.max_duration,
            aspect_ratio=self.aspect_ratio,
            layout=self.layout,
            keywords=self.keywords,
            range=None if self.range is None else self.range.span(),
            hook_title=self.hook_title,
            emphasis=self.emphasis,
            remove_silences=self.remove_silences,
            remove_fillers=self.remove_fillers,
            profanity=self.profanity,
            transcript=self.transcript,
            vocabulary=self.vocabulary,
            clean_video=self.clean_video,
            text_outputs=tuple(kind for kind in TEXT_KINDS if kind in self.text_outputs),
        )


def check_style(name: str, known: tuple[str, ...]) -> None:
    """Raises BadRequest."""
    if name not in known:
        raise BadRequest(
            f"caption_style {name!r} is unknown. Known: {', '.join(known)}.", field="caption_style"
        )


def _language(code: str | None) -> str | None:
    if code is None or code == "auto":
        return None
    if code not in LANGUAGES:
        raise BadRequest(
            f"language {code!r} is not a known ISO 639-1 code such as en, de or ja; "
            "leave it out, or say auto, to have it detected.",
            field="language",
        )
    return code


class EditedWord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word as it should be shown, and when it is said on the source's clock."""

    text: Annotated[
        str,
        Meta(min_length=1, max_length=100, pattern=TEXT, description="As it should be shown."),
    ]
    start_seconds: Annotated[Moment, Meta(description="When it begins on the source's clock.")]
    end_seconds: Annotated[Moment, Meta(description="When it ends.")]


class Render(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/renders; what is left out stays as it was."""

    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT)] | None,
        Meta(description="What the clip is called, and shown with hook_title."),
    ] = None
    words: Annotated[
        Annotated[tuple[EditedWord, ...], Meta(min_length=1, max_length=2000)] | None,
        Meta(
            description="All words of the clip, corrected; times on the source's clock, ascending."
        ),
    ] = None
    start_seconds: Annotated[
        Moment | None, Meta(description="Where the clip begins on the source's clock.")
    ] = None
    end_seconds: Annotated[
        Moment | None, Meta(description="Where it ends; 1 to 180 seconds later.")
    ] = None
    quality: Annotated[Quality | None, Meta(description="As in POST /api/v1/process.")] = None
    caption_style: Annotated[
        str | None, Meta(description="A name from GET /api/v1/caption-styles.")
    ] = None
    aspect_ratio: Annotated[AspectRatio | None, Meta(description="Shape of the clip.")] = None
    layout: Annotated[LayoutChoice | None, Meta(description="As in POST /api/v1/process.")] = None
    hook_title: Annotated[
        bool | None, Meta(description="Show the title over the first seconds.")
    ] = None
    emphasis: Annotated[bool | None, Meta(description="Let key words of captions stand out.")] = (
        None
    )
    remove_silences: Annotated[
        Literal["keep", "natural", "fast"] | None, Meta(description="keep: undo a shortening.")
    ] = None
    remove_fillers: Annotated[bool | None, Meta(description="Cut out um, uh and their like.")] = (
        None
    )
    clean_video: Annotated[
        bool | None, Meta(description="Make it a second time, without captions and title.")
    ] = None
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        Meta(description="Told of this job's events, like a webhook of the account."),
    ] = None
    metadata: Metadata = {}


class Page(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="Lines of one page.")] = 20
    cursor: Annotated[
        str,
        Meta(max_length=500, description="next_cursor of the page before; left out: the first."),
    ] = ""


class TranscriptQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a transcript."""

    format: Annotated[
        Literal["json", "srt", "vtt", "txt"],
        Meta(description="json: with a time for each word."),
    ] = "json"


class CaptionsQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a clip's captions."""

    format: Annotated[
        Literal["srt", "vtt", "ass"],
        Meta(description="ass: in the look of the clip's caption style, each word with its time."),
    ] = "srt"


class TimelineQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a cut list."""

    format: Annotated[
        TimelineFormat,
        Meta(
            description="otio: OpenTimelineIO; fcpxml: Final Cut Pro; edl: CMX 3600, for anything."
        ),
    ] = "otio"


class FileQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a signed link; all of it is the server's."""

    expires: Annotated[str, Meta(description="Of the link.")] = ""
    name: Annotated[str, Meta(description="To save the file under.")] = ""
    signature: Annotated[str, Meta(description="Of all of it.")] = ""


class UploadQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of an upload."""

    filename: Annotated[str, Meta(max_length=255, description="Name of the file sent.")] = ""
