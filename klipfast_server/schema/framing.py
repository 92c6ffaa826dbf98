"""GET /api/v1/clips/{clip_id}/framing: who is seen in a clip, and what of the picture it shows."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.clip_requests import FramingPart
from klipfast_server.schema.clip_responses import ClipId
from klipfast_server.schema.fields import about
from pipeline.core.data import LayoutKind


class SourcePictureQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a picture of a source."""

    at_seconds: Annotated[float, about("Which moment of the source, in seconds.", ge=0, le=1e6)] = (
        0.0
    )
    width: Annotated[
        int, about("Longer side of the picture in pixels, at most.", ge=64, le=1920)
    ] = 640
    token: Annotated[str, about("From GET /api/v1/jobs/{job_id}/source/link.", max_length=500)] = ""


class FramedBox(Struct, frozen=True, kw_only=True):
    """A rectangle of the source's picture; all of it is from 0 to 1 in both directions."""

    x: Annotated[float, about("Left side, as a share of the width.")]
    y: Annotated[float, about("Upper side, as a share of the height.")]
    width: Annotated[float, about("Width, as a share of the picture's.")]
    height: Annotated[float, about("Height, as a share of the picture's.")]


class SeenPerson(FramedBox, frozen=True, kw_only=True):
    """Where a face is in a shot, most of the time."""

    seen_from_seconds: Annotated[float, about("When the face is first seen in it.")]
    seen_until_seconds: Annotated[float, about("When the face is last seen in it.")]


class SeenShot(Struct, frozen=True, kw_only=True):
    """A part of a clip without a cut in the source."""

    start_seconds: Annotated[float, about("Where it begins in the source.")]
    end_seconds: Annotated[float, about("Where it ends in the source.")]
    people: Annotated[list[SeenPerson], about("Who is seen, from left to right.")]


class FramedPart(Struct, frozen=True, kw_only=True):
    """A part of a clip with one layout."""

    start_seconds: Annotated[float, about("Where it begins in the source.")]
    end_seconds: Annotated[float, about("Where it ends in the source.")]
    layout: Annotated[LayoutKind, about("How the picture is divided; fit shows it whole.")]
    crops: Annotated[list[FramedBox], about("What each pane shows at the start of the part.")]


class Framing(Struct, frozen=True, kw_only=True):
    """Who is visible in a clip, and which part of the source's picture it shows."""

    clip_id: ClipId
    source_width: Annotated[int | None, about("In pixels; null without a picture.")]
    source_height: Annotated[int | None, about("In pixels; null without a picture.")]
    shots: Annotated[list[SeenShot], about("In order; none without a picture.")]
    parts: Annotated[list[FramedPart], about("In order.")]
    chosen: Annotated[
        list[FramingPart], about("What was chosen when the clip was rendered, in order.")
    ]
