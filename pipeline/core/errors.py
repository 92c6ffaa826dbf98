"""Why a source cannot become clips; each message addresses the person who submitted it.

    PipelineError
    ├── Canceled
    ├── DiskFull                the machine is at fault, for a while
    ├── ModelUnavailable
    │   └── ModelMisconfigured  the administrator's settings are at fault
    └── SourceError            the file is at fault, not the machine
        ├── Corrupt  NotAVideo  Encrypted  UnsupportedCodec  UnsupportedFile
        ├── NoAudio  NoSpeech
        ├── TooShort  TooLong
        └── RangeOutside  TranscriptMismatch    the request does not fit the file
    WrongInput (ValueError)  what was passed beside the file is at fault

`str(error)` can be shown to users: it says what is wrong and what would be right.
"""


class PipelineError(Exception):
    """Base class of every error that the pipeline raises on purpose."""


class WrongInput(ValueError):
    """An option, a transcript or a language cannot be used, whatever the source."""


class Canceled(PipelineError):
    """The caller set the cancel event; no partial output remains."""


class DiskFull(PipelineError):
    """There is no disk space left for the output."""

    def __init__(self) -> None:
        super().__init__("The server's disk is full; try again later.")


class ModelUnavailable(PipelineError):
    """No source of the model weights could provide them."""


class ModelMisconfigured(ModelUnavailable):
    """Weights that a setting names by a local path are missing or do not load.

    Trying again does not help. The message names the setting, the path and the reason.
    """


class SourceError(PipelineError):
    """The source cannot be used. `reason` is a stable identifier for programs."""

    reason = "unusable"


class Corrupt(SourceError):
    """The file is empty, truncated or damaged beyond use."""

    reason = "corrupt"


class NotAVideo(SourceError):
    """The file is something else: a web page, an image, a text."""

    reason = "not_a_video"


class Encrypted(SourceError):
    """The streams are protected (DRM) and cannot be decoded."""

    reason = "encrypted"


class UnsupportedCodec(SourceError):
    """No available decoder supports the codec."""

    reason = "unsupported_codec"


class UnsupportedFile(SourceError):
    """The file of a brand, such as its font or logo, is of a kind or size that cannot be used."""


class NoAudio(SourceError):
    """The file has no audio stream, so there is nothing to transcribe."""

    reason = "no_audio"


class NoSpeech(SourceError):
    """The file has sound but (almost) no speech."""

    reason = "no_speech"


class TooShort(SourceError):
    """The source is shorter than the minimum accepted length."""

    reason = "too_short"


class TooLong(SourceError):
    """The source is longer than the maximum accepted length."""

    reason = "too_long"


class RangeOutside(SourceError):
    """The requested range starts after the end of the source."""

    reason = "range_outside"


class TranscriptMismatch(SourceError):
    """The submitted transcript does not match the speech in the source."""

    reason = "transcript_mismatch"
