"""A job's clips as whole frames of its source: what every cut list says, in no format yet.

Editors count frames at one of a few rates. A source at one of them is counted exactly. One at a
multiple or a fraction of them (15, 100, 120) is counted at that relative, so that its frames still
fall on whole ones; whatever else there is, a rate that varies too, is counted by its average at the
nearest rate: its times are right to half a frame, its frames no longer one to one. Sound alone is
counted at 30.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.core.data import Highlight, Source, Span

TimelineFormat = Literal["otio", "fcpxml", "edl"]

NTSC = Fraction(1000, 1001)
# Frames a second that timecode (SMPTE ST 12) is defined for.
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
SOUND_RATE = Fraction(30)  # of a source without picture
NONCHARACTERS = 0xFFFE  # the last two code points of each plane, which XML may not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One clip: a highlight, and the source seconds that are in it; none named: all of its span."""

    highlight: Highlight
    kept: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Frames [start, end) of the source that are shown without a cut."""

    start: int
    end: int
    highlight: Highlight
    first: bool  # of its clip

    @property
    def length(self) -> int:
        """Frames; at least one."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class CutList:
    """All clips, one after the other, in the order they were given."""

    source: Source
    media: str  # name of the source's file: one line, no folders
    rate: Fraction  # frames a second, one of RATES
    length: int  # frames of the source
    pieces: tuple[Piece, ...]

    @property
    def total(self) -> int:
        """Frames of all pieces together."""
        return sum(piece.length for piece in self.pieces)


def cut_list(source: Source, cuts: Sequence[Edit], *, media: str) -> CutList:
    """The clips in frames. `media`: what the source's file is called where it is edited."""
    rate = SOUND_RATE if source.video is None else timecode_rate(source.video.fps)
    length = max(1, _frame(source.duration_s, rate))
    pieces = tuple(piece for cut in cuts for piece in _pieces(cut, rate, length))
    return CutList(source=source, media=_file_name(media), rate=rate, length=length, pieces=pieces)


def timecode_rate(fps: Fraction) -> Fraction:
    """The one of RATES by which a source of `fps` is counted."""
    if fps <= 0:
        return SOUND_RATE
    related = [r for r in RATES if 1 in ((r / fps).denominator, (fps / r).denominator)]
    return min(related or RATES, key=lambda rate: abs(rate - fps))


def _frame(seconds: float, rate: Fraction) -> int:
    """The frame that begins nearest to that time."""
    return math.floor(Fraction(seconds) * rate + Fraction(1, 2))


def _pieces(cut: Edit, rate: Fraction, length: int) -> list[Piece]:
    """Spans in frames; one that is shorter than half a frame falls away, unless it is all."""
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
    """`text` as every format can hold it: a line of at most `most` letters, none that controls."""
    return " ".join("".join(map(_letter, text)).split())[:most].strip()


def _letter(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    return " " if ord(letter) & NONCHARACTERS == NONCHARACTERS else letter


def _file_name(media: str) -> str:
    name = one_line(media.replace("\\", "/").rsplit("/", 1)[-1], most=200)
    return "source" if name in ("", ".", "..") else name
