"""Places text in a clip's picture so that it covers no face and no writing of the source."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.captions.layout.obstacles import FACE_MARGIN, Obstacle, obstacles
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.style import Position
from pipeline.core.data import Box, CropPath, CropSegment, Shot, VideoStream
from pipeline.core.layout import Pane, crops_at, panes_of

CENTERS = (0.72, 0.745, 0.67, 0.15, 0.5)  # middles of a text, shares of the height; the best first
PREFERRED = {"bottom": 0.72, "middle": 0.5, "top": 0.15}  # by a style's position
CENTER_STEP = 0.03  # between the other places, tried where none of these is free
MIN_STAY_S = 0.4  # that a text stays in one place before it may move
MARGIN_SHARE = FACE_MARGIN / (1 + 2 * FACE_MARGIN)  # room below a chin, in obstacle heights
WEIGHTS = {"face": 4.0, "writing": 1.0}  # letters on a wall are covered rather than a chin
MIN_SHARED = 0.8  # share of the smaller of two crops, which is nearer on the same person
MARGIN_S = 0.2  # before and after something is seen, which is looked for rarely


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a text is placed for a while."""

    start_s: float
    end_s: float
    center: float  # middle of its block, pixels from the top
    covered: float  # share of the faces' and the writing's area in its strip, 0..1, at the worst

    @property
    def free(self) -> bool:
        """Whether it covers no face and no writing."""
        return self.covered == 0


class Places:
    """What is in the clip's picture, segment by segment."""

    def __init__(
        self,
        path: CropPath,
        shots: Sequence[Shot],
        video: VideoStream | None,
        safe: SafeArea | None = None,
        *,
        position: Position = "bottom",
    ) -> None:
        """Text stays within `safe`, by default the standard area of the clip's size.

        `position`: where it stands if nothing is in the way.
        """
        self._usual = PREFERRED[position]
        self._path, self._segments = path, path.segments
        self._height = path.height
        self._safe = safe or SafeArea.of(path.width, path.height)
        self._taken: list[tuple[float, float, float, float]] = []  # start, end, top, bottom
        self._takes = _takes(path.segments, [shot.start_s for shot in shots[1:]])
        self._last: tuple[set[int], float] | None = None  # where text stood last
        self._obstacles = [
            obstacles(segment, shots, path) if video is not None else []
            for segment in path.segments
        ]

    def take(self, start_s: float, end_s: float, top: float, bottom: float) -> None:
        """Reserve a strip for the time from start to end, so that later text avoids it."""
        self._taken.append((start_s, end_s, top, bottom))

    def spots(
        self, start_s: float, end_s: float, height: float, at: Sequence[float] | None = None
    ) -> tuple[Spot, ...]:
        """Return abutting places for a block of text `height` pixels tall from start to end.

        There is one place if it covers no face and no writing there. Otherwise the text moves at
        the picture's own cuts, where the move is invisible, and disappears at a cut shortly before
        its end. `at`: shares of the height to choose from.
        """
        whole = self._best(start_s, end_s, height, at, least_s=0.0)
        if whole.free:
            return (whole,)
        found: list[Spot] = []
        for a, b in pairwise([start_s, *self._cuts(start_s, end_s), end_s]):
            if found and b - a < MIN_STAY_S:
                break
            # segments that end at once do not count
            spot = self._best(a, b, height, at, least_s=min(MIN_STAY_S, (b - a) / 2))
            if found and found[-1].center == spot.center:
                before = found.pop()
                worst = max(before.covered, spot.covered)
                spot = replace(spot, start_s=before.start_s, covered=worst)
            found.append(spot)
        return tuple(found)

    def _cuts(self, start_s: float, end_s: float) -> list[float]:
        """Return the segment borders in between that are far enough apart not to flash."""
        found: list[float] = []
        for segment in self._segments:
            before = found[-1] if found else start_s
            if before + MIN_STAY_S <= segment.start_s < end_s:
                found.append(segment.start_s)
        return found

    def _best(
        self,
        start_s: float,
        end_s: float,
        height: float,
        at: Sequence[float] | None,
        *,
        least_s: float,
    ) -> Spot:
        """Return the first candidate that touches no face, no writing and no other text.

        Candidates are the usual places or `at`. Without a free one, it returns the candidate that
        covers least. Segments visible for less than `least_s` are ignored.
        """
        segments, there = self._seen(start_s, end_s, least_s)
        places = at if at is not None else self._candidates(segments)
        centers = [self._inside(share * self._height, height) for share in places]
        texts = [strip for a, b, *strip in self._taken if a < end_s and b > start_s]
        covered = [
            (
                sum(_overlap(center, height, *strip) for strip in texts),
                _covered_area(center, height, there),
            )
            for center in centers
        ]
        least = min(covered)
        takes = {
            take
            for take, segment in zip(self._takes, self._segments, strict=True)
            if segment in segments
        }
        if at is None and self._last is not None and takes == self._last[0]:
            before = self._last[1]  # text that jumps within a take is restless
            if before in centers:
                kept = covered[centers.index(before)]
                touches = kept[0] == least[0] and _only_margin(before, height, there)
                if kept == least or touches:
                    centers, covered, least = [before], [kept], kept
        center = centers[covered.index(least)]
        if at is None:
            self._last = takes, center
        area = sum(WEIGHTS[o.kind] * o.box.w * o.box.h for o in there)
        share = least[1] / max(1.0, area)
        return Spot(start_s=start_s, end_s=end_s, center=center, covered=share)

    def _seen(
        self, start_s: float, end_s: float, least_s: float
    ) -> tuple[list[CropSegment], list[Obstacle]]:
        """Return the segments that are visible for more than `least_s`, and what is in them."""
        shown = [
            (segment, blocked)
            for segment, blocked in zip(self._segments, self._obstacles, strict=True)
            if min(segment.end_s, end_s) - max(segment.start_s, start_s) > least_s
        ]
        there = [
            obstacle
            for _, blocked in shown
            for obstacle in blocked
            if obstacle.start_s - MARGIN_S < end_s and start_s < obstacle.end_s + MARGIN_S
        ]
        return [segment for segment, _ in shown], there

    def _candidates(self, segments: Sequence[CropSegment]) -> list[float]:
        """Return centers as shares of the height, the best first: seams, usual places, others."""
        usual = self._usual
        seams: set[float] = set()
        if self._path.height >= self._path.width:
            for segment in segments:
                crops = crops_at(segment, segment.start_s)
                parts = panes_of(segment.layout, crops, self._path.width, self._height)
                seams |= {seam / self._height for seam in _seams(parts)}
        others = [CENTERS[0] + n * CENTER_STEP for n in range(-20, 3)]
        return [
            *sorted(seams, key=lambda share: abs(share - usual)),
            usual,
            *CENTERS,
            *sorted(others, key=lambda share: abs(share - usual)),
        ]

    def _inside(self, center: float, height: float) -> float:
        """Return the nearest center at which a block of text is inside the safe area."""
        low, high = self._safe.top + height / 2, self._safe.bottom - height / 2
        return min(max(center, low), high) if low <= high else (low + high) / 2


def _takes(segments: Sequence[CropSegment], borders_s: Sequence[float]) -> list[int]:
    """Number the segments by what a viewer sees as one take, jump cuts and all.

    They are of one shot and layout, and each crop lies over the one before, nearer or farther.
    """
    shots = [bisect_right(borders_s, (s.start_s + s.end_s) / 2) for s in segments]
    takes = [0] if segments else []
    for n, (before, after) in enumerate(pairwise(segments)):
        crops = zip(crops_at(before, before.end_s), crops_at(after, after.start_s), strict=False)
        goes_on = (
            shots[n] == shots[n + 1]
            and before.layout == after.layout
            and all(_shared(a, b) >= MIN_SHARED for a, b in crops)
        )
        takes.append(takes[-1] + (not goes_on))
    return takes


def _shared(a: Box, b: Box) -> float:
    """Return the share of the smaller of two boxes that the other covers."""
    across = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    down = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(0.0, across) * max(0.0, down) / min(a.w * a.h, b.w * b.h)


def _seams(parts: Sequence[Pane]) -> Iterator[float]:
    """Yield the rows where one pane ends and the next begins, or the middle between the two."""
    for pane in parts:
        end = pane.y + pane.height
        below = [other.y for other in parts if other.y >= end]
        if below:
            yield (end + min(below)) / 2


def _covered_area(center: float, height: float, there: Sequence[Obstacle]) -> float:
    """Return the area in the text's strip that is taken, weighted square pixels of all looks."""
    return sum(
        WEIGHTS[o.kind] * o.box.w * _overlap(center, height, o.box.y, o.box.y + o.box.h)
        for o in there
    )


def _only_margin(center: float, height: float, there: Sequence[Obstacle]) -> bool:
    """Whether a text covers no writing, and of faces no more than the room around them."""
    writing = [obstacle for obstacle in there if obstacle.kind == "writing"]
    faces = [obstacle for obstacle in there if obstacle.kind == "face"]
    return _covered_area(center, height, writing) == 0 and all(
        _overlap(center, height, face.box.y, face.box.y + face.box.h) <= MARGIN_SHARE * face.box.h
        for face in faces
    )


def _overlap(center: float, height: float, top: float, bottom: float) -> float:
    """Return the rows shared by a text of `height` around `center` and those from top to bottom."""
    return max(0.0, min(center + height / 2, bottom) - max(center - height / 2, top))
