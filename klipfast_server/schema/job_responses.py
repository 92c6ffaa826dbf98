"""Answers about jobs; the names and types of the documented fields are binding."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from klipfast_server.schema.clip_responses import JobClip
from klipfast_server.schema.fields import about
from klipfast_server.schema.job_options import JobOptions
from klipfast_server.schema.responses import HasMore, JobId, NextCursor
from klipfast_server.schema.vocabulary import (
    Coverage,
    JobError,
    Moment,
    Priority,
    SourceInfo,
    Stage,
    Status,
)
from klipfast_server.schema.writing.text_responses import TextOutputs
from pipeline.export.transcript_schema import SpeakerJson

JobStatus = Annotated[Status, about("queued, then processing, then completed, failed or canceled.")]
CreatedAt = Annotated[datetime, about("Submission time.", tz=True)]
Estimate = Annotated[int, about("Estimated seconds until completion, including the queue.")]


class Accepted(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/process and of a retry."""

    job_id: JobId
    status: Annotated[Status, about("queued")]
    created_at: CreatedAt
    estimated_seconds: Estimate


class Rendering(Struct, frozen=True, kw_only=True):
    """202 of a re-render: a job that makes one clip."""

    job_id: JobId
    clip_id: Annotated[str, about("ID of the new clip, available once the job is completed.")]
    status: Annotated[Status, about("queued")]
    created_at: CreatedAt
    estimated_seconds: Estimate


class JobWarning(Struct, frozen=True, kw_only=True):
    """Something missing from a job's results."""

    code: Annotated[
        Literal[
            "unheard",
            "unintelligible",
            "doubtful",
            "fewer_clips",
            "clips_lost",
            "source_not_kept",
            "texts",
            "uncompared",
        ],
        about(
            "unheard: a part of the source has no readable sound. unintelligible: speech of"
            " which no words were understood. doubtful: most sentences may be misheard; "
            "titles and texts skip them. fewer_clips: the talk has fewer than requested. "
            "clips_lost: some could not be rendered. source_not_kept: there was no room for"
            " the source. texts: a requested text was not written. "
            "uncompared: a language model had no time for some comparisons of clips."
        ),
    ]
    message: Annotated[str, about("What is missing, and why.")]
    seconds: Annotated[float, about("Seconds of the source that it affects; may be 0.")]


JobTitle = Annotated[
    str,
    about("`title` of the request, else the web page's title, else the file's name; may be empty."),
]
VideoUrl = Annotated[str, about("`video_url` of the request.")]
FileName = Annotated[str, about("Name of the source's file; may be empty.")]
UploadId = Annotated[
    str | None, about("ID of the upload that it was made from; null for another URL.")
]
StartedAt = Annotated[Moment | None, about("Start of processing; null while queued.")]
FinishedAt = Annotated[Moment | None, about("End of processing; null until then.")]
DeletesAt = Annotated[
    Moment | None, about("When it is deleted for good; null: it is not in the trash.")
]
PausedAt = Annotated[Moment | None, about("When the queued job was paused; else null.")]
CurrentStage = Annotated[Stage | None, about("Current stage; null unless processing.")]
Fraction = Annotated[float, about("Fraction of the job that is done, 0–1; never decreases.")]
TimeLeft = Annotated[
    int | None,
    about(
        "Estimated seconds until completion, including the queue; null once it has "
        "ended, and while it is paused."
    ),
]
Spoken = Annotated[
    str | None, about("ISO 639-1 code of the spoken language; null until transcribed.")
]
ClipCount = Annotated[int, about("Finished clips that have not expired.")]
ClipTotal = Annotated[int | None, about("Total number of clips; null until they are chosen.")]
BatchId = Annotated[str | None, about("The batch that it was submitted in, or null.")]
Failure = Annotated[JobError | None, about("Why the job failed; null otherwise.")]
Echoed = Annotated[dict[str, str], about("The metadata of the request.")]
RerenderOf = Annotated[
    str | None, about("The clip this job renders again; null for an ordinary job.")
]
RewriteOf = Annotated[str | None, about("The job whose text this job writes again; else null.")]
SpanOf = Annotated[str | None, about("The job from whose source this one makes a clip; else null.")]
ReelOf = Annotated[
    str | None, about("The job from whose moments this one makes a reel; else null.")
]


Picture = Annotated[
    str | None, about("Signed URL of a picture of its best clip; null without clips.")
]


class JobDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}."""

    job_id: JobId
    status: JobStatus
    clips: Annotated[list[JobClip], about("Finished clips, best first.")]
    text_outputs: Annotated[TextOutputs, about("The thread, the post and the article.")]
    created_at: CreatedAt
    title: JobTitle
    video_url: VideoUrl
    file_name: FileName
    upload_id: UploadId
    options: Annotated[JobOptions, about("The options, with their defaults.")]
    started_at: StartedAt
    finished_at: FinishedAt
    paused_at: PausedAt
    deletes_at: DeletesAt
    stage: CurrentStage
    progress: Fraction
    estimated_seconds: TimeLeft
    clip_count: ClipCount
    clip_total: ClipTotal
    language: Spoken
    coverage: Annotated[
        Coverage | None, about("How much of the speech has words; null until transcribed.")
    ]
    source: Annotated[SourceInfo | None, about("Properties of the source; null until probed.")]
    source_expires_at: Annotated[
        Moment | None,
        about(
            "Until when the source is kept, so that clips can be made of it; null if "
            "it is not kept."
        ),
    ]
    transcript_removed_at: Annotated[
        Moment | None,
        about(
            "When the plan's retention deleted the transcript, and with it captions and "
            "chapters; else null."
        ),
    ]
    priority: Annotated[Priority, about("Its priority among your own jobs.")]
    batch_id: BatchId
    error: Failure
    metadata: Echoed
    rerender_of: RerenderOf
    rewrite_of: RewriteOf
    span_of: SpanOf
    reel_of: ReelOf
    warnings: Annotated[list[JobWarning], about("What the results lack; empty if nothing.")]


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
    deletes_at: DeletesAt
    stage: CurrentStage
    progress: Fraction
    estimated_seconds: TimeLeft
    language: Spoken
    clip_count: ClipCount
    duration_seconds: Annotated[
        float | None, about("Length of the source in seconds; null until it is probed.")
    ]
    thumbnail_url: Picture
    clip_total: ClipTotal
    clips: Annotated[list[JobClip] | UnsetType, about("Its clips, with `clips=true`.")] = UNSET
    priority: Annotated[Priority, about("Its priority among your own jobs.")]
    batch_id: BatchId
    error: Failure
    metadata: Echoed
    rerender_of: RerenderOf
    rewrite_of: RewriteOf
    span_of: SpanOf
    reel_of: ReelOf


class JobList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs, newest first."""

    jobs: Annotated[list[JobLine], about("Jobs of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class SpeakerList(Struct, frozen=True, kw_only=True):
    """200 of PATCH /api/v1/jobs/{job_id}/speakers."""

    job_id: JobId
    speakers: Annotated[
        list[SpeakerJson], about("Each speaker once, in the order in which they are first heard.")
    ]
