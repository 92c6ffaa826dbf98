"""The words that rows, answers and webhook messages share."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Status = Literal["queued", "processing", "completed", "failed", "canceled"]
Stage = Literal[
    "fetch",
    "probe",
    "audio",
    "speech",
    "transcribe",
    "voices",
    "highlights",
    "look",
    "render",
    "write",
]
Event = Literal["job.completed", "job.failed", "clip.ready"]  # what webhooks tell of
ErrorCode = Literal[
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "conflict",
    "unprocessable",
    "rate_limited",
    "server_error",
]
Reason = Literal[
    "unusable",
    "corrupt",
    "not_a_video",
    "encrypted",
    "unsupported_codec",
    "no_audio",
    "no_speech",
    "too_short",
    "too_long",
    "range_outside",
    "transcript_mismatch",
]
# Fields that several answers have.
Moment = Annotated[datetime, Meta(tz=True)]
SourceLength = Annotated[float, Meta(description="Length of the source.")]
Width = Annotated[int | None, Meta(description="Pixels as shown; null for sound alone.")]
Height = Annotated[int | None, Meta(description="Pixels as shown; null for sound alone.")]
Rate = Annotated[float | None, Meta(description="Pictures a second; null for sound alone.")]


class SourceInfo(Struct, frozen=True, kw_only=True):
    """What was found in the source; width, height and fps are null for sound alone."""

    duration_seconds: SourceLength
    width: Width
    height: Height
    fps: Rate


class JobError(Struct, frozen=True, kw_only=True):
    """Why a job failed; the codes are those of the error envelope."""

    code: Annotated[ErrorCode, Meta(description="As in an error's `error`.")]
    message: Annotated[str, Meta(description="What was wrong and what would be right.")]
    reason: Annotated[
        Reason | None,
        Meta(description="Why the video cannot be used; null: it is not the video's fault."),
    ] = None


def job_error(
    code: ErrorCode | None, message: str | None, reason: Reason | None
) -> JobError | None:
    """As a job's row has it; None unless it failed."""
    return None if code is None else JobError(code=code, message=message or "", reason=reason)


def moment(value: datetime) -> datetime:
    """Whole seconds in UTC, as in the documents: 2026-04-15T10:00:00Z."""
    return value.astimezone(UTC).replace(microsecond=0)


def moment_or_none(value: datetime | None) -> datetime | None:
    """The same, where there may be none yet."""
    return None if value is None else moment(value)


def from_text(text: str | None, kind: Any) -> Any:
    """A jsonb column, read as text, as a `kind`; None stays None."""
    return None if text is None else msgspec.json.decode(text, type=kind)
