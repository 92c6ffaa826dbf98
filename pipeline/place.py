"""Finds where captions stand so that they cover no face. Knows nothing of fonts."""

from collections.abc import Sequence

from pipeline.data import Box, CropPath, CropSegment, Shot, VideoStream

PLACES = (0.72, 0.745, 0.67, 0.15, 0.5)  # centre of the text, share of the height; best first
CHIN = 0.08  # of a face's height, kept free around it
LOOKS = 24  # at most, of a track in a segment


class Places:
    """Where faces are in the clip's picture, segment by segment."""

    def __init__(self, path: CropPath, shots: Sequence[Shot], video: VideoStream | None) -> None:
        self._height = path.height
        self._segments = path.segments
        self._faces = [
            _faces_in(segment, shots, path, video) if video is not None else []
            for segment in path.segments
        ]

    def centre(self, start_s: float, end_s: float, height: float) -> float:
        """Pixels from the top for a block of text `height` tall shown from start to end.

        Of the usual places the first that touches no face, else the one that covers least.
        """
        faces = [
            box
            for segment, boxes in zip(self._segments, self._faces, strict=True)
            if segment.start_s < end_s and segment.end_s > start_s
            for box in boxes
        ]
        covered = [_covered(share * self._height, height, faces) for share in PLACES]
        return PLACES[covered.index(min(covered))] * self._height


def _covered(centre: float, height: float, faces: list[Box]) -> float:
    """Square pixels of faces in the strip that the text takes, summed over the looks."""
    top, bottom = centre - height / 2, centre + height / 2
    return sum(box.w * max(0.0, min(bottom, box.y + box.h) - max(top, box.y)) for box in faces)


def box_at(segment: CropSegment, t_s: float) -> Box:
    """Where the segment's crop stands at `t_s`: linear between keys, held outside."""
    keys = segment.keys
    after = next((n for n, key in enumerate(keys) if key.t_s > t_s), len(keys))
    if after == 0:
        return keys[0].box
    if after == len(keys):
        return keys[-1].box
    a, b = keys[after - 1], keys[after]
    u = (t_s - a.t_s) / (b.t_s - a.t_s)
    return Box(
        x=a.box.x + u * (b.box.x - a.box.x),
        y=a.box.y + u * (b.box.y - a.box.y),
        w=a.box.w + u * (b.box.w - a.box.w),
        h=a.box.h + u * (b.box.h - a.box.h),
    )


def _faces_in(
    segment: CropSegment, shots: Sequence[Shot], path: CropPath, video: VideoStream
) -> list[Box]:
    """Faces of a segment in the clip's pixels, a little enlarged; those outside left out."""
    found: list[Box] = []
    for track in (t for s in shots for t in s.tracks):
        looks = [
            (t, face.box)
            for t, face in zip(track.times_s, track.faces, strict=True)
            if segment.start_s <= t < segment.end_s
        ]
        for t_s, face in looks[:: max(1, len(looks) // LOOKS)]:
            shown = _shown(face, segment, t_s, path, video)
            if shown.x < path.width and shown.x + shown.w > 0:
                found.append(shown)
    return found


def _shown(face: Box, segment: CropSegment, t_s: float, path: CropPath, video: VideoStream) -> Box:
    """A face of the source as it appears in the clip."""
    crop = box_at(segment, t_s)
    x0, y0 = 0.0, 0.0
    if segment.layout == "fit":
        scale = min(path.width / video.width, path.height / video.height)
        x0, y0 = (path.width - video.width * scale) / 2, (path.height - video.height * scale) / 2
        crop = Box(x=0.0, y=0.0, w=path.width / scale, h=path.height / scale)
    sx, sy = path.width / crop.w, path.height / crop.h
    pad = CHIN * face.h
    return Box(
        x=x0 + (face.x - crop.x) * sx,
        y=y0 + (face.y - pad - crop.y) * sy,
        w=face.w * sx,
        h=(face.h + 2 * pad) * sy,
    )
