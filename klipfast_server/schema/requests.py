"""Request bodies and queries, with the limits of each field.

The types are both the validation and, through `api/openapi.py`, the documentation.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.patterns import BRAND_ID, SOURCE_URL, SPEAKER_NAME, TEXT, URL
from klipfast_server.schema.text_requests import TextWishes
from klipfast_server.schema.vocabulary import Priority
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
from pipeline.export.cut_list import TimelineFormat
from pipeline.language.writing_systems import is_control, is_visible

# ISO 639-1 codes of the languages that Whisper was trained on.
# ruff: noqa: SIM905 - a list of a hundred quoted codes is no easier to read
LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi "
    "hr ht hu hy id is it ja ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn "
    "no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz "
    "vi yi yo zh".split()
)
SHORTEST_RANGE_S = 5.0  # a source of this length is the shortest that is accepted

MARKUP = "<>"  # what WebVTT's voice tags consist of
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # turn the text that follows

Phrase = Annotated[str, Meta(min_length=1, max_length=100, pattern=TEXT)]
Moment = Annotated[float, Meta(ge=0, le=86_400)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=TEXT)],
        Annotated[str, Meta(max_length=512, pattern=TEXT)],
    ],
    Meta(
        max_length=16,
        description="Up to 16 key-value pairs of your own, returned with the job.",
    ),
]


class Range(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A span of the source in seconds from its start; at least five seconds long."""

    start: Annotated[Moment, Meta(description="Start, in seconds.")]
    end: Annotated[Moment, Meta(description="End, in seconds; at least 5 s after the start.")]

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
        Meta(
            min_length=1,
            max_length=2048,
            description="URL of a video or audio file, or the video_url of an upload.",
            extra_json_schema={"pattern": SOURCE_URL},
        ),
    ]
    mode: Annotated[
        Mode,
        Meta(
            description="clips picks the best moments; whole makes one clip of all of the source, "
            "or of its range, which may have up to 180 s."
        ),
    ] = "clips"
    quality: Annotated[
        Quality,
        Meta(
            description="fast: 720 pixels wide; balanced: 1080, the default; best: 1080, slowest."
        ),
    ] = "balanced"
    caption_style: Annotated[str, Meta(description="A name from GET /api/v1/caption-styles.")] = (
        "white_bold"
    )
    language: Annotated[
        str | None,
        Meta(
            description="ISO 639-1 code of the spoken language; null or auto detects it.",
            extra_json_schema={"examples": ["en"]},
        ),
    ] = None
    clip_count: Annotated[
        Annotated[int, Meta(ge=1, le=20)] | None,
        Meta(description="Number of clips; null lets the server decide."),
    ] = None
    min_duration: Annotated[
        float,
        Meta(ge=5, le=180, description="Minimum clip length in seconds; not above max_duration."),
    ] = 15.0
    max_duration: Annotated[
        float, Meta(ge=5, le=180, description="Maximum clip length in seconds.")
    ] = 90.0
    aspect_ratio: Annotated[AspectRatio, Meta(description="Aspect ratio of the clips.")] = "9:16"
    layout: Annotated[
        LayoutChoice,
        Meta(
            description="auto chooses per shot; crop fills the frame with the speaker; split "
            "stacks two people; fit shows the whole picture on a blurred background."
        ),
    ] = "auto"
    motion: Annotated[
        Motion,
        Meta(
            description="Movement of the camera in a take that would stand still: subtle pushes "
            "slowly and steps nearer or back where a pause was cut out; punchy steps farther and "
            "also zooms in on emphasized words; with none such a cut is plain."
        ),
    ] = "subtle"
    safe_area: Annotated[
        SafeAreaName,
        Meta(
            description="The app whose buttons captions and title keep clear of; standard suits "
            "all of them while a post's text is folded."
        ),
    ] = "standard"
    keywords: Annotated[
        tuple[Phrase, ...],
        Meta(max_length=20, description="Prefer passages that mention or mean these keywords."),
    ] = ()
    prompt: Annotated[
        str,
        Meta(
            max_length=500,
            pattern=TEXT,
            description="What to look for, in your own words and in any language.",
            extra_json_schema={"examples": ["stories about hiring the wrong person"]},
        ),
    ] = ""
    kinds: Annotated[
        tuple[MomentKind, ...],
        Meta(max_length=len(MOMENT_KINDS), description="Prefer moments of these kinds."),
    ] = ()
    range: Annotated[
        Range | None, Meta(description="Process and charge only this part of the source.")
    ] = None
    brand_id: Annotated[
        Annotated[str, Meta(max_length=60, extra_json_schema={"pattern": BRAND_ID})] | None,
        Meta(
            description="A brand from /api/v1/brands, as it is now; its caption style goes before "
            "caption_style.",
        ),
    ] = None
    hook_title: Annotated[
        bool,
        Meta(
            description="Show the clip's title over its first seconds, where it covers no face and "
            "does not repeat the captions."
        ),
    ] = False
    emphasis: Annotated[bool, Meta(description="Highlight keywords in the captions.")] = False
    emoji: Annotated[
        bool,
        Meta(description="Also show the emoji of unambiguous keywords above them; English so far."),
    ] = False
    remove_silences: Annotated[
        Tightening | None,
        Meta(description="Shorten pauses: natural keeps a breath, fast almost nothing."),
    ] = None
    remove_fillers: Annotated[bool, Meta(description="Cut filler words such as um and uh.")] = False
    profanity: Annotated[
        Profanity,
        Meta(description="mask bleeps profanity and replaces it with asterisks in every text."),
    ] = "keep"
    transcript: Annotated[
        Annotated[str, Meta(min_length=1, max_length=600_000, pattern=TEXT)] | None,
        Meta(
            description="Your own transcript (SRT, WebVTT or plain text), used instead of the "
            "recognized words."
        ),
    ] = None
    vocabulary: Annotated[
        tuple[Phrase, ...],
        Meta(max_length=100, description="Names and terms to spell correctly."),
    ] = ()
    clean_video: Annotated[
        bool, Meta(description="Also render each clip without captions and title.")
    ] = False
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        Meta(description="URL that receives this job's webhook events."),
    ] = None
    text_outputs: Annotated[
        tuple[TextKind, ...],
        Meta(
            max_length=len(TEXT_KINDS),
            description="Texts to write. Of the first three kinds, the others stay empty.",
        ),
    ] = DEFAULT_TEXT_KINDS
    text_options: Annotated[TextWishes, Meta(description="How texts are to be written.")] = (
        TextWishes()
    )
    metadata: Metadata = {}
    title: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=TEXT,
            description="What you call the talk; empty: what its file is called.",
        ),
    ] = ""
    priority: Annotated[
        Priority, Meta(description="Which of your own waiting jobs starts first.")
    ] = "normal"
    keep_source: Annotated[
        bool,
        Meta(
            description="Keep the source as long as its clips, so that more clips can be made of "
            "it. It counts as storage, and is given up where you need the room."
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
        return Options(
            mode=self.mode,
            quality=self.quality,
            caption_style=self.caption_style,
            language=_language(self.language),
            clip_count=self.clip_count,
            min_duration_s=self.min_duration,
            max_duration_s=self.max_duration,
            aspect_ratio=self.aspect_ratio,
            layout=self.layout,
            motion=self.motion,
            safe_area=self.safe_area,
            keywords=self.keywords,
            prompt=self.prompt,
            kinds=self.kinds,
            range=None if self.range is None else self.range.span(),
            hook_title=self.hook_title,
            emphasis=self.emphasis,
            emoji=self.emoji,
            remove_silences=self.remove_silences,
            remove_fillers=self.remove_fillers,
            profanity=self.profanity,
            transcript=self.transcript,
            vocabulary=self.vocabulary,
            clean_video=self.clean_video,
            text_outputs=tuple(kind for kind in TEXT_KINDS if kind in self.text_outputs),
            text_options=self.text_options.options("text_options"),
        )

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


def _language(code: str | None) -> str | None:
    if code is None or code == "auto":
        return None
    if code not in LANGUAGES:
        raise BadRequest(
            f"language {code!r} is not a supported ISO 639-1 code such as en, de or ja; "
            "omit it, or use auto, to detect the language.",
            field="language",
        )
    return code


class EditedWord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A corrected word and its times in the source."""

    text: Annotated[
        str,
        Meta(min_length=1, max_length=100, pattern=TEXT, description="Text to show."),
    ]
    start_seconds: Annotated[
        Moment, Meta(description="Start of the word in the source, in seconds.")
    ]
    end_seconds: Annotated[Moment, Meta(description="End of the word in the source, in seconds.")]


class ClipChanges(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one clip is made of a talk that was heard; omitted fields are as they were."""

    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT)] | None,
        Meta(description="Title of the clip, shown in the picture with hook_title."),
    ] = None
    quality: Annotated[Quality | None, Meta(description="As in POST /api/v1/process.")] = None
    caption_style: Annotated[
        str | None, Meta(description="A name from GET /api/v1/caption-styles.")
    ] = None
    aspect_ratio: Annotated[AspectRatio | None, Meta(description="Aspect ratio of the clip.")] = (
        None
    )
    layout: Annotated[LayoutChoice | None, Meta(description="As in POST /api/v1/process.")] = None
    motion: Annotated[Motion | None, Meta(description="As in POST /api/v1/process.")] = None
    safe_area: Annotated[SafeAreaName | None, Meta(description="As in POST /api/v1/process.")] = (
        None
    )
    brand_id: Annotated[
        Annotated[str, Meta(max_length=60, extra_json_schema={"pattern": rf"{BRAND_ID}|^none$"})]
        | None,
        Meta(
            description="Another brand; none: without a brand. Omitted: the clip's brand as it is "
            "now, and with caption_style that style in place of the brand's.",
        ),
    ] = None
    hook_title: Annotated[
        bool | None, Meta(description="Show the title over the first seconds.")
    ] = None
    emphasis: Annotated[bool | None, Meta(description="Highlight keywords in the captions.")] = None
    emoji: Annotated[bool | None, Meta(description="Show the emoji of keywords above them.")] = None
    remove_silences: Annotated[
        Literal["keep", "natural", "fast"] | None,
        Meta(description="natural or fast shortens pauses; keep restores them."),
    ] = None
    remove_fillers: Annotated[
        bool | None, Meta(description="Cut filler words such as um and uh.")
    ] = None
    clean_video: Annotated[
        bool | None, Meta(description="Also render it without captions and title.")
    ] = None
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        Meta(description="URL that receives this job's webhook events."),
    ] = None
    metadata: Metadata = {}


class Render(ClipChanges, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/renders; omitted fields keep their values."""

    words: Annotated[
        Annotated[tuple[EditedWord, ...], Meta(min_length=1, max_length=2000)] | None,
        Meta(description="All words of the clip, corrected, in the order of their times."),
    ] = None
    start_seconds: Annotated[
        Moment | None, Meta(description="Start of the clip in the source, in seconds.")
    ] = None
    end_seconds: Annotated[
        Moment | None,
        Meta(description="End of the clip in the source; 1 to 180 s after the start."),
    ] = None


class NewClip(Render, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/jobs/{job_id}/clips; omitted fields are as in the job."""

    start_seconds: Annotated[
        Moment, Meta(description="Start of the clip in the source, in seconds.")
    ]
    end_seconds: Annotated[
        Moment, Meta(description="End of the clip in the source; 1 to 180 s after the start.")
    ]


class SpeakerNames(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of PATCH /api/v1/jobs/{job_id}/speakers; labels that are not in it keep their names."""

    names: Annotated[
        dict[
            str,
            Annotated[str, Meta(max_length=80, extra_json_schema={"pattern": SPEAKER_NAME})] | None,
        ],
        Meta(
            max_length=100,
            description="Names by the labels of the transcript's `speakers`; null, or an empty "
            "text, brings the label back.",
        ),
    ]

    def by_label(self) -> dict[str, str | None]:
        """Return the names without space around them. Raises BadRequest for one that is none."""
        return {label: _speaker_name(name) for label, name in self.names.items()}


def _speaker_name(name: str | None) -> str | None:
    if not name:
        return None
    if not is_visible(name):
        raise BadRequest(
            f"names: {name!r} has no visible characters; use null to bring the label back.",
            field="names",
        )
    if any(c in MARKUP or c in DIRECTIONS or is_control(c) for c in name):
        raise BadRequest(
            f"names: {name!r} contains markup or control characters, which no name has.",
            field="names",
        )
    return name.strip()


class Page(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a paginated list."""

    limit: Annotated[int, Meta(ge=1, le=100, description="Items per page.")] = 20
    cursor: Annotated[
        str,
        Meta(
            max_length=500,
            description="next_cursor of the previous page; omit it for the first page.",
        ),
    ] = ""


class TranscriptQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a transcript."""

    format: Annotated[
        Literal["json", "srt", "vtt", "txt"],
        Meta(description="json includes the times of each word."),
    ] = "json"


class CaptionsQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a clip's captions."""

    format: Annotated[
        Literal["srt", "vtt", "ass"],
        Meta(description="ass carries the caption style and the time of each word."),
    ] = "srt"


class TimelineQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a timeline."""

    format: Annotated[
        TimelineFormat,
        Meta(
            description="otio: OpenTimelineIO; fcpxml: Final Cut Pro; fcp7xml: Premiere Pro, a "
            "sequence per clip; edl: CMX 3600."
        ),
    ] = "otio"


class FileQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a signed link; generated by the server."""

    expires: Annotated[str, Meta(description="Expiry, Unix seconds.")] = ""
    name: Annotated[str, Meta(description="File name for saving.")] = ""
    signature: Annotated[str, Meta(description="Signature over the other parameters.")] = ""


class UploadQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of an upload."""

    filename: Annotated[str, Meta(max_length=255, description="Name of the uploaded file.")] = ""
