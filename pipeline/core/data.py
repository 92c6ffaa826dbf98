"""The data that flows between stages, in one direction: frozen, in seconds and pixels.

Times are on the *source timeline*: 0 is the earliest presentation time of the chosen streams, edit
lists applied. Lengths are in *display pixels*: after rotation and sample aspect ratio.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from pipeline.core.brand import Brand
from pipeline.core.framing_choice import FramingChoice
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TextKind, TextOptions

Quality = Literal["fast", "balanced", "best"]
AspectRatio = Literal["9:16", "1:1", "4:5", "16:9"]
LayoutKind = Literal["crop", "fit", "split", "grid", "screen", "stack"]
RegionKind = Literal["tile", "inset", "screen", "text", "caption"]
LayoutChoice = Literal["auto", "crop", "split", "fit"]
CaptionSource = Literal["drawn", "source", "none"]
TitleHidden = Literal["card", "said", "no_room"]  # shown on a card, by captions, or not for a face
SafeAreaName = Literal["standard", "tiktok", "reels", "shorts"]
Motion = Literal["none", "subtle", "punchy"]
Tightening = Literal["natural", "fast"]
Profanity = Literal["keep", "mask"]
Mode = Literal["clips", "whole"]
TitleKind = Literal["claim", "question", "number"]
CandidateFate = Literal["overlaps", "repeats", "promotion", "weaker"]  # the third: until 2026-11
MomentKind = Literal[
    "story", "claim", "howto", "confession", "joke", "data", "answer", "list", "argument", "advice"
]
MOMENT_KINDS: tuple[MomentKind, ...] = get_args(MomentKind)

SAMPLE_RATE = 16_000  # Hz, of all audio analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open interval of time."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How often people go back to a part of a source, beside its other parts."""

    start_s: float
    end_s: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller requests. Values are validated where they enter the system, not here."""

    mode: Mode = "clips"  # "whole": nothing is picked, one clip has all of it
    quality: Quality = "balanced"
    caption_style: str = "white_bold"
    language: str | None = None  # ISO 639-1; None: detect
    clip_count: int | None = None  # None: depends on the length of the source
    min_duration_s: float = 15.0
    max_duration_s: float = 90.0
    aspect_ratio: AspectRatio = "9:16"
    layout: LayoutChoice = "auto"
    framing: tuple[FramingChoice, ...] = ()  # what a person chose; goes before `layout`
    motion: Motion = "subtle"  # camera motion in a crop that would otherwise be still
    safe_area: SafeAreaName = "standard"  # where captions and title may be placed, by app
    keywords: tuple[str, ...] = ()  # spans that mention or mean them rank higher
    prompt: str = ""  # what to look for, in the caller's words; any language
    kinds: tuple[MomentKind, ...] = ()  # moment kinds that rank higher
    range: Span | None = None  # the part of the source to use; None: all of it
    hook_title: bool = False  # show the clip's title over its first seconds
    emphasis: bool = False  # emphasize key words in captions
    emoji: bool = False  # show the emoji of unambiguous key words above captions
    remove_silences: Tightening | None = None  # None: keep pauses as they are
    remove_fillers: bool = False  # cut out "um", "uh" and similar
    profanity: Profanity = "keep"  # "mask": bleep it in the sound, star it in every text
    transcript: str | None = None  # caller's own (SRT, WebVTT, plain) instead of recognized words
    vocabulary: tuple[str, ...] = ()  # names that the recognizer should spell correctly
    clean_video: bool = False  # also render each clip without captions and title
    text_outputs: tuple[TextKind, ...] = DEFAULT_TEXT_KINDS  # texts to write
    text_options: TextOptions = field(default_factory=TextOptions)
    brand: Brand | None = None  # its style goes before `caption_style`
    replayed: tuple[Replayed, ...] = ()  # by people on the page that the source is from


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The chosen video stream; never cover art."""

    index: int  # in the container
    codec: str
    stored_width: int  # pixels as decoded
    stored_height: int
    width: int  # display pixels, rotation and sample aspect applied
    height: int
    rotation: int  # clockwise degrees that turn the stored picture upright: 0, 90, 180, 270
    sample_aspect: Fraction  # width of a stored pixel divided by its height
    fps: Fraction  # average frames per second
    hdr: bool  # PQ or HLG transfer: needs tone mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """The chosen audio stream."""

    index: int
    codec: str
    sample_rate: int  # Hz
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was probed and found usable."""

    path: Path
    container: str
    duration_s: float
    origin_s: float  # container time of the source timeline's zero
    video: VideoStream | None  # None: audio only
    audio: AudioStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The whole sound track, mono at SAMPLE_RATE; file-backed, so memory use stays flat."""

    samples: npt.NDArray[np.int16]  # shape (n,); sample 0 is at 0 s of the source timeline
    damaged_s: float = 0.0  # wanted seconds that could not be decoded; silence replaces them

    @property
    def duration_s(self) -> float:
        """Length of the decoded sound in seconds."""
        return len(self.samples) / SAMPLE_RATE

    def slice(self, start_s: float, end_s: float) -> npt.NDArray[np.float32]:
        """Return the samples of [start_s, end_s), clipped to the track.

        Shape (n,), float32 in [-1, 1).
        """
        start = max(0, round(start_s * SAMPLE_RATE))
        end = max(start, round(end_s * SAMPLE_RATE))
        return self.samples[start:end].astype(np.float32) / 32768.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spoken word. `text` includes its punctuation and has no surrounding space."""

    text: str
    start_s: float
    end_s: float
    probability: float  # 0..1
    masked: bool = False  # starred in `text`; the sound is bleeped here


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptChunk:
    """The transcript of consecutive windows: enough for a later run to resume after them."""

    key: str  # hash of everything the words depend on; chunks with different keys do not mix
    first: int  # index of the first window
    windows: int  # number of windows
    language: str  # ISO 639-1
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A run of whole words between two sentence boundaries."""

    text: str
    start_s: float
    end_s: float
    first_word: int  # indices into Transcript.words, both inclusive
    last_word: int
    speaker: str | None = None
    doubtful: bool = False  # possibly misheard; not used in anything that is read without the sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the speech has words."""

    speech_s: float = 0.0  # seconds in which somebody speaks
    unintelligible: tuple[Span, ...] = ()  # speech in which no words were found, ascending
    unintelligible_s: float = 0.0  # seconds of speech in those
    doubtful_s: float = 0.0  # seconds of sentences that may be misheard

    @property
    def share(self) -> float:
        """Share of the speech that has words, 0..1; 1 without speech."""
        return 1.0 - self.unintelligible_s / self.speech_s if self.speech_s else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """All words and sentences of a source, with times."""

    language: str  # ISO 639-1
    duration_s: float
    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]
    damaged_s: float = 0.0  # seconds of the wanted part whose sound could not be decoded
    coverage: Coverage = Coverage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The parts of a virality score, which add up to a hundredth of it."""

    hook: float
    flow: float
    value: float
    energy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleVariant:
    """A title of a certain kind."""

    kind: TitleKind
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A span worth a clip; both ends lie on sentence boundaries."""

    start_s: float
    end_s: float
    first_sentence: int  # indices into Transcript.sentences, both inclusive
    last_sentence: int
    score: float  # 0..1, comparable only within one source
    virality_score: int  # 0..100
    breakdown: Breakdown
    reason: str
    title: str
    description: str = ""  # a sentence from the highlight itself
    hashtags: tuple[str, ...] = ()
    title_variants: tuple[TitleVariant, ...] = ()  # the best of each kind, `title` among them
    confidence: float = 0.5  # estimated probability that the span is a whole moment
    kind: MomentKind | None = None  # what kind of moment it most likely is; None: unknown
    left_out: tuple[Span, ...] = ()  # parts of it that a clip does without, ascending
    order: tuple[Span, ...] = ()  # parts as they play, and no others; empty: all, as in the talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A span that was weighed and became no clip."""

    highlight: Highlight
    why: CandidateFate
    rival: int | None = None  # the highlight, from 0, that it overlaps or repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterStart:
    """Where a chapter of a talk may begin; which of them do depends on how many there are to be."""

    start_s: float
    title: str
    sources: tuple[int, ...]  # indices in Transcript.sentences of what the title was taken from
    strength: float  # clarity of the change of topic; 0 is the talk's average
    usual: bool  # whether a chapter begins here if no number is requested


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in display pixels of the source; coordinates may be fractional."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One face detected in one sampled frame."""

    box: Box
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceTrack:
    """One person's face through one shot, with ascending times and one face per time."""

    times_s: tuple[float, ...]
    faces: tuple[Face, ...]
    speaks: tuple[float, ...] = ()  # logit at each time; above 0: speaking; nan or empty: unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of the source's picture that is of one kind for some time."""

    kind: RegionKind
    box: Box
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLayout:
    """What the pictures of a shot are made of.

    `regions` of kind "tile" are the windows of a call or a remote recording, each from one camera
    and disjoint; "inset" is a camera picture laid over the rest; "screen" is a shared screen or a
    game beside tiles or under an inset; "caption" is writing that the source has burned in and that
    changes every few seconds, as captions do; "text" is all other: tickers, name plates, logos.
    """

    picture: Box  # without black bars
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A stretch without a cut, with the faces tracked in it."""

    start_s: float
    end_s: float
    tracks: tuple[FaceTrack, ...] = ()
    writing: float = 0.0  # share of the picture covered by writing, 0..1; 0.1 or more on slides
    layout: SourceLayout | None = None  # None: not examined


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKey:
    """The crop at one moment; between the keys of a segment the crop moves linearly."""

    t_s: float
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSegment:
    """One layout between two cuts."""

    start_s: float
    end_s: float
    layout: LayoutKind
    keys: tuple[CropKey, ...]  # at least one; the first and last hold beyond their times
    others: tuple[tuple[CropKey, ...], ...] = ()  # keys of the further panes: one in "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class CropPath:
    """The virtual camera for one highlight; its segments are contiguous and cover the highlight."""

    width: int  # output pixels
    height: int
    segments: tuple[CropSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A finished clip."""

    path: Path
    thumbnails: tuple[Path, ...]  # one to three pictures that differ, the best first
    width: int
    height: int
    duration_s: float  # as the file's container states it
    encoder: str  # "libx264" or "h264_nvenc"
    kept: tuple[Span, ...] = ()  # source spans as they play; empty: the whole highlight
    clean: Path | None = None  # the same clip without captions and title, if requested
    captions: CaptionSource = "drawn"  # "source": its own are burned in and stay visible
    shots: tuple[Shot, ...] = ()  # what was seen in it: another render need not look again
    lead_in_s: float = 0.0  # intro and title card before the highlight begins
    frames: int = 0  # number of frames in the clip
    render_s: float = 0.0  # time spent decoding, composing and encoding them


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The result of `listen`: everything later stages need to know about the sound of a source."""

    source: Source
    transcript: Transcript
    highlights: tuple[Highlight, ...] = field(default=())
    candidates: tuple[Candidate, ...] = field(default=())  # the best others, best first
    chapters: tuple[ChapterStart, ...] | None = None  # in order; None: not looked for, as before
    waveform: bytes = b""  # peak of each tenth of a second, 0..255; empty: not measured
    worth: tuple[float, ...] = ()  # one per sentence, 0..1 within the talk; empty: not measured
    uncompared: int = 0  # pairs of candidates for which a language model had no time
