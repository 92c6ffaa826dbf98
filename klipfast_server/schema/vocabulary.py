"""Types shared by database rows, responses and webhook messages."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from klipfast_server.schema.fields import about

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
Priority = Literal["low", "normal", "high"]
PRIORITIES: dict[Priority, int] = {"low": -1, "normal": 0, "high": 1}  # as stored
Event = Literal[  # sent to webhooks
    "job.started",
    "job.completed",
    "job.failed",
    "job.canceled",
    "clip.ready",
    "clip.failed",
    "ping",
]
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
    "unreachable",
    "source_gone",
    "source_changed",
    "nothing_to_write",
]
Shown = TypeVar("Shown", bound=Struct)
Moment = Annotated[datetime, Meta(tz=True)]
SourceLength = Annotated[float, about("Length of the source in seconds.")]
Width = Annotated[int | None, about("Display pixels; null for audio only.")]
Height = Annotated[int | None, about("Display pixels; null for audio only.")]
Rate = Annotated[float | None, about("Frames per second; null for audio only.")]


class SourceInfo(Struct, frozen=True, kw_only=True):
    """Properties of the source; width, height and fps are null for audio only."""

    duration_seconds: SourceLength
    width: Width
    height: Height
    fps: Rate


class Stretch(Struct, frozen=True, kw_only=True):
    """A part of the source."""

    start_seconds: Annotated[float, about("Start, in seconds of the source.")]
    end_seconds: Annotated[float, about("End, in seconds of the source.")]


class Coverage(Struct, frozen=True, kw_only=True):
    """How much of the speech has words."""

    speech_seconds: Annotated[float, about("Seconds of speech.")]
    transcribed_seconds: Annotated[float, about("Seconds of speech with words.")]
    unintelligible: Annotated[
        list[Stretch], about("Speech, or singing, in which no words were understood.")
    ]
    doubtful_seconds: Annotated[
        float,
        about("Seconds of sentences that may be misheard; titles and texts skip them."),
    ] = 0.0


class TextWarning(Struct, frozen=True, kw_only=True):
    """A claim in your own text that is not in the talk, or an exceeded limit."""

    kind: Annotated[
        str,
        about(
            "What it is about: name, number, quotation, length, form, language, "
            "repetition, boilerplate, profanity or empty; further kinds may be added."
        ),
    ]
    message: Annotated[str, about("What is wrong, in a sentence.")]


class JobError(Struct, frozen=True, kw_only=True):
    """Why a job failed; the codes are those of the error envelope."""

    code: Annotated[ErrorCode, about("Error code, as in error responses.")]
    message: Annotated[str, about("What was wrong, and what would be right.")]
    reason: Annotated[
        Reason | None, about("Why the video cannot be used; null if the video is not the cause.")
    ] = None


def job_error(
    code: ErrorCode | None, message: str | None, reason: Reason | None
) -> JobError | None:
    """Build the error of a job's row; None unless the job failed."""
    return None if code is None else JobError(code=code, message=message or "", reason=reason)


def priority(stored: int) -> Priority:
    """Return the name of a stored priority."""
    return next(name for name, number in PRIORITIES.items() if number == stored)


def moment(value: datetime) -> datetime:
    """Round down to whole seconds in UTC, as documented: 2026-04-15T10:00:00Z."""
    return value.astimezone(UTC).replace(microsecond=0)


def moment_or_none(value: datetime | None) -> datetime | None:
    """Like `moment`, for a time that may not be set."""
    return None if value is None else moment(value)


def in_whole_seconds(shown: Shown) -> Shown:
    """Return a struct with its times as `moment` has them."""
    times = {
        name: moment(value)
        for name, value in msgspec.structs.asdict(shown).items()
        if isinstance(value, datetime)
    }
    return msgspec.structs.replace(shown, **times)


def from_text(text: str | None, kind: Any) -> Any:
    """Decode a jsonb column, read as text, into a `kind`; None stays None."""
    return None if text is None else msgspec.json.decode(text, type=kind)
