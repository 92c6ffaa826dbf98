"""Detects faces in small pictures and tracks each through a shot.

The detector returns boxes and confidences but no identities. Tracks are linked by position and
size, which is enough within one shot: people do not jump without a cut. Every second look searches
only where the faces were before.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Box, Face, FaceTrack
from pipeline.media.frames import GRAY, Picture
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision import face_detector
from pipeline.vision.phase_correlation import movement

LOOKS_PER_S = 6.0
MIN_CONFIDENCE = 0.6  # below it are hands, flowers and patterns
MAX_GAP_S = 1.2  # a head may turn away this long and still be the same track
MIN_LOOKS = 3  # shorter tracks count as false detections
MIN_SHARE = 0.25  # share of the looks between a track's first and last
MIN_MEAN_CONFIDENCE = 0.72  # mean confidence of a track shorter than SHORT_TRACK_LOOKS
SHORT_TRACK_LOOKS = 8
MAX_SHIFT_FACE_SIZES = 0.9  # movement from one look to the next, relative to the face's size
MAX_GROWTH = 1.8  # factor in size, from one look to the next
SEARCH_MARGIN = 0.15  # around a face when searching for it again, of its longer side
MIN_SEARCH_PIXELS = 8  # smallest side of a part that can be matched
MIN_MATCH = 0.5  # match of one face with itself, moved; two different faces match by a third
MAX_STEP_FACE_HEIGHTS = 0.2  # movement of a face found by matching, relative to its height


@dataclass(frozen=True, slots=True)
class Look:
    """The faces of one picture, in display pixels."""

    t_s: float
    faces: tuple[Face, ...]


class FaceFinder:
    """Detects faces in LOOKS_PER_S of the pictures it is given."""

    def __init__(self, sampling: Sampling) -> None:
        """Take how the pictures are sampled; faces are reported in display pixels."""
        self._sampling = sampling
        self._looks: list[Look] = []
        self._searched: Picture | None = None  # picture of the last look; None if it was matched

    def add(self, t_s: float, picture: Picture) -> tuple[Face, ...]:
        """Take the next picture, RGB (h, w, 3) of the whole frame; return the last look's faces.

        Times ascend.
        """
        if not self._looks or t_s - self._looks[-1].t_s >= 1.0 / LOOKS_PER_S - 1e-3:
            self._looks.append(Look(t_s, self._look(picture)))
        return self._looks[-1].faces

    def _look(self, picture: Picture) -> tuple[Face, ...]:
        """Match the faces of the last look every second time, if all of them are found again."""
        before = self._searched
        if before is not None and before.shape == picture.shape:
            found = refound(self._looks[-1].faces, before, picture, self._sampling)
            if found:
                self._searched = None
                return found
        self._searched = picture
        return detect(picture, self._sampling)

    def watch(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture, tuple[Face, ...]], None, None]:
        """Yield the same pictures, each with the faces of the last look."""
        for t_s, picture in pictures:
            yield t_s, picture, self.add(t_s, picture)

    def tracks(self, start_s: float, end_s: float) -> tuple[FaceTrack, ...]:
        """Return the face tracks within [start_s, end_s), the most prominent first."""
        looks = [look for look in self._looks if start_s <= look.t_s < end_s]
        tracks = [t for t in link(looks) if _is_believed(t)]
        return tuple(sorted(tracks, key=prominence, reverse=True))


def detect(picture: Picture, sampling: Sampling) -> tuple[Face, ...]:
    """Detect faces in an RGB picture (h, w, 3); boxes are in display pixels, clipped."""
    grid = sampling.grid(*picture.shape[:2])
    width, height = float(sampling.width), float(sampling.height)
    faces = []
    for x, y, w, h, percent in face_detector.faces(picture):
        left, top = max(0.0, grid.x.to_display(x)), max(0.0, grid.y.to_display(y))
        right = min(width, grid.x.to_display(x + w))
        bottom = min(height, grid.y.to_display(y + h))
        if percent >= 100 * MIN_CONFIDENCE and right > left and bottom > top:
            box = Box(x=left, y=top, w=right - left, h=bottom - top)
            faces.append(Face(box=box, confidence=percent / 100))
    return tuple(faces)


def refound(
    faces: Sequence[Face], before: Picture, after: Picture, sampling: Sampling
) -> tuple[Face, ...]:
    """Find the faces of one picture in a slightly later one; empty if any match is unsure.

    Boxes are in display pixels.
    """
    found = []
    width, height = float(sampling.width), float(sampling.height)
    grid = sampling.grid(*before.shape[:2])
    for face in faces:
        box, room = face.box, SEARCH_MARGIN * max(face.box.w, face.box.h)
        rows, columns = (
            slice(
                max(0, int(axis.to_small(begin - room))),
                max(0, int(axis.to_small(begin + long + room)) + 1),
            )
            for axis, begin, long in ((grid.y, box.y, box.h), (grid.x, box.x, box.w))
        )
        parts = [p[rows, columns] @ GRAY for p in (before, after)]
        if min(parts[0].shape) < MIN_SEARCH_PIXELS:
            return ()
        motion = movement(*parts)
        dx, dy = motion.dx * grid.x.scale, motion.dy * grid.y.scale
        if motion.sure < MIN_MATCH or max(abs(dx), abs(dy)) > MAX_STEP_FACE_HEIGHTS * box.h:
            return ()
        x, y = max(0.0, box.x + dx), max(0.0, box.y + dy)
        right, bottom = min(width, box.x + dx + box.w), min(height, box.y + dy + box.h)
        if right <= x or bottom <= y:  # the face has left the picture
            return ()
        found.append(replace(face, box=Box(x=x, y=y, w=right - x, h=bottom - y)))
    return tuple(found)


def link(looks: Sequence[Look]) -> list[FaceTrack]:
    """Link the faces of successive looks into tracks, nearest pairs first."""
    open_tracks: list[list[tuple[float, Face]]] = []
    closed: list[list[tuple[float, Face]]] = []
    for look in looks:
        closed += [t for t in open_tracks if look.t_s - t[-1][0] > MAX_GAP_S]
        open_tracks = [t for t in open_tracks if look.t_s - t[-1][0] <= MAX_GAP_S]
        for track, face in _pairs(open_tracks, look):
            if track is None:
                open_tracks.append([(look.t_s, face)])
            else:
                track.append((look.t_s, face))
    return [
        FaceTrack(times_s=tuple(t for t, _ in track), faces=tuple(f for _, f in track))
        for track in closed + open_tracks
    ]


def _pairs(
    tracks: list[list[tuple[float, Face]]], look: Look
) -> list[tuple[list[tuple[float, Face]] | None, Face]]:
    """Pair each face of a look with the track that it continues, None for a new track."""
    costs = sorted(
        (cost, i, j)
        for i, track in enumerate(tracks)
        for j, face in enumerate(look.faces)
        if (cost := _cost(track[-1][1].box, face.box, look.t_s - track[-1][0])) is not None
    )
    track_of_face: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in costs:
        if i not in taken and j not in track_of_face:
            taken.add(i)
            track_of_face[j] = i
    return [
        (tracks[track_of_face[j]] if j in track_of_face else None, face)
        for j, face in enumerate(look.faces)
    ]


def _cost(a: Box, b: Box, gap_s: float) -> float | None:
    """Return how unlikely it is that `b` is `a` after `gap_s`; None if impossible."""
    size = (a.h + b.h) / 2
    shift = ((a.x + a.w / 2 - b.x - b.w / 2) ** 2 + (a.y + a.h / 2 - b.y - b.h / 2) ** 2) ** 0.5
    growth = max(a.h, b.h) / max(1e-6, min(a.h, b.h))
    patience = 1.0 + max(0.0, gap_s - 1.0 / LOOKS_PER_S)
    if shift > MAX_SHIFT_FACE_SIZES * size * patience or growth > MAX_GROWTH:
        return None
    return float(shift / size + (growth - 1.0))


def _is_believed(track: FaceTrack) -> bool:
    """Whether the track was detected often enough to be a face."""
    looks = (track.times_s[-1] - track.times_s[0]) * LOOKS_PER_S + 1
    if len(track.faces) < MIN_LOOKS or len(track.faces) / looks < MIN_SHARE:
        return False
    mean = sum(face.confidence for face in track.faces) / len(track.faces)
    return len(track.faces) >= SHORT_TRACK_LOOKS or mean >= MIN_MEAN_CONFIDENCE


def prominence(track: FaceTrack) -> float:
    """Return how prominent a face is in the picture: its size summed over its looks."""
    return sum(face.box.h * face.confidence for face in track.faces)
