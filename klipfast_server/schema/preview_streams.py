"""A clip that is played before it is rendered."""

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.clip_requests import Cut
from klipfast_server.schema.clip_transcripts import Part
from klipfast_server.schema.fields import about
from pipeline.core.data import TitleHidden


class PreviewStream(Struct, frozen=True, kw_only=True):
    """POST /api/v1/clips/{clip_id}/preview/stream."""

    stream_id: Annotated[
        str, about("ID of the stream; the same changes of the same clip have the same.")
    ]
    stream_url: Annotated[
        str, about("Signed URL of the MP4; needs no API key. `start=` begins at a second of it.")
    ]
    expires_at: Annotated[datetime, about("When the URL ends.", tz=True)]
    media_type: Annotated[str, about("Media type with its codecs, for a MediaSource.")]
    duration: Annotated[float, about("Length of the clip in seconds.")]
    piece_seconds: Annotated[float, about("Length of a fragment in seconds.")]
    width: Annotated[int, about("Width of the picture in pixels, smaller than the clip's.")]
    height: Annotated[int, about("Height of the picture in pixels.")]
    parts: Annotated[list[Part], about("Parts of the source in the clip, as they play.")]
    title_hidden: Annotated[
        TitleHidden | None,
        about(
            "Why a title that is wanted is not shown. card: the brand's card shows it. said: the "
            "first captions say the same. no_room: it would cover a face."
        ),
    ]
    cuts: Annotated[list[Cut], about("What `cuts` leave out, as they are placed.")]


class PreviewStreamQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of GET /api/v1/clips/{clip_id}/preview/stream."""

    stream_id: Annotated[
        str, about("ID of the stream; omitted: the clip without changes.", max_length=64)
    ] = ""
    start: Annotated[
        float, about("Second of the clip to start at; the fragment that has it comes first.", ge=0)
    ] = 0.0
    token: Annotated[str, about("Token of the URL; instead of an API key.", max_length=500)] = ""
