"""Answers that are not about one job: errors, health, usage, uploads; and what several share.

The names and types of the documented fields are binding.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from klipfast_server.schema.vocabulary import (
    ErrorCode,
    Height,
    Moment,
    Rate,
    Reason,
    SourceLength,
    Width,
)

JobId = Annotated[str, Meta(description="ID of the job.")]
NextCursor = Annotated[
    str | None, Meta(description="Value of `cursor` for the next page; null on the last page.")
]
HasMore = Annotated[bool, Meta(description="Whether there is a next page.")]

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
        Meta(
            description="The part that is down: database, disk, storage, worker, deliverer, "
            "models or cluster."
        ),
    ] = UNSET
    reason: Annotated[
        str | UnsetType, Meta(description="Why, where the server knows it for certain.")
    ] = UNSET
    draining: Annotated[
        bool | UnsetType,
        Meta(
            description="true while the operator lets no job start: jobs are accepted and wait. "
            "Absent otherwise."
        ),
    ] = UNSET


class PlanLimits(Struct, frozen=True, kw_only=True):
    """What the plan allows beside minutes and storage."""

    requests_per_minute: Annotated[int, Meta(description="Requests in any 60 seconds.")]
    parallel_jobs: Annotated[int, Meta(description="Jobs that run at once; others wait.")]
    max_source_minutes: Annotated[int, Meta(description="Length of one source, in minutes.")]
    max_upload_mb: Annotated[int, Meta(description="Size of one upload, in MB (10^6 bytes).")]
    retention_days: Annotated[int, Meta(description="Days for which a clip is kept.")]


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
    limits: Annotated[PlanLimits, Meta(description="What else the plan allows.")]


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
    given_up_sources: Annotated[
        list[str],
        Meta(
            description="Jobs whose kept source was deleted just now to make room for this file; "
            "the storage of the plan was full."
        ),
    ]
