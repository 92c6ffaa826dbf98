"""What was weighed when the clips of a job were picked."""

from typing import Annotated, Literal

from msgspec import Struct

from klipfast_server.schema.clip_responses import (
    Begin,
    Confidence,
    End,
    Kind,
    Parts,
    Title,
    TitleVariants,
    Virality,
    Why,
)
from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import JobId


class Candidate(Struct, frozen=True, kw_only=True):
    """A span of the source that was considered."""

    start_seconds: Begin
    end_seconds: End
    title: Title
    virality_score: Virality
    score: Parts
    reason: Why
    title_variants: TitleVariants
    kind: Kind
    confidence: Confidence
    fate: Annotated[
        Literal["chosen", "overlaps", "repeats", "promotion", "weaker"],
        about(
            "chosen: it is a clip. overlaps, repeats: a better clip shares a part of it, or"
            " makes the same point. weaker: others are better. promotion: it advertises or "
            "greets; only in jobs of versions before 2026-12."
        ),
    ]
    clip_id: Annotated[
        str | None,
        about(
            "The clip that it became, overlaps or repeats, which may not be rendered yet or"
            " may have expired; else null."
        ),
    ]


class CandidateList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/candidates."""

    job_id: JobId
    candidates: Annotated[
        list[Candidate], about("The chosen spans and the best of the others, each best first.")
    ]
