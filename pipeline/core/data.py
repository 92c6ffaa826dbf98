"""What flows between the stages: frozen, in seconds and pixels, in one direction.

Every time is in seconds on the *source timeline*: 0 is the earliest presentation time of the
chosen picture and sound streams, edit lists applied. Every length is in *display pixels*: after
rotation and sample aspect ratio. Only probe.py knows how a file stores these.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Quality = Literal["fast", "balanced", "best"]
AspectRatio = Literal["9:16", "1:1", "4:5", "16:9"]
LayoutKind = Literal["crop", "fit", "split"]
LayoutChoice = Literal["auto", "crop", "split", "fit"]
Tightening = Literal["natural", "fast"]
Profanity = Literal["keep", "mask"]
TextKind = Literal["twitter_thread", "linkedin_post", "blog_post"]

TEXT_KINDS: tuple[TextKind, ...] = get_args(TextKind)

SAMPLE_RATE = 16_000  # Hz, of everything that listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, half-open."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller asked for. Values are checked where they enter, not here."""

    quality: Quality = "balanced"
    caption_style: str = "white_bold"
    language: str | None = None  # ISO 639-1; None: detect
    clip_count: int | None = None  # None: by the length of the source
    min_duration_s: float = 15.0
    max_duration_s: float = 90.0
    aspect_ratio: AspectRatio = "9:16"
    layout: LayoutChoice = "auto"
    keywords: tuple[str, ...] = ()  # spans that speak of them are preferred
    range: Span | None = None  # only these seconds of the source are listened to; None: all
    hook_title: bool = False  # the clip's title over its first seconds
    emphasis: bool = False  # captions let key words stand out
    remove_silences: Tightening | None = None  # None: pauses stay as they are
    remove_fillers: bool = False  # "um", "uh" and their like are cut out
    profanity: Profanity = "keep"  # "mask": bleeped in the sound, starred in every text
    transcript: str | None = None  # the caller's own (SRT, WebVTT or plain), instead of recognition
    vocabulary: tuple[str, ...] = ()  # names that the recogniser should get right
    clean_video: bool = False  # each clip a second time, without captions and title
    text_outputs: tuple[TextKind, ...] = TEXT_KINDS  # which to write; the others stay empty


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The picture that is used; cover art is never one."""

    index: int  # in the container
    codec: str
    stored_width: int  # pixels as decoded
    stored_height: int
    width: int  # display pixels, rotation and sample aspect applied
    height: int
    rotation: int  # degrees clockwise to turn the stored picture upright: 0, 90, 180, 270
    sample_aspect: Fraction  # width of a stored pixel over its height
    fps: Fraction  # average frames a second
    hdr: bool  # PQ or HLG transfer: needs tone mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """The sound that is used."""

    index: int
    codec: str
    sample_rate: int  # Hz
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was opened, sniffed and found usable."""

    path: Path
    container: str
    duration_s: float
    origin_s: float  # container time of the source timeline's zero
    video: VideoStream | None  # None: sound alone
    audio: AudioStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The whole sound track, mono at SAMPLE_RATE; file-backed, so memory stays flat."""

    samples: npt.NDArray[np.int16]  # shape (n,); sample 0 is at 0 s of the source timeline

    @property
    def duration_s(self) -> float:
        """Length of the decoded sound."""
        return len(self.samples) / SAMPLE_RATE

    def slice(self, start_s: float, end_s: float) -> npt.NDArray[np.float32]:
        """Samples of [start_s, end_s), shape (n,), float32 in [-1, 1); clipped to the track."""
        start = max(0, round(start_s * SAMPLE_RATE))
        end = max(start, round(end_s * SAMPLE_RATE))
        return self.samples[start:end].astype(np.float32) / 32768.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spoken word. `text` has its punctuation and no surrounding space."""

    text: str
    start_s: float
    end_s: float
    probability: float  # 0..1
    masked: bool = False  # starred in `text`; the sound is bleeped here


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptChunk:
    """What some windows of a talk said: enough for a later run to go on behind them."""

    key: str  # of all that the words depend on; parts of another key are of another work
    first: int  # index of its first window
    windows: int  # how many
    language: str  # ISO 639-1
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Whole words from one sentence border to the next."""

    text: str
    start_s: float
    end_s: float
    first_word: int  # indices into Transcript.words, both inclusive
    last_word: int
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Everything that was said, and when."""

    language: str  # ISO 639-1
    duration_s: float
    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Parts of a score, each in [0, 1], comparable only within one source."""

    hook: float
    flow: float
    value: float
    energy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A span worth cutting; both ends lie on sentence borders."""

    start_s: float
    end_s: float
    first_sentence: int  # indices into Transcript.sentences, both inclusive
    last_sentence: int
    score: float  # 0..1, comparable only within one source
    virality_score: int  # 0..100
    breakdown: Breakdown
    reason: str
    title: str
    description: str = ""  # a sentence of its own words
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in display pixels of the source; may be sub-pixel."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One face in one looked-at frame."""

    box: Box
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTrack:
    """One person's face through one shot; times ascend, one face a time."""

    times_s: tuple[float, ...]
    faces: tuple[Face, ...]
    speaks: tuple[float, ...] = ()  # logit at each time, above 0: speaks; nan, or (): not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one camera saw without a cut, with the faces in it."""

    start_s: float
    end_s: float
    tracks: tuple[FaceTrack, ...] = ()
    writing: float = 0.0  # share of the picture, 0..1: about a tenth or more on slides


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKey:
    """Where the crop stands at one moment; between keys of one segment it moves linearly."""

    t_s: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSegment:
    """One layout between two cuts of the picture."""

    start_s: float
    end_s: float
    layout: LayoutKind
    keys: tuple[CropKey, ...]  # at least one; before the first and after the last: held
    other: tuple[CropKey, ...] = ()  # of the lower or right half in "split"; else empty


@dataclass(frozen=True, slots=True, kw_only=True)
class CropPath:
    """The virtual camera for one highlight: segments abut and cover it."""

    width: int  # output pixels
    height: int
    segments: tuple[CropSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A finished file."""

    path: Path
    thumbnail: Path
    width: int
    height: int
    duration_s: float  # of the file, by its own container
    encoder: str  # "libx264" or "h264_nvenc"
    kept: tuple[Span, ...] = ()  # source seconds that are in it, in order; empty: all of its span
    clean: Path | None = None  # the same without captions and title, where it was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What goes beside the clips. Every name and number in it occurs in the transcript."""

    twitter_thread: str
    linkedin_post: str
    blog_post: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What listening made of a source: all that later stages need to know of its sound."""

    source: Source
    transcript: Transcript
    highlights: tuple[Highlight, ...] = field(default=())
