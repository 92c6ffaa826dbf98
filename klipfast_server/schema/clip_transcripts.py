"""The words of a clip, as a render takes them back."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.clip_requests import Cut
from klipfast_server.schema.clip_responses import ClipId
from klipfast_server.schema.fields import about

At = Annotated[float, about("In seconds of the source.")]


class ClipWord(Struct, frozen=True, kw_only=True):
    """A word of a clip."""

    text: Annotated[str, about("The word with its punctuation.")]
    start_seconds: At
    end_seconds: At


class Part(Struct, frozen=True, kw_only=True):
    """A part of the source."""

    start_seconds: Annotated[float, about("Start of the part in the source, in seconds.")]
    end_seconds: Annotated[float, about("End of the part in the source, in seconds.")]


class ClipTranscript(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/transcript."""

    clip_id: ClipId
    language: Annotated[str, about("ISO 639-1 code.")]
    words: Annotated[
        list[ClipWord],
        about(
            "All words between its start and its end; send them back, corrected, as `words`"
            " of POST /api/v1/clips/{clip_id}/renders."
        ),
    ]
    cuts: Annotated[
        list[Cut],
        about(
            "Parts that it does without, as `cuts` of a render; not what pauses are shortened by."
        ),
    ]
    parts: Annotated[
        list[Part],
        about("Its parts as they play, as `parts` of a render; empty in the order of the talk."),
    ]
