"""What JSON answers look like; the names and types of the documented fields are binding."""

from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
from aiohttp import web
from msgspec import Struct

Status = Literal["queued", "processing", "completed", "failed", "canceled"]
Event = Literal["job.completed", "job.failed", "clip.ready"]  # what webhooks tell of

MEANINGS = {
    200: "What was asked for.",
    201: "It was made.",
    202: "It was taken on and will be done.",
    204: "It was done; there is nothing to tell.",
    206: "The part that was asked for.",
    503: "It cannot be done at the moment.",
}


class ErrorBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every error; `field` names the parameter at fault, the rest comes where it helps."""

    error: Literal[
        "bad_request", "unauthorized", "forbidden", "not_found",
        "conflict", "unprocessable", "rate_limited", "server_error",
    ]  # fmt: skip
    message: str
    request_id: str
    field: str | None = None
    job_id: str | None = None  # of the job that is in the way
    reason: str | None = None  # why a file cannot be used, a stable word
    reset_at: datetime | None = None  # when the plan's minutes start again
    storage_used_mb: int | None = None
    storage_limit_mb: int | None = None


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Answer of /healthz and /readyz."""

    status: Literal["ok", "unavailable"]
    missing: str | None = None


class Accepted(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/process and of a retry."""

    job_id: str
    status: Status
    created_at: datetime
    estimated_seconds: int


class Rendering(Struct, frozen=True, kw_only=True):
    """202 of a re-render: a job that makes one clip."""

    job_id: str
    clip_id: str  # under which the new clip can be asked for once the job is completed
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
    clean_url: str | None  # the clip without captions and title, where it was asked for


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
    metadata: dict[str, str]  # as it was handed in
    rerender_of: str | None  # clip_id, where the job makes a clip again


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
    clean_url: str | None  # the clip without captions and title, where it was asked for


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """One style; `name` is what caption_style takes."""

    name: str
    preview_url: str  # PNG of a few words; it needs no key


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
