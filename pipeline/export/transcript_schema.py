"""A transcript as JSON: the types alone, for programs that read it and load nothing else."""

from typing import Annotated

import msgspec
from msgspec import Meta

Start = Annotated[float, Meta(description="Start, in seconds of the source.")]
End = Annotated[float, Meta(description="End, in seconds of the source.")]


class WordJson(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word; seconds of the source, probability 0..1."""

    text: Annotated[str, Meta(description="The word with its punctuation.")]
    start_seconds: Start
    end_seconds: End
    probability: Annotated[float, Meta(description="Confidence, 0-1.")]
    heard: Annotated[
        str, Meta(description="For a corrected word, what was heard; else absent.")
    ] = ""


class SentenceJson(msgspec.Struct, frozen=True):
    """A sentence; seconds of the source."""

    text: Annotated[str, Meta(description="The sentence with its punctuation.")]
    start_seconds: Start
    end_seconds: End
    speaker: Annotated[str | None, Meta(description="The speaker, if known.")] = None
    doubtful: Annotated[
        bool, Meta(description="Whether it may be misheard; titles and texts skip it.")
    ] = False


class StretchJson(msgspec.Struct, frozen=True):
    """A part of the source."""

    start_seconds: Start
    end_seconds: End


class CoverageJson(msgspec.Struct, frozen=True):
    """How much of the speech has words."""

    speech_seconds: Annotated[float, Meta(description="Seconds of speech.")] = 0.0
    unintelligible_seconds: Annotated[
        float, Meta(description="Seconds of speech without words.")
    ] = 0.0
    unintelligible: Annotated[
        list[StretchJson],
        Meta(description="Speech, or singing, in which no words were understood."),
    ] = []
    doubtful_seconds: Annotated[
        float, Meta(description="Seconds of sentences that may be misheard.")
    ] = 0.0


class SpeakerJson(msgspec.Struct, frozen=True):
    """A speaker, with the name heard for the voice."""

    label: Annotated[str, Meta(description="Label by voice, or the name in your own transcript.")]
    name: Annotated[
        str | None, Meta(description="The name given with the API; null: the label is shown.")
    ] = None
    suggested_name: Annotated[
        str | None,
        Meta(description="A name heard in an introduction, if the label is not a name; unchecked."),
    ] = None
    sentence: Annotated[
        int | None, Meta(description="Index of the sentence that says the suggested name.")
    ] = None


class TranscriptJson(msgspec.Struct, frozen=True):
    """A transcript as JSON; `rank` and `write` read it, and need only the sentences."""

    sentences: Annotated[list[SentenceJson], Meta(description="All sentences, in order.")]
    language: Annotated[str, Meta(description="ISO 639-1 code.")] = "en"
    duration_seconds: Annotated[float, Meta(description="Duration of the source in seconds.")] = 0.0
    words: Annotated[list[WordJson], Meta(description="All words, in order.")] = []
    coverage: Annotated[CoverageJson, Meta(description="How much of the speech has words.")] = (
        CoverageJson()
    )
    speakers: Annotated[
        list[SpeakerJson],
        Meta(description="Each speaker once, in the order in which they are first heard."),
    ] = []
