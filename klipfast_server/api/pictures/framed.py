"""What is seen in a clip, as callers get it."""

import numpy as np

from klipfast_server.schema.clip_requests import FramingPart, FramingPoint
from klipfast_server.schema.framing import FramedBox, FramedPart, Framing, SeenPerson, SeenShot
from pipeline.core.data import CropSegment, FaceTrack, Options, Shot, Source, VideoStream
from pipeline.core.layout import crops_at
from pipeline.framing import chosen_framing
from pipeline.framing.views import ClipView
from pipeline.vision.tracks import boxes_of


def as_framing(clip_id: str, source: Source, view: ClipView, options: Options) -> Framing:
    """Return the framing of a clip of which `view` was seen."""
    video = source.video
    return Framing(
        clip_id=clip_id,
        source_width=None if video is None else video.width,
        source_height=None if video is None else video.height,
        shots=[] if video is None else [_shot(shot, video) for shot in view.shots],
        parts=[] if video is None else [_part(part, video) for part in view.path.segments],
        chosen=[
            FramingPart(
                start_seconds=choice.start_s,
                end_seconds=choice.end_s,
                points=tuple(FramingPoint(x=point.x, y=point.y) for point in choice.points),
            )
            for choice in options.framing
        ],
    )


def _shot(shot: Shot, video: VideoStream) -> SeenShot:
    seen = [_person(person, video) for person in chosen_framing.seen_in(shot)]
    return SeenShot(
        start_seconds=round(shot.start_s, 3),
        end_seconds=round(shot.end_s, 3),
        people=sorted(seen, key=lambda person: person.x),
    )


def _person(person: FaceTrack, video: VideoStream) -> SeenPerson:
    left, top, right, bottom = np.median(boxes_of(person), axis=1)
    return SeenPerson(
        x=round(float(left) / video.width, 4),
        y=round(float(top) / video.height, 4),
        width=round(float(right - left) / video.width, 4),
        height=round(float(bottom - top) / video.height, 4),
        seen_from_seconds=round(person.times_s[0], 3),
        seen_until_seconds=round(person.times_s[-1], 3),
    )


def _part(part: CropSegment, video: VideoStream) -> FramedPart:
    return FramedPart(
        start_seconds=round(part.start_s, 3),
        end_seconds=round(part.end_s, 3),
        layout=part.layout,
        crops=[
            FramedBox(
                x=round(box.x / video.width, 4),
                y=round(box.y / video.height, 4),
                width=round(box.w / video.width, 4),
                height=round(box.h / video.height, 4),
            )
            for box in crops_at(part, part.start_s)
        ],
    )
