"""Expresses a job's clips as whole frames of its source, independent of the output format.

Editors count frames at one of a few rates. A source at one of these rates is counted exactly. A
source at a multiple or a fraction of one (15, 100, 120) is counted at that rate, so that its frames
still fall on whole frames. Any other source, including a variable rate, is counted by its average
at the nearest rate: times are accurate to half a frame, but frames no longer match one to one.
Sound alone is counted at 30.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.core.data import Highlight, Source, Span

TimelineFormat = Literal["otio", "fcpxml", "fcp7xml", "edl"]

NTSC = Fraction(1000, 1001)
# The rates in frames per second that timecode (SMPTE ST 12) is defined for.
RATES = (
    24 * NTSC,
    Fraction(24),
    Fraction(25),
    30 * NTSC,
    Fraction(30),
    Fraction(48),
    Fraction(50),
    60 * NTSC,
    Fraction(60),
)
SOUND_RATE = Fraction(30)  # frame rate for a source without a picture
DEFAULT_WIDTH, DEFAULT_HEIGHT = 1920, 1080  # size of a sequence without a picture
NONCHARACTERS = 0xFFFE  # the last two code points of each plane, which XML forbids


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One clip: a highlight and its source seconds; the whole span if `kept` is empty."""

    highlight: Highlight
    kept: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Frames [start, end) of the source that are shown without a cut."""

    start: int
    end: int
    highlight: Highlight
    first: bool  # whether it is the first piece of its clip

    @property
    def length(self) -> int:
        """Return the number of frames, at least one."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    """All clips, one after the other, in the given order."""

    source: Source
    media: str  # name of the source's file: one line, no folders
    rate: Fraction  # frames per second, one of RATES
    length: int  # frames of the source
    pieces: tuple[Piece, ...]

    @property
    def total(self) -> int:
        """Return the number of frames of all pieces."""
        return sum(piece.length for piece in self.pieces)


def cut_list(source: Source, cuts: Sequence[Edit], *, media: str) -> CutList:
    """Convert clips to frames. `media` is the name of the source's file in the editor."""
    rate = SOUND_RATE if source.video is None else timecode_rate(source.video.fps)
    length = max(1, _frame(source.duration_s, rate))
    pieces = tuple(piece for cut in cuts for piece in _pieces(cut, rate, length))
    return CutList(source=source, media=_file_name(media), rate=rate, length=length, pieces=pieces)


def timecode_rate(fps: Fraction) -> Fraction:
    """Return the one of RATES at which a source of `fps` is counted."""
    if fps <= 0:
        return SOUND_RATE
    related = [r for r in RATES if 1 in ((r / fps).denominator, (fps / r).denominator)]
    return min(related or RATES, key=lambda rate: abs(rate - fps))


def _frame(seconds: float, rate: Fraction) -> int:
    """Return the frame that begins nearest to a time."""
    return math.floor(Fraction(seconds) * rate + Fraction(1, 2))


def _pieces(cut: Edit, rate: Fraction, length: int) -> list[Piece]:
    """Convert spans to frames; drops those below half a frame unless no other is left."""
    highlight = cut.highlight
    whole = Span(start_s=highlight.start_s, end_s=highlight.end_s)
    bounds = [
        (max(0, _frame(span.start_s, rate)), min(length, _frame(span.end_s, rate)))
        for span in cut.kept or (whole,)
    ]
    bounds = [(start, end) for start, end in bounds if start < end]
    if not bounds:
        start = min(max(0, _frame(highlight.start_s, rate)), length - 1)
        bounds = [(start, start + 1)]
    return [
        Piece(start=start, end=end, highlight=highlight, first=number == 0)
        for number, (start, end) in enumerate(bounds)
    ]


def one_line(text: str, *, most: int = 500) -> str:
    """Return `text` as one line of at most `most` characters, without control characters."""
    return " ".join("".join(map(_replace_control, text)).split())[:most].strip()


def _replace_control(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    return " " if ord(letter) & NONCHARACTERS == NONCHARACTERS else letter


def _file_name(media: str) -> str:
    name = one_line(media.replace("\\", "/").rsplit("/", 1)[-1], most=200)
    return "source" if name in ("", ".", "..") else name
