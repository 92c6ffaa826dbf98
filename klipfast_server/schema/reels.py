"""The body of a highlight reel."""

from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.schema.clip_requests import ClipChanges
from klipfast_server.schema.fields import about
from klipfast_server.schema.process_request import Moment

MAX_MOMENTS = 40  # that are named: more would be less than five seconds each


class ReelSpan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A span of the source; it is made whole sentences."""

    start_seconds: Annotated[Moment, about("Start in the source, in seconds.")]
    end_seconds: Annotated[Moment, about("End in the source, in seconds.")]


class ReelRequest(ClipChanges, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/jobs/{job_id}/reels; omitted fields are as in the job."""

    max_seconds: Annotated[float, about("Maximum length of the reel in seconds.", ge=5, le=180)] = (
        60.0
    )
    clip_ids: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...],
        about(
            "Clips of the job to join; without clips and spans, its best moments.",
            max_length=MAX_MOMENTS,
        ),
    ] = ()
    spans: Annotated[
        tuple[ReelSpan, ...],
        about(
            "Spans of the source to join, such as candidates; they must not overlap.",
            max_length=MAX_MOMENTS,
        ),
    ] = ()
