"""Queries of the lists of jobs and clips: pages, filters and order."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import TEXT
from klipfast_server.schema.queries import Page
from klipfast_server.schema.vocabulary import Status
from pipeline.core.data import MomentKind

Time = Annotated[datetime, Meta(tz=True)]
CreatedAfter = Annotated[
    Time | UnsetType, about("Only what was created at this time or later: 2026-04-15T10:00:00Z.")
]
CreatedBefore = Annotated[Time | UnsetType, about("Only what was created before this time.")]


class _List(Page, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every list has."""

    created_after: CreatedAfter = UNSET
    created_before: CreatedBefore = UNSET

    @property
    def name(self) -> str:
        """Name the list for its cursors: other filters, or another order, are another list."""
        asked = msgspec.structs.replace(self, limit=20, cursor="")
        return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


class JobsQuery(_List, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of GET /api/v1/jobs; filters apply together."""

    status: Annotated[Status | UnsetType, about("Only jobs with this status.")] = UNSET
    metadata: Annotated[
        Annotated[str, Meta(min_length=1, max_length=577, pattern=TEXT)] | UnsetType,
        about("Only jobs whose metadata has this key, `episode`, or this value, `episode:12`."),
    ] = UNSET
    batch_id: Annotated[
        Annotated[str, Meta(max_length=50, pattern=TEXT)] | UnsetType,
        about("Only jobs of this batch."),
    ] = UNSET
    source_job_id: Annotated[
        Annotated[str, Meta(max_length=50, pattern=TEXT)] | UnsetType,
        about(
            "Only jobs made from this one, directly or in turn: renders, spans, reels and "
            "rewritten texts. none: only jobs not made from another one, or from one that "
            "is gone."
        ),
    ] = UNSET
    q: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT)] | UnsetType,
        about("Only jobs whose title, file name or URL contains this text."),
    ] = UNSET
    order: Annotated[Literal["newest", "oldest"], about("Order of the list.")] = "newest"
    trash: Annotated[bool, about("Only jobs in the trash, which are otherwise left out.")] = False
    clips: Annotated[bool, about("Also list the clips of each job.")] = False

    def pair(self) -> tuple[str | None, str | None]:
        """Return the key and the value that the metadata must have; None: any."""
        if self.metadata is UNSET:
            return None, None
        key, colon, value = self.metadata.partition(":")
        if not key:
            raise BadRequest(
                "metadata must begin with a key, as in metadata=episode:12.", field="metadata"
            )
        return key, value if colon else None


class ClipsQuery(_List, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of GET /api/v1/clips; filters apply together."""

    job_id: Annotated[
        Annotated[str, Meta(max_length=50, pattern=TEXT)] | UnsetType,
        about("Only clips of this job."),
    ] = UNSET
    min_virality_score: Annotated[
        int, about("Only clips with at least this score.", ge=0, le=100)
    ] = 0
    kind: Annotated[MomentKind | UnsetType, about("Only moments of this kind.")] = UNSET
    caption_style: Annotated[
        Annotated[str, Meta(max_length=100)] | UnsetType,
        about("Only clips with this caption style."),
    ] = UNSET
    q: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT)] | UnsetType,
        about("Only clips whose title or transcript contains this text."),
    ] = UNSET
    order: Annotated[
        Literal["newest", "oldest", "best"], about("Order of the list; best: by virality_score.")
    ] = "newest"
