"""What callers say of their clips."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.clip_responses import ClipId, Verdict
from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import JobId
from klipfast_server.schema.vocabulary import Moment


class FeedbackRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/feedback."""

    verdict: Annotated[Verdict | None, about("What you did with the clip; null forgets it.")]


class Feedback(Struct, frozen=True, kw_only=True):
    """Your feedback on a clip; it stays when the clip expires."""

    clip_id: ClipId
    job_id: JobId
    verdict: Annotated[Verdict | None, about("What you did with the clip.")]
    created_at: Annotated[Moment, about("The first feedback on this clip.")]
    updated_at: Annotated[Moment, about("The last change.")]
