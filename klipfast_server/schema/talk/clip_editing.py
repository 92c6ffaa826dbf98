"""All that an editor of a clip begins with."""

from typing import Annotated

from msgspec import Struct

from klipfast_server.schema.clip_requests import Cut
from klipfast_server.schema.clip_responses import ClipDetail
from klipfast_server.schema.clip_transcripts import ClipWord, Part
from klipfast_server.schema.fields import about
from klipfast_server.schema.job_options import JobOptions
from pipeline.editing.suggested_cuts import CutReason


class SuggestedCut(Struct, frozen=True, kw_only=True):
    """Words that most editors cut."""

    reason: Annotated[CutReason, about("filler: um, uh. repetition: said again right after.")]
    start_seconds: Annotated[float, about("Start of the first word in the source, in seconds.")]
    end_seconds: Annotated[float, about("End of the last word in the source, in seconds.")]


class NearMoment(Struct, frozen=True, kw_only=True):
    """Another moment of the talk, whether or not it became a clip."""

    title: Annotated[str, about("Its title.")]
    start_seconds: Annotated[float, about("Where it begins in the source.")]
    end_seconds: Annotated[float, about("Where it ends in the source.")]


class NamedBrand(Struct, frozen=True, kw_only=True):
    """A brand to choose."""

    brand_id: Annotated[str, about("ID of the brand.")]
    name: Annotated[str, about("Name of the brand.")]


class ClipEditing(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/editing."""

    clip: Annotated[ClipDetail, about("The clip.")]
    versions: Annotated[list[ClipDetail], about("All its versions, the current one first.")]
    options: Annotated[JobOptions, about("The options that it was made with.")]
    words: Annotated[
        list[ClipWord], about("The words of the talk from three minutes before it to three after.")
    ]
    own_words: Annotated[list[ClipWord], about("The words of the clip, as it shows them.")]
    cuts: Annotated[list[Cut], about("Parts that it does without, as `cuts` of a render.")]
    parts: Annotated[
        list[Part],
        about("Its parts as they play, as `parts` of a render; empty in the order of the talk."),
    ]
    suggested_cuts: Annotated[
        list[SuggestedCut], about("Fillers and repetitions among the words of the talk.")
    ]
    moments: Annotated[
        list[NearMoment], about("Other moments within three minutes, in the order of the talk.")
    ]
    waveform: Annotated[
        list[int], about("Loudness of each tenth of a second of the same part, 0 to 255.")
    ]
    waveform_starts: Annotated[float, about("Where that part starts, in seconds of the source.")]
    caption_styles: Annotated[list[str], about("Values of `caption_style`.")]
    brands: Annotated[list[NamedBrand], about("Values of `brand_id`.")]
    picture_url: Annotated[
        str | None,
        about(
            "URL of a picture of the source, which needs no key; add `&at_seconds=`. null: the "
            "source is not kept."
        ),
    ]
