"""JSON responses; the names and types of the documented fields are binding."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from klipfast_server.schema.job_options import JobOptions, WrittenWith
from klipfast_server.schema.vocabulary import (
    Coverage,
    ErrorCode,
    Height,
    JobError,
    Moment,
    Priority,
    Rate,
    Reason,
    SourceInfo,
    SourceLength,
    Stage,
    Status,
    TextWarning,
    Width,
)
from pipeline.core.data import CaptionSource, MomentKind, TitleKind
from pipeline.core.texts import TextFormat, TextKind
from pipeline.export.subtitles import SpeakerJson

JobId = Annotated[str, Meta(description="ID of the job.")]
ClipId = Annotated[str, Meta(description="ID of the clip.")]
JobStatus = Annotated[
    Status, Meta(description="queued, then processing, then completed, failed or canceled.")
]
CreatedAt = Annotated[datetime, Meta(tz=True, description="Submission time.")]
Estimate = Annotated[
    int, Meta(description="Estimated seconds until completion, including the queue.")
]
NextCursor = Annotated[
    str | None, Meta(description="Value of `cursor` for the next page; null on the last page.")
]
HasMore = Annotated[bool, Meta(description="Whether there is a next page.")]
Title = Annotated[str, Meta(description="Title of the clip, taken from its own words.")]
Virality = Annotated[
    int, Meta(description="0–100: rank among passages of talks, not a forecast of views.")
]
ClipLength = Annotated[int, Meta(description="Length of the clip in whole seconds.")]
ExactLength = Annotated[float, Meta(description="Length of the clip in seconds.")]
DownloadUrl = Annotated[str, Meta(description="Signed URL of the MP4; needs no API key.")]
Begin = Annotated[float, Meta(description="Start of the clip in the source, in seconds.")]
End = Annotated[float, Meta(description="End of the clip in the source, in seconds.")]
Why = Annotated[str, Meta(description="One-sentence explanation of the score.")]
Said = Annotated[str, Meta(description="Transcript of the clip.")]
About = Annotated[
    str,
    Meta(description="Description taken from the transcript; may be empty."),
]
Hashtags = Annotated[
    list[str], Meta(description="Hashtags from names and terms in the clip; may be empty.")
]
PictureUrl = Annotated[
    str, Meta(description="Signed URL of a JPEG with the title; needs no API key.")
]
PictureUrls = Annotated[
    list[str],
    Meta(
        description="Signed URLs of up to three thumbnails that differ, the best first, which is "
        "`thumbnail_url`; clips made earlier have one."
    ),
]
CaptionsUrl = Annotated[
    str, Meta(description="URL of the captions as SRT; unlike the others it needs the API key.")
]
CleanUrl = Annotated[
    str | None,
    Meta(description="Signed URL of the clip without captions and title; null unless requested."),
]

MEANINGS = {
    200: "OK.",
    201: "Created.",
    202: "Accepted.",
    204: "Done; no content.",
    206: "The requested range.",
    302: "`Location` has the file; it needs no API key.",
    304: "Not changed since; no content.",
    307: "Elsewhere for now, at `Location`.",
    503: "Temporarily unavailable.",
}


class ErrorBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error. `field` names the invalid parameter; other fields appear where they apply."""

    error: Annotated[ErrorCode, Meta(description="Error code.")]
    message: Annotated[str, Meta(description="What is wrong, and what would be right.")]
    request_id: Annotated[str, Meta(description="ID of the request in the server's log.")]
    field: Annotated[str | UnsetType, Meta(description="The invalid parameter or header.")] = UNSET
    job_id: Annotated[str | UnsetType, Meta(description="The conflicting job.")] = UNSET
    reason: Annotated[
        Reason | UnsetType, Meta(description="Why the video cannot be used (only with 422).")
    ] = UNSET
    reset_at: Annotated[Moment | UnsetType, Meta(description="When the plan's minutes renew.")] = (
        UNSET
    )
    storage_used_mb: Annotated[
        int | UnsetType, Meta(description="Storage used, in MB (only with storage errors).")
    ] = UNSET
    storage_limit_mb: Annotated[int | UnsetType, Meta(description="The plan's storage, in MB.")] = (
        UNSET
    )


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Response of /healthz and /readyz."""

    status: Annotated[Literal["ok", "unavailable"], Meta(description="ok, or unavailable.")]
    missing: Annotated[
        str | UnsetType,
        Meta(description="The part that is down: database, disk, worker, deliverer or models."),
    ] = UNSET
    reason: Annotated[
        str | UnsetType, Meta(description="Why, where the server knows it for certain.")
    ] = UNSET


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
        str, Meta(description="ID of the new clip, available once the job is completed.")
    ]
    status: Annotated[Status, Meta(description="queued")]
    created_at: CreatedAt
    estimated_seconds: Estimate


class Score(Struct, frozen=True, kw_only=True):
    """What the parts of a clip add to its score; together, a hundredth of `virality_score`."""

    hook: Annotated[float, Meta(description="For beginning where a story or a thought does.")]
    flow: Annotated[float, Meta(description="For ending with its payoff.")]
    value: Annotated[float, Meta(description="For what is said in between.")]
    energy: Annotated[float, Meta(description="For a lively delivery.")]


Parts = Annotated[
    Score,
    Meta(description="What the parts of the clip add to its score; together virality_score / 100."),
]


class TitleVariant(Struct, frozen=True, kw_only=True):
    """Another title of a clip, from its own words."""

    kind: Annotated[
        TitleKind, Meta(description="claim: a statement. question. number: it has a figure.")
    ]
    title: Annotated[str, Meta(description="At most 60 characters.")]


TitleVariants = Annotated[
    list[TitleVariant],
    Meta(description="The best title of each kind that the clip's words have; `title` is one."),
]
Kind = Annotated[
    MomentKind | None,
    Meta(description="What kind of moment it most likely is; null for clips made earlier."),
]
LeadIn = Annotated[
    float, Meta(description="Seconds of a brand's intro and title card before the talk begins.")
]
CaptionsOf = Annotated[
    CaptionSource,
    Meta(
        description="Whose captions the clip shows: drawn are its own; source: the source's are "
        "burned in and stay visible, so no others are drawn; none."
    ),
]
Confidence = Annotated[
    Annotated[float, Meta(ge=0, le=1)] | None,
    Meta(
        description="Estimated probability that the clip is a whole moment, from its set-up to "
        "its payoff; null for clips made before it was recorded.",
    ),
]


class JobClip(Struct, frozen=True, kw_only=True):
    """A clip inside a job."""

    clip_id: ClipId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    download_url: DownloadUrl
    duration: ExactLength
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    title_variants: TitleVariants
    kind: Kind
    confidence: Confidence
    captions: CaptionsOf
    lead_in_seconds: LeadIn
    thumbnail_url: PictureUrl
    thumbnail_urls: PictureUrls
    captions_url: CaptionsUrl
    clean_url: CleanUrl


class TextOutputs(Struct, frozen=True, kw_only=True):
    """Texts by kind.

    The first three are always there, and empty until they are written or if they were not
    requested; a further kind (`UNSET` here) is there if it was requested.
    """

    twitter_thread: Annotated[str, Meta(description="Numbered posts separated by blank lines.")] = (
        ""
    )
    linkedin_post: Annotated[str, Meta(description="Plain text.")] = ""
    blog_post: Annotated[str, Meta(description="Markdown.")] = ""
    youtube_description: Annotated[
        str | UnsetType, Meta(description="Plain text with chapters, at most 5,000 bytes.")
    ] = UNSET
    show_notes: Annotated[str | UnsetType, Meta(description="Markdown.")] = UNSET
    newsletter: Annotated[
        str | UnsetType, Meta(description="Markdown: the title is the subject line.")
    ] = UNSET
    bluesky_thread: Annotated[
        str | UnsetType, Meta(description="Posts separated by blank lines.")
    ] = UNSET
    threads_thread: Annotated[
        str | UnsetType, Meta(description="Posts separated by blank lines.")
    ] = UNSET
    mastodon_thread: Annotated[
        str | UnsetType, Meta(description="Posts separated by blank lines.")
    ] = UNSET
    quote_cards: Annotated[
        str | UnsetType,
        Meta(description="Quotations with name and time, separated by blank lines."),
    ] = UNSET


class TextSource(Struct, frozen=True, kw_only=True):
    """A sentence, heading or point of a text, and what it rests on."""

    text: Annotated[str, Meta(description="The sentence as the text has it, without markup.")]
    sentences: Annotated[
        list[int],
        Meta(description="Indices of the spoken sentences in `sentences` of the transcript."),
    ]
    start_seconds: Annotated[
        float, Meta(description="Start of the first of them in the source, in seconds.")
    ]
    end_seconds: Annotated[
        float, Meta(description="End of the last of them in the source, in seconds.")
    ]
    speaker: Annotated[
        str | None, Meta(description="Who says them; null if unknown, or if several people do.")
    ]


class JobText(Struct, frozen=True, kw_only=True):
    """A text of a job, and where it comes from."""

    kind: Annotated[TextKind, Meta(description="Kind of the text.")]
    text: Annotated[str, Meta(description="The text as published; empty if it was withheld.")]
    format: Annotated[TextFormat, Meta(description="Format in which this kind is published.")]
    author: Annotated[
        str,
        Meta(
            description="extractive: from the talk's own sentences; user: put there by PUT; else "
            "the name of a language model; empty for texts written before this was recorded."
        ),
    ]
    reason: Annotated[
        str,
        Meta(
            description="Why there is no text, or why parts of a model's were left out; or empty."
        ),
    ]
    warnings: Annotated[
        list[TextWarning],
        Meta(
            description="What your own text claims and the talk does not, or where it is too long."
        ),
    ]
    updated_at: Annotated[datetime, Meta(tz=True, description="When it was written, or replaced.")]
    etag: Annotated[
        str, Meta(description="Its ETag with quotation marks, for If-Match and If-None-Match.")
    ]
    picture_urls: Annotated[
        list[str],
        Meta(
            description="URLs of the pictures of quote_cards as PNG, one for each quotation; they "
            "need the API key. Empty for other texts."
        ),
    ]
    options: Annotated[WrittenWith, Meta(description="Options it was last written with.")]
    sources: Annotated[
        list[TextSource],
        Meta(
            description="What each sentence rests on, in the order of the text; empty if unknown."
        ),
    ]


class JobTexts(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/texts."""

    job_id: JobId
    texts: Annotated[list[JobText], Meta(description="The texts of the job, one of a kind.")]


class JobWarning(Struct, frozen=True, kw_only=True):
    """Something that the results of a job lack."""

    code: Annotated[
        Literal["unheard", "unintelligible", "doubtful", "clips_lost", "source_not_kept"],
        Meta(
            description="unheard: a part of the source has no readable sound. unintelligible: "
            "speech of which no words were understood. doubtful: most sentences may be misheard, "
            "and titles and texts are made of the others alone. clips_lost: clips that could not "
            "be rendered. source_not_kept: there was no room for the source."
        ),
    ]
    message: Annotated[str, Meta(description="What is missing, and why.")]
    seconds: Annotated[
        float, Meta(description="How much of the source it concerns, in seconds; may be 0.")
    ]


JobTitle = Annotated[
    str, Meta(description="`title` of the request, else what its file is called; may be empty.")
]
VideoUrl = Annotated[str, Meta(description="`video_url` of the request.")]
FileName = Annotated[str, Meta(description="What the source's file is called; may be empty.")]
UploadId = Annotated[
    str | None, Meta(description="ID of the upload that it is made from; null for another URL.")
]
StartedAt = Annotated[Moment | None, Meta(description="Start of processing; null while queued.")]
FinishedAt = Annotated[Moment | None, Meta(description="End of processing; null until then.")]
PausedAt = Annotated[
    Moment | None, Meta(description="Since when the queued job is paused; else null.")
]
CurrentStage = Annotated[Stage | None, Meta(description="Current stage; null unless processing.")]
Fraction = Annotated[
    float, Meta(description="Fraction of the job that is done, 0–1; never decreases.")
]
TimeLeft = Annotated[
    int | None,
    Meta(
        description="Estimated seconds until completion, including the queue; null once it has "
        "ended, and while it is paused."
    ),
]
Spoken = Annotated[
    str | None,
    Meta(description="ISO 639-1 code of the spoken language; null until transcribed."),
]
ClipCount = Annotated[int, Meta(description="Finished clips that have not expired.")]
ClipTotal = Annotated[
    int | None, Meta(description="Clips that are made in all; null until they are chosen.")
]
BatchId = Annotated[str | None, Meta(description="The batch that it was submitted in, or null.")]
Failure = Annotated[JobError | None, Meta(description="Why the job failed; null otherwise.")]
Echoed = Annotated[dict[str, str], Meta(description="The metadata of the request.")]
RerenderOf = Annotated[
    str | None, Meta(description="The clip this job renders again; null for an ordinary job.")
]
RewriteOf = Annotated[
    str | None, Meta(description="The job whose text this job writes again; else null.")
]
SpanOf = Annotated[
    str | None, Meta(description="The job of whose source this one makes a clip; else null.")
]
ReelOf = Annotated[
    str | None, Meta(description="The job of whose moments this one makes a reel; else null.")
]


class JobDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}."""

    job_id: JobId
    status: JobStatus
    clips: Annotated[list[JobClip], Meta(description="Finished clips, best first.")]
    text_outputs: Annotated[TextOutputs, Meta(description="The thread, the post and the article.")]
    created_at: CreatedAt
    title: JobTitle
    video_url: VideoUrl
    file_name: FileName
    upload_id: UploadId
    options: Annotated[JobOptions, Meta(description="The options, with their defaults.")]
    started_at: StartedAt
    finished_at: FinishedAt
    paused_at: PausedAt
    stage: CurrentStage
    progress: Fraction
    estimated_seconds: TimeLeft
    clip_count: ClipCount
    clip_total: ClipTotal
    language: Spoken
    coverage: Annotated[
        Coverage | None,
        Meta(description="How much of the speech has words; null until transcribed."),
    ]
    source: Annotated[
        SourceInfo | None, Meta(description="Properties of the source; null until probed.")
    ]
    source_expires_at: Annotated[
        Moment | None,
        Meta(
            description="Until when the source is kept, so that clips can be made of it; null if "
            "it is not kept."
        ),
    ]
    priority: Annotated[Priority, Meta(description="Its place among your jobs.")]
    batch_id: BatchId
    error: Failure
    metadata: Echoed
    rerender_of: RerenderOf
    rewrite_of: RewriteOf
    span_of: SpanOf
    reel_of: ReelOf
    warnings: Annotated[
        list[JobWarning], Meta(description="What the results lack; empty for a sound source.")
    ]


class JobLine(Struct, frozen=True, kw_only=True):
    """A job in the list."""

    job_id: JobId
    status: JobStatus
    created_at: CreatedAt
    title: JobTitle
    video_url: VideoUrl
    file_name: FileName
    upload_id: UploadId
    started_at: StartedAt
    finished_at: FinishedAt
    paused_at: PausedAt
    stage: CurrentStage
    progress: Fraction
    estimated_seconds: TimeLeft
    language: Spoken
    clip_count: ClipCount
    clip_total: ClipTotal
    priority: Annotated[Priority, Meta(description="Its place among your jobs.")]
    batch_id: BatchId
    error: Failure
    metadata: Echoed
    rerender_of: RerenderOf
    rewrite_of: RewriteOf
    span_of: SpanOf
    reel_of: ReelOf


class JobList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs, newest first."""

    jobs: Annotated[list[JobLine], Meta(description="Jobs of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class Speakers(Struct, frozen=True, kw_only=True):
    """200 of PATCH /api/v1/jobs/{job_id}/speakers."""

    job_id: JobId
    speakers: Annotated[
        list[SpeakerJson],
        Meta(description="Each speaker once, in the order in which they are first heard."),
    ]


class ClipDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}."""

    clip_id: ClipId
    job_id: JobId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    resolution: Annotated[str, Meta(description="Width x height in pixels, such as 1080x1920.")]
    caption_style: Annotated[str, Meta(description="Caption style of the clip.")]
    download_url: DownloadUrl
    expires_at: Annotated[
        datetime,
        Meta(tz=True, description="When the clip is deleted, and its links end."),
    ]
    duration: ExactLength
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    title_variants: TitleVariants
    kind: Kind
    confidence: Confidence
    captions: CaptionsOf
    lead_in_seconds: LeadIn
    thumbnail_url: PictureUrl
    thumbnail_urls: PictureUrls
    captions_url: CaptionsUrl
    clean_url: CleanUrl


class ClipList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips."""

    clips: Annotated[list[ClipDetail], Meta(description="Clips of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """A caption style."""

    name: Annotated[str, Meta(description="Value for caption_style.")]
    preview_url: Annotated[str, Meta(description="URL of a PNG preview; needs no API key.")]


class CaptionStyles(Struct, frozen=True, kw_only=True):
    """GET /api/v1/caption-styles."""

    styles: Annotated[list[CaptionStyle], Meta(description="All caption styles.")]
    default: Annotated[str, Meta(description="Style of a request that names none.")]


class Usage(Struct, frozen=True, kw_only=True):
    """GET /api/v1/usage."""

    plan: Annotated[str, Meta(description="The account's plan.")]
    period_start: Annotated[date, Meta(description="First day of the billing period (UTC).")]
    period_end: Annotated[date, Meta(description="Last day of the billing period.")]
    minutes_used: Annotated[
        float, Meta(description="Source minutes of completed jobs in this period.")
    ]
    minutes_limit: Annotated[int, Meta(description="Minutes per period in the plan.")]
    storage_used_mb: Annotated[
        int, Meta(description="Storage of clips and uploads, in MB (10^6 bytes).")
    ]
    storage_limit_mb: Annotated[int, Meta(description="The plan's storage, in MB.")]
    credits_remaining: Annotated[
        int, Meta(description="Credits left; each pays for one job once the minutes are used up.")
    ]


class Uploaded(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/uploads."""

    upload_id: Annotated[str, Meta(description="ID of the upload.")]
    video_url: Annotated[str, Meta(description="Value for video_url in POST /api/v1/process.")]
    file_name: Annotated[str, Meta(description="Name of the uploaded file.")]
    size_bytes: Annotated[int, Meta(description="Size of the file in bytes.")]
    sha256: Annotated[str, Meta(description="SHA-256 of the file, hexadecimal.")]
    duration_seconds: SourceLength
    width: Width
    height: Height
    fps: Rate
    expires_at: Annotated[
        datetime, Meta(tz=True, description="When the upload expires and is deleted.")
    ]
