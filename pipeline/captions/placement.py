"""Places text in a clip's picture so that it covers no face."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.core.data import Box, CropPath, CropSegment, FaceTrack, Shot, VideoStream
from pipeline.core.layout import Pane, crops_at, panes_of

CENTERS = (0.72, 0.745, 0.67, 0.15, 0.5)  # of the text, share of the height; the best first
SEAM_CENTERS = (0.5, *CENTERS[:-1])  # the same for two halves above each other
FACE_MARGIN = 0.08  # above and below a face, of its height
MAX_LOOKS = 24  # that are checked, of a track in a segment
MIN_STAY_S = 0.4  # that a text stays in one place before it may move


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a text is placed for a while; `free` if it covers no face."""

    start_s: float
    end_s: float
    centre: float  # of its block, pixels from the top
    free: bool


class Places:
    """The faces in the clip's picture, segment by segment."""

    def __init__(self, path: CropPath, shots: Sequence[Shot], video: VideoStream | None) -> None:
        self._width, self._height = path.width, path.height
        self._segments = path.segments
        self._taken: list[tuple[float, float, float, float]] = []  # start, end, top, bottom
        self._faces = [
            _faces_in(segment, shots, path) if video is not None else []
            for segment in path.segments
        ]

    def take(self, start_s: float, end_s: float, top: float, bottom: float) -> None:
        """Reserve a strip for the time from start to end, so that later text avoids it."""
        self._taken.append((start_s, end_s, top, bottom))

    def spots(
        self, start_s: float, end_s: float, height: float, at: Sequence[float] | None = None
    ) -> tuple[Spot, ...]:
        """Return abutting places for a block of text `height` pixels tall from start to end.

        There is one place if it touches no face. Otherwise the text moves at the picture's own
        cuts, where the move is invisible, and disappears at a cut shortly before its end.
        `at`: shares of the height to choose from.
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
            if found and found[-1].centre == spot.centre:
                spot = replace(spot, start_s=found.pop().start_s)
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
        """Return the first candidate that touches no face and no other text.

        Candidates are the usual places or `at`. Without a free one, it returns the candidate that
        covers least. Segments visible for less than `least_s` are ignored.
        """
        shown = [
            (segment, boxes)
            for segment, boxes in zip(self._segments, self._faces, strict=True)
            if min(segment.end_s, end_s) - max(segment.start_s, start_s) > least_s
        ]
        faces = [box for _, boxes in shown for box in boxes]
        halved = self._height >= self._width and any(s.layout == "split" for s, _ in shown)
        places = at if at is not None else SEAM_CENTERS if halved else CENTERS
        texts = [strip for a, b, *strip in self._taken if a < end_s and b > start_s]
        covered = [
            (
                sum(_overlap(share * self._height, height, *strip) for strip in texts),
                _covered_area(share * self._height, height, faces),
            )
            for share in places
        ]
        least = min(covered)
        return Spot(
            start_s=start_s,
            end_s=end_s,
            centre=places[covered.index(least)] * self._height,
            free=least[1] == 0,
        )


def _covered_area(centre: float, height: float, faces: list[Box]) -> float:
    """Return the area of faces in the text's strip, square pixels summed over the looks."""
    return sum(box.w * _overlap(centre, height, box.y, box.y + box.h) for box in faces)


def _overlap(centre: float, height: float, top: float, bottom: float) -> float:
    """Return the rows shared by a text of `height` around `centre` and those from top to bottom."""
    return max(0.0, min(centre + height / 2, bottom) - max(centre - height / 2, top))


def _faces_in(segment: CropSegment, shots: Sequence[Shot], path: CropPath) -> list[Box]:
    """Return a segment's faces in the clip's pixels, slightly enlarged, without invisible ones."""
    found: list[Box] = []
    for track in (t for s in shots for t in s.tracks):
        for t_s, face in _looks(track, segment):
            if segment.layout == "fit":
                found.append(_in_whole(face, path, segment.keys[0].box))
                continue
            crops = crops_at(segment, t_s)
            parts = panes_of(segment.layout, crops, path.width, path.height)
            for pane, crop in zip(parts, crops, strict=True):
                found += _in_pane(face, pane, crop)
    return found


def _looks(track: FaceTrack, segment: CropSegment) -> list[tuple[float, Box]]:
    """Return some moments of the segment with the face's box at each."""
    looks = [
        (t, face.box)
        for t, face in zip(track.times_s, track.faces, strict=True)
        if segment.start_s <= t < segment.end_s
    ]
    return looks[:: max(1, len(looks) // MAX_LOOKS)]


def _in_whole(face: Box, path: CropPath, whole: Box) -> Box:
    """Map a face of the source to a clip that shows all of a part of it."""
    scale = min(path.width / whole.w, path.height / whole.h)
    x0 = (path.width - whole.w * scale) / 2 - whole.x * scale
    y0 = (path.height - whole.h * scale) / 2 - whole.y * scale
    pad = FACE_MARGIN * face.h
    return Box(
        x=x0 + face.x * scale,
        y=y0 + (face.y - pad) * scale,
        w=face.w * scale,
        h=(face.h + 2 * pad) * scale,
    )


def _in_pane(face: Box, pane: Pane, crop: Box) -> list[Box]:
    """Return the part of a face that a pane shows, if any."""
    sx, sy = pane.width / crop.w, pane.height / crop.h
    pad = FACE_MARGIN * face.h
    left = max(0.0, (face.x - crop.x) * sx)
    top = max(0.0, (face.y - pad - crop.y) * sy)
    right = min(float(pane.width), (face.x + face.w - crop.x) * sx)
    bottom = min(float(pane.height), (face.y + face.h + pad - crop.y) * sy)
    if right <= left or bottom <= top:
        return []
    return [Box(x=pane.x + left, y=pane.y + top, w=right - left, h=bottom - top)]
