"""GET /api/v1/jobs/{job_id}/chapters: what callers ask for, and what they get."""

from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import JobId
from pipeline.export.chapter_files import ChapterFormat

MAX_CHAPTERS = 100  # that can be asked for: more of an hour's talk are none that anybody reads


class ChaptersQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of chapters."""

    format: Annotated[
        Literal["json"] | ChapterFormat,
        about(
            "youtube: lines for a description; podcast: JSON chapters of "
            "Podcasting 2.0; vtt: WebVTT for a player."
        ),
    ] = "json"
    count: (
        Annotated[
            int,
            about(
                "How many chapters, or fewer where the talk has no more; by default as "
                "many as suit its length, where its topic changes clearly.",
                ge=1,
                le=MAX_CHAPTERS,
            ),
        ]
        | UnsetType
    ) = UNSET


class Chapter(Struct, frozen=True, kw_only=True):
    """A part of a talk with a topic of its own."""

    title: Annotated[str, about("What it is about, in words of the talk.")]
    start_seconds: Annotated[float, about("Where it begins in the source; the first at 0.", ge=0)]
    end_seconds: Annotated[float, about("Where the next chapter begins, or the source ends.", ge=0)]


class ChapterList(Struct, frozen=True, kw_only=True):
    """The chapters of a job's talk."""

    job_id: JobId
    chapters: Annotated[list[Chapter], about("In order, without gaps; the first begins at 0.")]
    reason: Annotated[str | None, about("Why there are no chapters; null if there are.")]
