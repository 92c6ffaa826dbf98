"""Bodies of the calls that make one clip of a talk that was heard."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import BRAND_ID, TEXT, URL
from klipfast_server.schema.process_request import Metadata, Moment
from pipeline.core.data import AspectRatio, LayoutChoice, Motion, Quality, SafeAreaName
from pipeline.core.layout import MAX_PANES

RenderTightening = Literal["keep", "natural", "fast"]


class EditedWord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A corrected word and its times in the source."""

    text: Annotated[str, about("Text to show.", min_length=1, max_length=100, pattern=TEXT)]
    start_seconds: Annotated[Moment, about("Start of the word in the source, in seconds.")]
    end_seconds: Annotated[Moment, about("End of the word in the source, in seconds.")]


class ClipChanges(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one clip is made of a talk that was heard; omitted fields are as they were."""

    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT)] | None,
        about("Title of the clip, shown in the picture with hook_title."),
    ] = None
    quality: Annotated[Quality | None, about("As in POST /api/v1/process.")] = None
    caption_style: Annotated[str | None, about("A name from GET /api/v1/caption-styles.")] = None
    aspect_ratio: Annotated[AspectRatio | None, about("Aspect ratio of the clip.")] = None
    layout: Annotated[LayoutChoice | None, about("As in POST /api/v1/process.")] = None
    motion: Annotated[Motion | None, about("As in POST /api/v1/process.")] = None
    safe_area: Annotated[SafeAreaName | None, about("As in POST /api/v1/process.")] = None
    brand_id: Annotated[
        Annotated[str, Meta(max_length=60, extra_json_schema={"pattern": rf"{BRAND_ID}|^none$"})]
        | None,
        about(
            "Another brand; none: no brand. Omitted: the clip's brand as it is now; "
            "caption_style overrides the brand's style."
        ),
    ] = None
    hook_title: Annotated[bool | None, about("Show the title for three seconds.")] = None
    emphasis: Annotated[bool | None, about("Highlight keywords in the captions.")] = None
    emoji: Annotated[bool | None, about("Show the emoji of keywords above them.")] = None
    remove_silences: Annotated[
        RenderTightening | None, about("natural or fast shortens pauses; keep restores them.")
    ] = None
    remove_fillers: Annotated[bool | None, about("Cut filler words such as um and uh.")] = None
    clean_video: Annotated[bool | None, about("Also render it without captions and title.")] = None
    webhook_url: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema={"pattern": URL})]
        | None,
        about("URL that receives this job's webhook events."),
    ] = None
    metadata: Metadata = {}


class FramingPoint(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A point of the source's picture."""

    x: Annotated[float, about("From the left, as a share of the width.", ge=0, le=1)]
    y: Annotated[float, about("From the top, as a share of the height.", ge=0, le=1)]


class FramingPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to show in a part of the source, instead of the server's choice."""

    start_seconds: Annotated[Moment, about("Start of the part in the source, in seconds.")]
    end_seconds: Annotated[Moment, about("End of the part in the source, in seconds.")]
    points: Annotated[
        tuple[FramingPoint, ...],
        about(
            "A point on a face follows that person; any other point is kept centered. "
            "Several points have a pane each, in this order; no point shows the whole "
            "picture.",
            max_length=MAX_PANES,
        ),
    ]


class Cut(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the source that a clip does without."""

    start_seconds: Annotated[Moment, about("Start of the part in the source, in seconds.")]
    end_seconds: Annotated[Moment, about("End of the part in the source, in seconds.")]


class PlayedPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the source that a clip plays."""

    start_seconds: Annotated[Moment, about("Start of the part in the source, in seconds.")]
    end_seconds: Annotated[Moment, about("End of the part in the source, in seconds.")]


class Render(ClipChanges, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/renders; omitted fields keep their values."""

    words: Annotated[
        Annotated[tuple[EditedWord, ...], Meta(min_length=1, max_length=2000)] | None,
        about("All words of the clip, corrected, in the order of their times."),
    ] = None
    start_seconds: Annotated[
        Moment | None, about("Start of the clip in the source, in seconds.")
    ] = None
    end_seconds: Annotated[
        Moment | None, about("End of the clip in the source; 1 to 180 s after the start.")
    ] = None
    framing: Annotated[
        Annotated[tuple[FramingPart, ...], Meta(max_length=200)] | None,
        about(
            "What the clip shows in these parts; elsewhere the layout decides. Later parts "
            "take precedence. An empty list undoes earlier choices."
        ),
    ] = None
    cuts: Annotated[
        Annotated[tuple[Cut, ...], Meta(max_length=500)] | None,
        about(
            "All parts that the clip does without. A part takes the words whose middles it "
            "holds; sound and picture are joined between words, and a breath stays. An empty "
            "list restores everything."
        ),
    ] = None
    parts: Annotated[
        Annotated[tuple[PlayedPart, ...], Meta(max_length=50)] | None,
        about(
            "The parts of the clip in the order in which they play. An empty list restores the "
            "order of the talk. What no part holds is left out, also later; `cuts` apply within "
            "the parts, whose borders are placed between words as those of cuts are."
        ),
    ] = None


class Preview(Render, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/clips/{clip_id}/preview: a render's fields, moment and size."""

    at_seconds: Annotated[
        Moment, about("Moment of the source, in seconds; outside the clip, the nearest one in it.")
    ]
    width: Annotated[int, about("Maximum width of the picture, in pixels.", ge=64, le=1080)] = 540


class ClipRequest(Render, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/jobs/{job_id}/clips; omitted fields are as in the job."""

    start_seconds: Annotated[Moment, about("Start of the clip in the source, in seconds.")]
    end_seconds: Annotated[
        Moment, about("End of the clip in the source; 1 to 180 s after the start.")
    ]
