"""Answers about clips; the names and types of the documented fields are binding."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.responses import HasMore, JobId, NextCursor
from pipeline.core.data import CaptionSource, MomentKind, TitleKind

ClipChoice = Literal["all", "kept", "not_rejected"]
Verdict = Annotated[Literal["kept", "rejected"], about("kept: it is good. rejected: it is not.")]
ClipId = Annotated[str, about("ID of the clip.")]
Title = Annotated[str, about("Title of the clip, taken from its own words.")]
Virality = Annotated[
    int,
    about(
        "0–100: how likely an editor would post it; from 80 on, four in five. Not a "
        "forecast of views."
    ),
]
ClipLength = Annotated[int, about("Length of the clip in whole seconds.")]
ExactLength = Annotated[float, about("Length of the clip in seconds.")]
DownloadUrl = Annotated[str, about("Signed URL of the MP4; needs no API key.")]
Begin = Annotated[float, about("Start of the clip in the source, in seconds.")]
End = Annotated[float, about("End of the clip in the source, in seconds.")]
Why = Annotated[str, about("One-sentence explanation of the score.")]
Said = Annotated[str, about("Transcript of the clip.")]
About = Annotated[str, about("Description taken from the transcript; may be empty.")]
Hashtags = Annotated[
    list[str], about("Hashtags of the clip's field and of names in it; often empty.")
]
PictureUrl = Annotated[str, about("Signed URL of a JPEG with the title; needs no API key.")]
PictureUrls = Annotated[
    list[str],
    about(
        "Signed URLs of up to three thumbnails that differ, the best first, which is "
        "`thumbnail_url`; clips made earlier have one."
    ),
]
CaptionsUrl = Annotated[
    str, about("URL of the captions as SRT; unlike the others it needs the API key.")
]
CleanUrl = Annotated[
    str | None, about("Signed URL of the clip without captions and title; null unless requested.")
]


class Score(Struct, frozen=True, kw_only=True):
    """What the parts of a clip add to its score; together, a hundredth of `virality_score`."""

    hook: Annotated[float, about("Points for beginning where a story or a thought begins.")]
    flow: Annotated[float, about("Points for ending with its payoff.")]
    value: Annotated[float, about("Points for what is said in between.")]
    energy: Annotated[float, about("Points for a lively delivery.")]


Parts = Annotated[
    Score, about("What the parts of the clip add to its score; together virality_score / 100.")
]


class TitleVariant(Struct, frozen=True, kw_only=True):
    """Another title of a clip, from its own words."""

    kind: Annotated[TitleKind, about("claim: a statement. question. number: it has a figure.")]
    title: Annotated[str, about("At most 60 characters.")]


TitleVariants = Annotated[
    list[TitleVariant],
    about("The best title of each kind that the clip's words have; `title` is one."),
]
Kind = Annotated[
    MomentKind | None, about("What kind of moment it most likely is; null for clips made earlier.")
]
LeadIn = Annotated[
    float, about("Seconds of a brand's intro and title card before the talk begins.")
]
CaptionsOf = Annotated[
    CaptionSource,
    about(
        "drawn: captions are drawn. source: the source has captions burned in, so no "
        "others are drawn. none: no captions."
    ),
]
Feedback = Annotated[
    Verdict | None, about("What you said of it by POST …/feedback; null: nothing.")
]
Confidence = Annotated[
    Annotated[float, Meta(ge=0, le=1)] | None,
    about(
        "Estimated probability that an editor would post the clip as it is; null for "
        "clips made before it was recorded."
    ),
]


class JobClip(Struct, frozen=True, kw_only=True):
    """A clip inside a job."""

    clip_id: ClipId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    download_url: DownloadUrl
    duration: ExactLength
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    title_variants: TitleVariants
    kind: Kind
    confidence: Confidence
    captions: CaptionsOf
    lead_in_seconds: LeadIn
    thumbnail_url: PictureUrl
    thumbnail_urls: PictureUrls
    captions_url: CaptionsUrl
    clean_url: CleanUrl
    feedback: Feedback


class ClipDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}."""

    clip_id: ClipId
    job_id: JobId
    title: Title
    virality_score: Virality
    duration_seconds: ClipLength
    resolution: Annotated[str, about("Width x height in pixels, such as 1080x1920.")]
    caption_style: Annotated[str, about("Caption style of the clip.")]
    download_url: DownloadUrl
    expires_at: Annotated[
        datetime,
        about(
            "When the clip is deleted, and its links end; in 9999 if the plan keeps it.",
            tz=True,
        ),
    ]
    duration: ExactLength
    start_seconds: Begin
    end_seconds: End
    score: Parts
    reason: Why
    transcript: Said
    description: About
    hashtags: Hashtags
    title_variants: TitleVariants
    kind: Kind
    confidence: Confidence
    captions: CaptionsOf
    lead_in_seconds: LeadIn
    thumbnail_url: PictureUrl
    thumbnail_urls: PictureUrls
    captions_url: CaptionsUrl
    clean_url: CleanUrl
    feedback: Feedback
    created_at: Annotated[datetime, about("When the clip was ready.", tz=True)]
    current_clip_id: Annotated[
        str,
        about("ID of the clip's current version, which lists and archives use."),
    ]


class ClipVersions(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/versions."""

    clip_id: ClipId
    current_clip_id: Annotated[
        str, about("ID of the current version, which lists and archives use.")
    ]
    versions: Annotated[
        list[ClipDetail], about("All versions that have not expired, the current one first.")
    ]


class ClipList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips."""

    clips: Annotated[list[ClipDetail], about("Clips of this page.")]
    next_cursor: NextCursor
    has_more: HasMore


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """A caption style."""

    name: Annotated[str, about("Value for caption_style.")]
    preview_url: Annotated[str, about("URL of a PNG preview; needs no API key.")]
    motion_url: Annotated[
        str, about("URL of a moving preview, a transparent WebP; needs no API key.")
    ]


class CaptionStyles(Struct, frozen=True, kw_only=True):
    """GET /api/v1/caption-styles."""

    styles: Annotated[list[CaptionStyle], about("All caption styles.")]
    default: Annotated[str, about("Style of a request that names none.")]
