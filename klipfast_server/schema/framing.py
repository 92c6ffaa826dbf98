"""GET /api/v1/clips/{clip_id}/framing: who is seen in a clip, and what of the picture it shows."""

from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.schema.clip_requests import FramingPart
from klipfast_server.schema.clip_responses import ClipId
from pipeline.core.data import LayoutKind


class SourcePictureQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a picture of a source."""

    at_seconds: Annotated[
        float, Meta(ge=0, le=1e6, description="Which moment of the source, in seconds.")
    ] = 0.0
    width: Annotated[
        int, Meta(ge=64, le=1920, description="Longer side of the picture in pixels, at most.")
    ] = 640
    token: Annotated[
        str, Meta(max_length=500, description="From GET /api/v1/jobs/{job_id}/source/link.")
    ] = ""


class FramedBox(Struct, frozen=True, kw_only=True):
    """A rectangle of the source's picture; all of it is from 0 to 1 in both directions."""

    x: Annotated[float, Meta(description="Left side, as a share of the width.")]
    y: Annotated[float, Meta(description="Upper side, as a share of the height.")]
    width: Annotated[float, Meta(description="Width, as a share of the picture's.")]
    height: Annotated[float, Meta(description="Height, as a share of the picture's.")]


class SeenPerson(FramedBox, frozen=True, kw_only=True):
    """Where somebody's face is in a shot, most of the time."""

    seen_from_seconds: Annotated[float, Meta(description="When the face is first seen in it.")]
    seen_until_seconds: Annotated[float, Meta(description="When the face is last seen in it.")]


class SeenShot(Struct, frozen=True, kw_only=True):
    """A part of a clip without a cut in the source."""

    start_seconds: Annotated[float, Meta(description="Where it begins in the source.")]
    end_seconds: Annotated[float, Meta(description="Where it ends in the source.")]
    people: Annotated[list[SeenPerson], Meta(description="Who is seen, from left to right.")]


class FramedPart(Struct, frozen=True, kw_only=True):
    """A part of a clip with one layout."""

    start_seconds: Annotated[float, Meta(description="Where it begins in the source.")]
    end_seconds: Annotated[float, Meta(description="Where it ends in the source.")]
    layout: Annotated[
        LayoutKind, Meta(description="How the picture is divided; fit shows it whole.")
    ]
    crops: Annotated[
        list[FramedBox], Meta(description="What each pane shows at the start of the part.")
    ]


class Framing(Struct, frozen=True, kw_only=True):
    """Who is seen in a clip, and what of the source's picture it shows."""

    clip_id: ClipId
    source_width: Annotated[int | None, Meta(description="In pixels; null without a picture.")]
    source_height: Annotated[int | None, Meta(description="In pixels; null without a picture.")]
    shots: Annotated[list[SeenShot], Meta(description="In order; none without a picture.")]
    parts: Annotated[list[FramedPart], Meta(description="In order.")]
    chosen: Annotated[
        list[FramingPart], Meta(description="What was chosen when the clip was rendered, in order.")
    ]
