"""GET /api/v1/jobs/{job_id}/overview: what callers ask for, and what they get."""

from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.schema.responses import JobId

MAX_POINTS = 20_000  # more than pixels of the widest screens


class OverviewQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of an overview."""

    points: Annotated[
        int,
        Meta(
            ge=1,
            le=MAX_POINTS,
            description="The most values that the waveform has; there are ten a second at most.",
        ),
    ] = 2000


class OverviewSentence(Struct, frozen=True, kw_only=True):
    """A sentence of the talk."""

    start_seconds: Annotated[float, Meta(ge=0, description="Where it begins in the source.")]
    end_seconds: Annotated[float, Meta(ge=0, description="Where it ends in the source.")]
    speaker: Annotated[str | None, Meta(description="Who says it; null where that is not known.")]
    worth: Annotated[
        float | None,
        Meta(
            description="How much it is worth for a clip, 0 to 1, comparable within the talk; null "
            "for a talk that an earlier version has transcribed."
        ),
    ]
    text: Annotated[str, Meta(description="What is said.")]


class Overview(Struct, frozen=True, kw_only=True):
    """The talk of a job as a player shows it."""

    job_id: JobId
    duration_seconds: Annotated[float, Meta(ge=0, description="Length of the source.")]
    waveform: Annotated[
        list[int],
        Meta(
            description="Peaks of the sound, evenly spaced, 0 (silence) to 255 (full scale); empty "
            "for a talk that an earlier version has transcribed."
        ),
    ]
    waveform_seconds: Annotated[float, Meta(description="Time from one value to the next.")]
    sentences: Annotated[list[OverviewSentence], Meta(description="In order.")]
