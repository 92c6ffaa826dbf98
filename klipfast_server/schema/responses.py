"""Answers that are not about one job: errors, health, usage, uploads; and what several share.

The names and types of the documented fields are binding.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from klipfast_server.schema.fields import about
from klipfast_server.schema.vocabulary import (
    ErrorCode,
    Height,
    Moment,
    Rate,
    Reason,
    SourceLength,
    Width,
)

JobId = Annotated[str, about("ID of the job.")]
NextCursor = Annotated[
    str | None, about("Value of `cursor` for the next page; null on the last page.")
]
HasMore = Annotated[bool, about("Whether there is a next page.")]

MEANINGS = {
    200: "OK.",
    201: "Created.",
    202: "Accepted.",
    204: "Done; no content.",
    206: "The requested range.",
    302: "`Location` has the file; it needs no API key.",
    304: "Not changed since; no content.",
    307: "Temporarily at `Location`.",
    503: "Temporarily unavailable.",
}


class ErrorBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error. `field` names the invalid parameter; other fields appear where they apply."""

    error: Annotated[ErrorCode, about("Error code.")]
    message: Annotated[str, about("What is wrong, and what would be right.")]
    request_id: Annotated[str, about("ID of the request in the server's log.")]
    field: Annotated[str | UnsetType, about("The invalid parameter or header.")] = UNSET
    job_id: Annotated[str | UnsetType, about("The conflicting job.")] = UNSET
    reason: Annotated[
        Reason | UnsetType, about("Why the video cannot be used (only with 422).")
    ] = UNSET
    reset_at: Annotated[Moment | UnsetType, about("When the plan's minutes renew.")] = UNSET
    storage_used_mb: Annotated[
        int | UnsetType, about("Storage used, in MB (only with storage errors).")
    ] = UNSET
    storage_limit_mb: Annotated[
        int | UnsetType, about("The plan's storage, in MB; 10^9: no limit.")
    ] = UNSET


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Response of /healthz and /readyz."""

    status: Annotated[Literal["ok", "unavailable"], about("ok, or unavailable.")]
    missing: Annotated[
        str | UnsetType,
        about(
            "The part that is down: database, disk, storage, worker, deliverer, models or cluster."
        ),
    ] = UNSET
    reason: Annotated[str | UnsetType, about("Why, if the server knows.")] = UNSET
    draining: Annotated[
        bool | UnsetType,
        about(
            "true while the operator drains the server: jobs are accepted and wait. Absent "
            "otherwise."
        ),
    ] = UNSET


class PlanLimits(Struct, frozen=True, kw_only=True):
    """What the plan allows beside minutes and storage."""

    requests_per_minute: Annotated[int, about("Requests in any 60 seconds.")]
    parallel_jobs: Annotated[int, about("Jobs that run at once; others wait.")]
    max_source_minutes: Annotated[int, about("Length of one source, in minutes.")]
    max_upload_mb: Annotated[int, about("Size of one upload, in MB (10^6 bytes).")]
    retention_days: Annotated[int, about("Days that a clip is kept; 0: until it is deleted.")]


class Usage(Struct, frozen=True, kw_only=True):
    """GET /api/v1/usage."""

    plan: Annotated[str, about("The account's plan.")]
    period_start: Annotated[date, about("First day of the billing period (UTC).")]
    period_end: Annotated[date, about("Last day of the billing period.")]
    minutes_used: Annotated[float, about("Source minutes of completed jobs in this period.")]
    minutes_limit: Annotated[int, about("Minutes per period in the plan; 10^9: no limit.")]
    storage_used_mb: Annotated[int, about("Storage of clips and uploads, in MB (10^6 bytes).")]
    storage_limit_mb: Annotated[int, about("The plan's storage, in MB; 10^9: no limit.")]
    credits_remaining: Annotated[
        int, about("Credits left; each pays for one job once the minutes are used up.")
    ]
    limits: Annotated[PlanLimits, about("What else the plan allows.")]
    disk_used_mb: Annotated[int, about("Used on the disk of the server's data, by all, in MB.")]
    disk_free_mb: Annotated[int, about("Free on that disk, in MB.")]
    operator: Annotated[bool, about("Whether the account may call GET /api/v1/operator.")]


class Uploaded(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/uploads."""

    upload_id: Annotated[str, about("ID of the upload.")]
    video_url: Annotated[str, about("Value for video_url in POST /api/v1/process.")]
    file_name: Annotated[str, about("Name of the uploaded file.")]
    size_bytes: Annotated[int, about("Size of the file in bytes.")]
    sha256: Annotated[str, about("SHA-256 of the file, hexadecimal.")]
    duration_seconds: SourceLength
    width: Width
    height: Height
    fps: Rate
    expires_at: Annotated[datetime, about("When the upload expires and is deleted.", tz=True)]
    given_up_sources: Annotated[
        list[str],
        about(
            "Jobs whose kept source was deleted to make room for this file, because the "
            "plan's storage was full."
        ),
    ]
