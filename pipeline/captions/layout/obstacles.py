"""What text in a clip must not cover: faces, and writing that the source has burned in."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.core.data import Box, CropPath, CropSegment, FaceTrack, Region, Shot
from pipeline.core.layout import Pane, crops_at, panes_of

FACE_MARGIN = 0.08  # above and below a face, of its height
LOOK_INTERVAL_S = 0.4  # between the looks at a face, and at writing under a moving crop
FACE_LASTS_S = 0.5  # before and after such a look: people nod
WRITING = ("text", "caption")
MIN_WHOLE_SHARE = 0.95  # share of a caption that the crop shows, if it does not cut it


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A part of the clip's picture, pixels, that is there for some time."""

    kind: Literal["face", "writing"]
    box: Box
    start_s: float
    end_s: float


def obstacles(segment: CropSegment, shots: Sequence[Shot], path: CropPath) -> list[Obstacle]:
    """Return a segment's faces, slightly enlarged, and writing, as far as the clip shows them."""
    found: list[Obstacle] = []
    for shot in shots:
        if shot.end_s <= segment.start_s or segment.end_s <= shot.start_s:
            continue
        for track in shot.tracks:
            for t_s, face in _looks(track, segment):
                pad = FACE_MARGIN * face.h
                tall = Box(x=face.x, y=face.y - pad, w=face.w, h=face.h + 2 * pad)
                found += [
                    Obstacle("face", box, t_s - FACE_LASTS_S, t_s + FACE_LASTS_S)
                    for box, _ in shown(tall, segment, t_s, path)
                ]
        for region in writing(shot):
            for start_s, end_s in _stretches(region, segment):
                found += [
                    Obstacle("writing", box, start_s, end_s)
                    for box, _ in shown(region.box, segment, (start_s + end_s) / 2, path)
                ]
    return found


def writing(shot: Shot) -> Iterator[Region]:
    """Yield the shot's burned-in writing."""
    regions = shot.layout.regions if shot.layout is not None else ()
    return (region for region in regions if region.kind in WRITING)


def shown(
    box: Box, segment: CropSegment, t_s: float, path: CropPath
) -> Iterator[tuple[Box, float]]:
    """Yield where the clip shows a part of the source at `t_s`, with the share that it shows."""
    crops = crops_at(segment, t_s)
    if segment.layout == "fit":
        yield _in_whole(box, path, crops[0]), 1.0
        return
    parts = panes_of(segment.layout, crops, path.width, path.height)
    for pane, crop in zip(parts, crops, strict=True):
        yield from _in_pane(box, pane, crop)


def _looks(track: FaceTrack, segment: CropSegment) -> Iterator[tuple[float, Box]]:
    """Yield some moments of the segment with the face's box at each."""
    last_s = -math.inf
    for t_s, face in zip(track.times_s, track.faces, strict=True):
        if segment.start_s <= t_s < segment.end_s and t_s - last_s >= LOOK_INTERVAL_S:
            last_s = t_s
            yield t_s, face.box


def _stretches(region: Region, segment: CropSegment) -> Iterator[tuple[float, float]]:
    """Yield the start and end of a region's time in a segment, in parts if the crop moves."""
    start_s = max(region.start_s, segment.start_s)
    end_s = min(region.end_s, segment.end_s)
    if start_s >= end_s:
        return
    moves = any(len(keys) > 1 for keys in (segment.keys, *segment.others))
    count = math.ceil((end_s - start_s) / LOOK_INTERVAL_S) if moves else 1
    step_s = (end_s - start_s) / count
    for n in range(count):
        yield start_s + n * step_s, start_s + (n + 1) * step_s


def _in_whole(box: Box, path: CropPath, whole: Box) -> Box:
    """Map a box of the source to a clip that shows all of a part of it."""
    scale = min(path.width / whole.w, path.height / whole.h)
    x0 = (path.width - whole.w * scale) / 2 - whole.x * scale
    y0 = (path.height - whole.h * scale) / 2 - whole.y * scale
    return Box(x=x0 + box.x * scale, y=y0 + box.y * scale, w=box.w * scale, h=box.h * scale)


def _in_pane(box: Box, pane: Pane, crop: Box) -> Iterator[tuple[Box, float]]:
    """Yield the part of a box that a pane shows, if any, and its share of the box."""
    sx, sy = pane.width / crop.w, pane.height / crop.h
    left = max(0.0, (box.x - crop.x) * sx)
    top = max(0.0, (box.y - crop.y) * sy)
    right = min(float(pane.width), (box.x + box.w - crop.x) * sx)
    bottom = min(float(pane.height), (box.y + box.h - crop.y) * sy)
    if right > left and bottom > top:
        share = (right - left) * (bottom - top) / max(1e-6, box.w * sx * box.h * sy)
        yield Box(x=pane.x + left, y=pane.y + top, w=right - left, h=bottom - top), share


def whole_captions(path: CropPath, shots: Sequence[Shot]) -> list[Region]:
    """Return the source's own captions that the clip shows uncut, each for the time it does."""
    found: list[Region] = []
    for shot in shots:
        for region in writing(shot):
            for segment in path.segments if region.kind == "caption" else ():
                for start_s, end_s in _stretches(region, segment):
                    seen = shown(region.box, segment, (start_s + end_s) / 2, path)
                    if max((share for _, share in seen), default=0.0) >= MIN_WHOLE_SHARE:
                        found.append(replace(region, start_s=start_s, end_s=end_s))
    return found
