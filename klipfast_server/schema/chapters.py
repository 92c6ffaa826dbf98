"""GET /api/v1/jobs/{job_id}/chapters: what callers ask for, and what they get."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from klipfast_server.schema.responses import JobId
from pipeline.export.chapters import ChapterFormat

MAX_CHAPTERS = 100  # that can be asked for: more of an hour's talk are none that anybody reads


class ChaptersQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of chapters."""

    format: Annotated[
        Literal["json"] | ChapterFormat,
        Meta(
            description="youtube: lines for a description; podcast: JSON chapters of "
            "Podcasting 2.0; vtt: WebVTT for a player."
        ),
    ] = "json"
    count: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_CHAPTERS,
                description="How many chapters, or fewer where the talk has no more; by default as "
                "many as suit its length, where its topic changes clearly.",
            ),
        ]
        | UnsetType
    ) = UNSET


class Chapter(Struct, frozen=True, kw_only=True):
    """A part of a talk with a topic of its own."""

    title: Annotated[str, Meta(description="What it is about, in words of the talk.")]
    start_seconds: Annotated[
        float, Meta(ge=0, description="Where it begins in the source; the first at 0.")
    ]
    end_seconds: Annotated[
        float, Meta(ge=0, description="Where the next chapter begins, or the source ends.")
    ]


class ChapterList(Struct, frozen=True, kw_only=True):
    """The chapters of a job's talk."""

    job_id: JobId
    chapters: Annotated[
        list[Chapter], Meta(description="In order, without gaps; the first begins at 0.")
    ]
    reason: Annotated[
        str | None, Meta(description="Why there are no chapters; null where there are.")
    ]
