"""Why a source cannot become clips, each reason with a sentence for the person who sent it.

    PipelineError
    ├── Canceled
    ├── ModelUnavailable
    └── SourceError            the file is at fault, not the machine
        ├── Corrupt  NotAVideo  Encrypted  UnsupportedCodec
        ├── NoAudio  NoSpeech
        ├── TooShort  TooLong
        └── RangeOutside  TranscriptMismatch    what was asked of it does not fit it

`str(error)` is written to be shown: what is wrong, and what would be right.
"""


class PipelineError(Exception):
    """Base of everything the pipeline raises on purpose."""


class Canceled(PipelineError):
    """The caller's cancel event was set; nothing half-made is left behind."""


class ModelUnavailable(PipelineError):
    """Weights could not be had from any of their sources."""


class SourceError(PipelineError):
    """The source cannot be used. `reason` is a stable word for programs."""

    reason = "unusable"


class Corrupt(SourceError):
    """The file is empty, cut off or damaged beyond use."""

    reason = "corrupt"


class NotAVideo(SourceError):
    """The bytes are something else: a web page, a picture, a text."""

    reason = "not_a_video"


class Encrypted(SourceError):
    """The streams are protected (DRM) and cannot be decoded."""

    reason = "encrypted"


class UnsupportedCodec(SourceError):
    """No decoder here knows the codec."""

    reason = "unsupported_codec"


class NoAudio(SourceError):
    """There is no sound stream, so there is nothing to listen to."""

    reason = "no_audio"


class NoSpeech(SourceError):
    """There is sound, but (almost) nobody talks."""

    reason = "no_speech"


class TooShort(SourceError):
    """Shorter than the shortest source that is accepted."""

    reason = "too_short"


class TooLong(SourceError):
    """Longer than the longest source that is accepted."""

    reason = "too_long"


class RangeOutside(SourceError):
    """The range that was asked for begins after the source has ended."""

    reason = "range_outside"


class TranscriptMismatch(SourceError):
    """The transcript that came with the source is not of what is said in it."""

    reason = "transcript_mismatch"
