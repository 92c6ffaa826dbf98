"""What JSON looks like, in and out; the names and types of the documented fields are binding."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from klipfast_server.errors import BadRequest
from pipeline.data import (
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

Status = Literal["queued", "processing", "completed", "failed", "canceled"]

# ISO 639-1 codes of the languages that Whisper was trained on.
# ruff: noqa: SIM905 - a list of a hundred quoted codes is no easier to read
LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi "
    "hr ht hu hy id is it ja ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn "
    "no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz "
    "vi yi yo zh".split()
)
ADVICE = {
    "quality": f"Known: {', '.join(get_args(Quality))}.",
    "aspect_ratio": f"Known: {', '.join(get_args(AspectRatio))}.",
    "layout": f"Known: {', '.join(get_args(LayoutChoice))}.",
    "remove_silences": f"Known: {', '.join(get_args(Tightening))}; leave it out to keep them.",
    "profanity": f"Known: {', '.join(get_args(Profanity))}.",
    "text_outputs": f"Known: {', '.join(TEXT_KINDS)}.",
}
SHORTEST_RANGE_S = 5.0  # a source of this length is the shortest that is accepted

# Postgres keeps no NUL in a text, and nobody means one.
TEXT = r"^[^\x00]*$"
Phrase = Annotated[str, Meta(min_length=1, max_length=100, pattern=TEXT)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=64, pattern=TEXT)],
        Annotated[str, Meta(max_length=512, pattern=TEXT)],
    ],
    Meta(max_length=16),
]


class Range(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seconds of the source, from its beginning."""

    start: Seconds
    end: Seconds


class Process(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/process."""

    video_url: Annotated[str, Meta(min_length=1, max_length=2048)]
    quality: Quality = "balanced"
    caption_style: str = "white_bold"
    language: str | None = None
    clip_count: Annotated[int, Meta(ge=1, le=20)] | None = None
    min_duration: Annotated[float, Meta(ge=5, le=180)] = 15.0  # seconds
    max_duration: Annotated[float, Meta(ge=5, le=180)] = 90.0  # seconds
    aspect_ratio: AspectRatio = "9:16"
    layout: LayoutChoice = "auto"
    keywords: Annotated[tuple[Phrase, ...], Meta(max_length=20)] = ()
    range: Range | None = None
    hook_title: bool = False
    emphasis: bool = False
    remove_silences: Tightening | None = None
    remove_fillers: bool = False
    profanity: Profanity = "keep"
    transcript: Annotated[str, Meta(min_length=1, max_length=600_000, pattern=TEXT)] | None = None
    vocabulary: Annotated[tuple[Phrase, ...], Meta(max_length=100)] = ()
    clean_video: bool = False
    webhook_url: Annotated[str, Meta(min_length=1, max_length=2048)] | None = None
    text_outputs: Annotated[tuple[TextKind, ...], Meta(max_length=len(TEXT_KINDS))] = TEXT_KINDS
    metadata: Metadata = {}

    def options(self, caption_styles: tuple[str, ...]) -> Options:
        """What the pipeline is asked for. Raises BadRequest where values do not fit together."""
        if self.caption_style not in caption_styles:
            raise BadRequest(
                f"caption_style {self.caption_style!r} is unknown. "
                f"Known: {', '.join(caption_styles)}.",
                field="caption_style",
            )
        language = None if self.language == "auto" else self.language
        if language is not None and language not in LANGUAGES:
            raise BadRequest(
                f"language {language!r} is not a known ISO 639-1 code such as en, de or ja; "
                "leave it out, or say auto, to have it detected.",
                field="language",
            )
        if self.min_duration > self.max_duration:
            raise BadRequest(
                f"min_duration ({self.min_duration:g} s) is above max_duration "
                f"({self.max_duration:g} s).",
                field="min_duration",
            )
        return Options(
            quality=self.quality,
            caption_style=self.caption_style,
            language=language,
            clip_count=self.clip_count,
            min_duration_s=self.min_duration,
            max_duration_s=self.max_duration,
            aspect_ratio=self.aspect_ratio,
            layout=self.layout,
            keywords=self.keywords,
            range=self._span(),
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

    def _span(self) -> Span | None:
        if self.range is None:
            return None
        if self.range.end - self.range.start < SHORTEST_RANGE_S:
            raise BadRequest(
                f"range must end at least {SHORTEST_RANGE_S:g} s after it starts.", field="range"
            )
        return Span(start_s=self.range.start, end_s=self.range.end)


class Accepted(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/process and of a retry."""

    job_id: str
    status: Status
    created_at: datetime
    estimated_seconds: int


class SourceInfo(Struct, frozen=True, kw_only=True):
    """What was found in the source; width, height and fps are null for sound alone."""

    duration_seconds: float
    width: int | None
    height: int | None
    fps: float | None


class Score(Struct, frozen=True, kw_only=True):
    """Parts of the score, each 0–1."""

    hook: float
    flow: float
    value: float
    energy: float


class JobClip(Struct, frozen=True, kw_only=True):
    """A clip inside a job's answer."""

    clip_id: str
    title: str
    virality_score: int
    duration_seconds: float
    download_url: str
    start_seconds: float
    end_seconds: float
    score: Score
    reason: str
    transcript: str
    hashtags: list[str]
    thumbnail_url: str
    captions_url: str  # SRT; unlike the others it needs the key


class TextOutputs(Struct, frozen=True, kw_only=True):
    """Always three keys; empty until they are written."""

    twitter_thread: str = ""
    linkedin_post: str = ""
    blog_post: str = ""


class JobError(Struct, frozen=True, kw_only=True):
    """Why a job failed; the codes are those of the error envelope."""

    code: str
    message: str


class JobDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}."""

    job_id: str
    status: Status
    clips: list[JobClip]
    text_outputs: TextOutputs
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: str | None
    progress: float  # 0–1 over the whole job
    language: str | None
    source: SourceInfo | None
    error: JobError | None


class JobLine(Struct, frozen=True, kw_only=True):
    """One line of the list of jobs."""

    job_id: str
    status: Status
    created_at: datetime


class JobList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs, newest first."""

    jobs: list[JobLine]
    next_cursor: str | None
    has_more: bool


class ClipDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}; the link and the clip end at expires_at."""

    clip_id: str
    job_id: str
    title: str
    virality_score: int
    duration_seconds: float
    resolution: str
    caption_style: str
    download_url: str
    expires_at: datetime
    start_seconds: float
    end_seconds: float
    score: Score
    reason: str
    transcript: str
    hashtags: list[str]
    thumbnail_url: str
    captions_url: str  # SRT; unlike the others it needs the key


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """One style; `name` is what caption_style takes."""

    name: str


class CaptionStyles(Struct, frozen=True, kw_only=True):
    """GET /api/v1/caption-styles; `default` is used where a request names none."""

    styles: list[CaptionStyle]
    default: str


class Usage(Struct, frozen=True, kw_only=True):
    """GET /api/v1/usage."""

    plan: str
    period_start: date
    period_end: date
    minutes_used: float
    minutes_limit: int
    storage_used_mb: int
    storage_limit_mb: int
    credits_remaining: int


class Uploaded(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/uploads; video_url goes into POST /api/v1/process as it is."""

    upload_id: str
    video_url: str
    file_name: str
    size_bytes: int
    sha256: str
    duration_seconds: float
    width: int | None
    height: int | None
    fps: float | None
    expires_at: datetime


Body = TypeVar("Body", bound=Struct)


async def decode(request: web.Request, kind: type[Body]) -> Body:
    """The body as a `kind`. Raises BadRequest that names the field and what would be right."""
    body = await request.read()
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The body must be a JSON object, and it is not: {error}.") from error


def _explained(text: str) -> BadRequest:
    """msgspec says where by `$.field`, or names the field in the sentence."""
    named = re.search(r"(?:unknown|required) field `([^`]*)`", text)
    path = re.search(r" - at `\$\.([^`\[\]]+)", text)
    field = named[1] if named else path[1] if path else None
    sentence = re.sub(r" - at `.*`$", "", text)
    advice = f" {ADVICE[field]}" if field in ADVICE else ""
    return BadRequest(f"{field or 'The body'}: {sentence}.{advice}", field=field)


def reply(body: Struct, *, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def moment(value: datetime) -> datetime:
    """Whole seconds in UTC, as in the documents: 2026-04-15T10:00:00Z."""
    return value.astimezone(UTC).replace(microsecond=0)


def moment_or_none(value: datetime | None) -> datetime | None:
    """The same, where there may be none yet."""
    return None if value is None else moment(value)


def from_text(text: str | None, kind: Any) -> Any:
    """A jsonb column, read as text, as a `kind`; None stays None."""
    return None if text is None else msgspec.json.decode(text, type=kind)
