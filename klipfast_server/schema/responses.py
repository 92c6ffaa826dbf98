"""What JSON answers look like; the names and types of the documented fields are binding."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from klipfast_server.schema.vocabulary import (
    ErrorCode,
    Height,
    JobError,
    Moment,
    Rate,
    Reason,
    SourceInfo,
    SourceLength,
    Stage,
    Status,
    Width,
)

JobId = Annotated[str, Meta(description="Names the job.")]
ClipId = Annotated[str, Meta(description="Names the clip.")]
JobStatus = Annotated[
    Status, Meta(description="queued, then processing, then one of the other three for good.")
]
CreatedAt = Annotated[datetime, Meta(tz=True, description="When it was handed in.")]
Estimate = Annotated[int, Meta(description="Seconds until it will be done, the queue included.")]
NextCursor = Annotated[
    str | None, Meta(description="What `cursor` takes for the next page; null: this is the last.")
]
HasMore = Annotated[bool, Meta(description="Whether there is a next page.")]
Title = Annotated[str, Meta(description="In the clip's own words.")]
Virality = Annotated[
    int, Meta(description="0–100: the rank among passages of talks; no forecast of views.")
]
ClipLength = Annotated[float, Meta(description="Length of the clip.")]
DownloadUrl = Annotated[str, Meta(description="The clip as MP4; it needs no key.")]
Begin = Annotated[float, Meta(description="Where the clip begins on the source's clock.")]
End = Annotated[float, Meta(description="Where it ends on the source's clock.")]
Why = Annotated[str, Meta(description="What was found in it, in a sentence.")]
Said = Annotated[str, Meta(description="What is said in it.")]
About = Annotated[
    str,
    Meta(description="What it is about: one of its sentences; maybe empty."),
]
Hashtags = Annotated[list[str], Meta(description="From what it names; there may be none.")]
PictureUrl = Annotated[str, Meta(description="A JPEG of it with its title; it needs no key.")]
CaptionsUrl = Annotated[
    str, Meta(description="Its words as SRT; unlike the others it needs the key.")
]
CleanUrl = Annotated[
    str | None, Meta(description="The same without captions and title, where it was asked for.")
]

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

    error: Annotated[ErrorCode, Meta(description="The same for the same kind of error.")]
    message: Annotated[str, Meta(description="What is wrong and what would be right.")]
    request_id: Annotated[str, Meta(description="Names the request in the server's log.")]
    field: Annotated[str | UnsetType, Meta(description="The parameter or header at fault.")] = UNSET
    job_id: Annotated[str | UnsetType, Meta(description="The job that is in the way.")] = UNSET
    reason: Annotated[
        Reason | UnsetType, Meta(description="Of 422: why the video cannot be used.")
    ] = UNSET
    reset_at: Annotated[
        Moment | UnsetType, Meta(description="When the plan's minutes start again.")
    ] = UNSET
    storage_used_mb: Annotated[
        int | UnsetType, Meta(description="What is kept, where that is too much.")
    ] = UNSET
    storage_limit_mb: Annotated[int | UnsetType, Meta(description="What the plan gives.")] = UNSET


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Answer of /healthz and /readyz."""

    status: Annotated[Literal["ok", "unavailable"], Meta(description="Whether all is well.")]
    missing: Annotated[str | UnsetType, Meta(description="database, worker or deliverer.")] = UNSET


class Accepted(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/process and of a retry."""

    job_id: JobId
    status: Annotated[Status, Meta(description="queued")]
    created_at: CreatedAt
    estimated_seconds: Estimate


class Rendering(Struct, frozen=True, kw_only=True):
    """202 of a re-render: a job that makes one clip."""

    job_id: JobId
    clip_id: Annotated[
        str, Meta(description="The new clip; it can be asked for once the job is completed.")
    ]
    status: Annotated[Status, Meta(description="queued")]
    created_at: CreatedAt
    estimated_seconds: Estimate


class Score(Struct, frozen=True, kw_only=True):
    """Parts of the score, each 0–1, comparable within one source."""

    hook: Annotated[float, Meta(description="How its first sentences catch.")]
    flow: Annotated[float, Meta(description="How well it stands on its own.")]
    value: Annotated[float, Meta(description="How much it says.")]
    energy: Annotated[float, Meta(description="How lively it is spoken.")]


Parts = Annotated[Score, Meta(description="What the score is made of.")]


class JobClip(Struct, frozen=True, kw_only=True):
    """A clip inside a job's answer."""

    clip_id: ClipId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    download_url: DownloadUrl
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    thumbnail_url: PictureUrl
    captions_url: CaptionsUrl
    clean_url: CleanUrl


class TextOutputs(Struct, frozen=True, kw_only=True):
    """Always three keys; empty until they are written, and where they are not wanted."""

    twitter_thread: Annotated[str, Meta(description="Posts, numbered, a blank line between.")] = ""
    linkedin_post: Annotated[str, Meta(description="Plain text.")] = ""
    blog_post: Annotated[str, Meta(description="Markdown.")] = ""


class JobDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}."""

    job_id: JobId
    status: JobStatus
    clips: Annotated[list[JobClip], Meta(description="Those that are ready, the best first.")]
    text_outputs: Annotated[TextOutputs, Meta(description="The thread, the post, the article.")]
    created_at: CreatedAt
    started_at: Annotated[Moment | None, Meta(description="When work first began; null: not yet.")]
    finished_at: Annotated[Moment | None, Meta(description="When it ended; null: not yet.")]
    stage: Annotated[Stage | None, Meta(description="What is being done; null while nothing is.")]
    progress: Annotated[float, Meta(description="Share of the whole job, 0–1; it never falls.")]
    language: Annotated[
        str | None, Meta(description="ISO 639-1 code of what is spoken; null: not heard yet.")
    ]
    source: Annotated[
        SourceInfo | None, Meta(description="What the video is; null: not looked at yet.")
    ]
    error: Annotated[JobError | None, Meta(description="Why it failed; null unless it did.")]
    metadata: Annotated[dict[str, str], Meta(description="As it was handed in.")]
    rerender_of: Annotated[
        str | None, Meta(description="The clip that the job makes again; null: it makes new ones.")
    ]


class JobLine(Struct, frozen=True, kw_only=True):
    """One line of the list of jobs."""

    job_id: JobId
    status: JobStatus
    created_at: CreatedAt


class JobList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs, newest first."""

    jobs: Annotated[list[JobLine], Meta(description="The jobs of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class ClipDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}."""

    clip_id: ClipId
    job_id: JobId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    resolution: Annotated[str, Meta(description="Pixels, width x height: 1080x1920.")]
    caption_style: Annotated[str, Meta(description="The style of its captions.")]
    download_url: DownloadUrl
    expires_at: Annotated[datetime, Meta(tz=True, description="When the clip is removed.")]
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    thumbnail_url: PictureUrl
    captions_url: CaptionsUrl
    clean_url: CleanUrl


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """One style."""

    name: Annotated[str, Meta(description="What caption_style takes.")]
    preview_url: Annotated[str, Meta(description="PNG of a few words in it; it needs no key.")]


class CaptionStyles(Struct, frozen=True, kw_only=True):
    """GET /api/v1/caption-styles."""

    styles: Annotated[list[CaptionStyle], Meta(description="All of them.")]
    default: Annotated[str, Meta(description="Used where a request names none.")]


class Usage(Struct, frozen=True, kw_only=True):
    """GET /api/v1/usage."""

    plan: Annotated[str, Meta(description="The account's plan.")]
    period_start: Annotated[date, Meta(description="First day of the calendar month (UTC).")]
    period_end: Annotated[date, Meta(description="Its last day.")]
    minutes_used: Annotated[float, Meta(description="Source minutes of completed jobs.")]
    minutes_limit: Annotated[int, Meta(description="What the plan gives a month.")]
    storage_used_mb: Annotated[int, Meta(description="Clips and uploads, in 10^6 bytes.")]
    storage_limit_mb: Annotated[int, Meta(description="What the plan gives.")]
    credits_remaining: Annotated[
        int, Meta(description="Each pays for one job once the minutes are used up.")
    ]


class Uploaded(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/uploads."""

    upload_id: Annotated[str, Meta(description="Names the upload.")]
    video_url: Annotated[str, Meta(description="Goes into POST /api/v1/process as it is.")]
    file_name: Annotated[str, Meta(description="As it was sent.")]
    size_bytes: Annotated[int, Meta(description="Of the file.")]
    sha256: Annotated[str, Meta(description="Of the file's bytes, in hexadecimal.")]
    duration_seconds: SourceLength
    width: Width
    height: Height
    fps: Rate
    expires_at: Annotated[datetime, Meta(tz=True, description="When it is removed.")]
