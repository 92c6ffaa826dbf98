"""Follows lines of text from look to look, and tells letters from other patterns."""

from dataclasses import dataclass

import numpy as np

from pipeline.media.thumbnail_grid import Grid
from pipeline.vision.writing.text_lines import Line, Signs

LOOK_INTERVAL_S = 0.25  # captions stay for half a second or longer
MIN_AGREEMENT = 0.5  # share of a line's steps that stay while it is the same text
MAX_CHANCE_AGREEMENT = 0.46  # two texts in one place; 19 of 20 captions agree by .41 or less
MIN_OVERLAP = 0.5  # share of the larger of two lines that may be the same text
MAX_MISSED_LOOKS = 1  # a line may drown in what moves behind it
MIN_CONTRAST_LEVELS = 100.0  # mean step, gray levels
MIN_STROKES = 0.8  # changes between up and down in 10 pixels of a row
MIN_CHANGES = 4  # changes in a whole row: a collar, a tie and a microphone have three
MAX_UPRIGHT = 0.96  # share of steps that go on in the next row: blinds, books and stripes


@dataclass(slots=True)
class Track:
    """A line that is followed; looks are counted from 0."""

    seen: list[Line]
    first: int  # the first look at which its steps had stood still
    last: int
    patch: Signs  # steps in the box of the last line
    grid: Grid  # where the pixels of its pictures are in the source

    def looks_like_text(self) -> bool:
        """Whether it is like letters: of high contrast and many strokes."""
        middle = self.seen[len(self.seen) // 2]
        strokes = float(np.median([line.strokes for line in self.seen]))
        return (
            float(np.median([line.contrast for line in self.seen])) >= MIN_CONTRAST_LEVELS
            and strokes >= max(MIN_STROKES, 10 * MIN_CHANGES / middle.width)
            and _upright(self.patch) <= MAX_UPRIGHT
        )

    def is_same_text(self, other: "Track") -> bool:
        """Whether two tracks show the same letters where they overlap."""
        a, b = self.seen[-1], other.seen[-1]
        x0, y0, x1, y1 = max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)
        if x1 <= x0 or y1 <= y0:
            return False
        mine = self.patch[y0 - a.y0 : y1 - a.y0, x0 - a.x0 : x1 - a.x0]
        others = other.patch[y0 - b.y0 : y1 - b.y0, x0 - b.x0 : x1 - b.x0]
        return agreement(mine, others) > MAX_CHANCE_AGREEMENT


class Tracks:
    """All lines that were followed so far."""

    def __init__(self) -> None:
        self.all: list[Track] = []
        self._open: list[Track] = []

    def follow(self, look: int, found: list[Line], still: Signs, grid: Grid) -> None:
        """Add the lines of a look to the tracks of the same text, or begin new ones.

        `still` (h, w): steps that stay since the look before.
        """
        for line in found:
            patch = cut_out(still, line)
            track = self._same(look, line, still)
            if track is not None:
                track.seen.append(line)
                track.last, track.patch = look, patch
                continue
            self.all.append(Track([line], look, look, patch, grid))
            self._open.append(self.all[-1])
        self._open = [t for t in self._open if t.last >= look - MAX_MISSED_LOOKS]

    def interrupt(self) -> None:
        """Let every track end: the next picture has another shape."""
        self._open = []

    def _same(self, look: int, line: Line, still: Signs) -> Track | None:
        """Return the track that a line continues."""
        for track in self._open:
            old = track.seen[-1]
            if (
                track.last < look
                and _overlap(old, line) >= MIN_OVERLAP
                and agreement(track.patch, cut_out(still, old)) >= MIN_AGREEMENT
            ):
                return track
        return None


def cut_out(signs: Signs, line: Line) -> Signs:
    """Return a copy of the steps in a line's box."""
    return signs[line.y0 : line.y1, line.x0 : line.x1].copy()


def agreement(steps: Signs, others: Signs) -> float:
    """Return the share of the steps that are also among `others` of the same shape, 0..1."""
    both = (steps == others) & (steps != 0)
    return int(np.count_nonzero(both)) / max(1, int(np.count_nonzero(steps)))


def _upright(signs: Signs) -> float:
    """Return the share of steps (h, w) that go on in the next row, 1 for upright bars."""
    there = signs[:-1] != 0
    if not there.any():
        return 0.0
    return float((signs[1:] == signs[:-1])[there].mean())


def _overlap(a: Line, b: Line) -> float:
    """Return the shared area of two lines over that of the larger, 0..1."""
    w = min(a.x1, b.x1) - max(a.x0, b.x0)
    h = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(0, w) * max(0, h) / max(a.width * a.height, b.width * b.height)
