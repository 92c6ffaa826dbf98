"""GET /api/v1/jobs/{job_id}/overview: what callers ask for, and what they get."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import JobId

MAX_POINTS = 20_000  # more than pixels of the widest screens


class OverviewQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of an overview."""

    points: Annotated[
        int,
        about(
            "The most values that the waveform has; there are ten a second at most.",
            ge=1,
            le=MAX_POINTS,
        ),
    ] = 2000


class OverviewSentence(Struct, frozen=True, kw_only=True):
    """A sentence of the talk."""

    start_seconds: Annotated[float, about("Where it begins in the source.", ge=0)]
    end_seconds: Annotated[float, about("Where it ends in the source.", ge=0)]
    speaker: Annotated[str | None, about("Who says it; null where that is not known.")]
    worth: Annotated[
        float | None,
        about(
            "How good a clip it makes, 0 to 1, comparable within the talk; null for a talk "
            "transcribed by an earlier version."
        ),
    ]
    text: Annotated[str, about("What is said.")]


class Overview(Struct, frozen=True, kw_only=True):
    """The talk of a job, for a player."""

    job_id: JobId
    duration_seconds: Annotated[float, about("Length of the source.", ge=0)]
    waveform: Annotated[
        list[int],
        about(
            "Peaks of the sound, evenly spaced, 0 (silence) to 255 (full scale); empty for "
            "a talk transcribed by an earlier version."
        ),
    ]
    waveform_seconds: Annotated[float, about("Time between values.")]
    sentences: Annotated[list[OverviewSentence], about("In order.")]
