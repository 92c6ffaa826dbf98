"""All that a page shows of a talk, in one answer."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.account.access import SourceLink
from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import JobId
from klipfast_server.schema.talk.candidates import Candidate
from klipfast_server.schema.talk.chapters import Chapter
from klipfast_server.schema.talk.corrections import CorrectionList
from klipfast_server.schema.talk.overview import Overview, OverviewQuery
from pipeline.export.transcript_schema import TranscriptJson


class WholeTalkQuery(OverviewQuery, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a whole talk."""

    after_seconds: Annotated[
        float, about("Leave out of `heard` what starts before this second.", ge=0)
    ] = 0.0


class HeardPart(Struct, frozen=True, kw_only=True):
    """A part of the talk as it was recognized; the transcript may differ."""

    start_seconds: Annotated[float, about("Start of its first word, in seconds of the source.")]
    end_seconds: Annotated[float, about("End of its last word.")]
    text: Annotated[str, about("What was recognized.")]


class WholeTalk(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/talk."""

    job_id: JobId
    source: Annotated[SourceLink | None, about("As GET …/source/link; null: there is no source.")]
    picture_url: Annotated[
        str | None,
        about("URL of a picture of the source; needs no API key; add `&at_seconds=`."),
    ]
    heard: Annotated[
        list[HeardPart], about("While the talk is transcribed: what has been recognized so far.")
    ]
    overview: Annotated[Overview | None, about("As GET …/overview; null until transcribed.")]
    chapters: Annotated[list[Chapter], about("As GET …/chapters.")]
    candidates: Annotated[list[Candidate], about("As GET …/candidates.")]
    transcript: Annotated[
        TranscriptJson | None, about("As GET …/transcript; null until transcribed.")
    ]
    corrections: Annotated[
        CorrectionList | None, about("As GET …/corrections; null until transcribed.")
    ]
