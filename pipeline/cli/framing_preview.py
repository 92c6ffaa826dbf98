"""Draws the detected faces and the chosen crop over the source, for people to look at.

White: a tracked face; green: an active speaker; yellow and orange: the parts shown in the clip;
gray: the picture without bars; cyan, blue, violet and red: tiles, insets, screens and writing.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from pipeline.core.control import Control
from pipeline.core.data import Box, CropPath, RegionKind, Shot, Source, Span
from pipeline.core.errors import WrongInput
from pipeline.core.layout import crops_at
from pipeline.media.frames import Picture, thumbnails
from pipeline.vision.active_speaker import speech_probability
from pipeline.vision.tracks import boxes_at, presence

MAX_SIDE_PIXELS = 960  # the longer side
CLOCK = Fraction(1, 90_000)
THIN, THICK = 2, 4  # pixels
Color = tuple[int, int, int]

FACE, SPEAKER = (255, 255, 255), (60, 220, 90)
PANES = ((255, 214, 0), (255, 130, 0))
PICTURE = (150, 150, 150)
REGIONS: dict[RegionKind, Color] = {
    "tile": (0, 220, 255),
    "inset": (60, 110, 255),
    "screen": (190, 90, 255),
    "text": (255, 70, 70),
}


def write(
    out: Path,
    source: Source,
    span: Span,
    *,
    shots: tuple[Shot, ...],
    path: CropPath,
    control: Control,
) -> None:
    """Write `span` as H.264 without sound. Raises Canceled and then removes the partial file.

    Raises WrongInput if the source has no picture, or if `out` is the source.
    """
    if source.video is None:
        raise WrongInput(f"{source.path} has no picture to draw on")
    if out.exists() and out.samefile(source.path):
        raise WrongInput(f"{out} is the source itself; name another file for the preview")
    scale = None
    try:
        with av.open(str(out), "w", format="mp4") as container:
            stream = None
            for t_s, small in thumbnails(source, span, control=control, side=MAX_SIDE_PIXELS):
                picture = np.array(small)
                if stream is None:
                    scale = picture.shape[1] / source.video.width
                    stream = container.add_stream("libx264", rate=Fraction(source.video.fps))
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                    stream.codec_context.time_base = CLOCK
                assert scale is not None
                for box, color, thickness in _outlines(t_s, shots, path):
                    outline(picture, box, scale, color, thickness)
                frame = VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = round((t_s - span.start_s) / CLOCK), CLOCK
                container.mux(stream.encode(frame))
            if stream is not None:
                container.mux(stream.encode())
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def _outlines(
    t_s: float, shots: tuple[Shot, ...], path: CropPath
) -> Iterator[tuple[Box, Color, int]]:
    """Yield the outlines for a moment, in display pixels of the source."""
    now = np.array([t_s])
    for shot in shots:
        if not shot.start_s <= t_s < shot.end_s:
            continue
        if shot.layout is not None:
            yield shot.layout.picture, PICTURE, THIN
            for region in shot.layout.regions:
                if region.start_s <= t_s < region.end_s:
                    yield region.box, REGIONS[region.kind], THIN
        for track in shot.tracks:
            if presence(track, now)[0]:
                left, top, right, bottom = boxes_at(track, now)[:, 0]
                speaks = bool(track.speaks) and speech_probability(track, t_s) > 0.5
                box = Box(x=left, y=top, w=right - left, h=bottom - top)
                yield box, SPEAKER if speaks else FACE, THIN
    segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
    for box, color in zip(crops_at(segment, t_s), PANES, strict=False):
        yield box, color, THICK


def outline(picture: Picture, box: Box, scale: float, color: Color, thickness: int) -> None:
    """Draw an outline inside the box, clipped to the picture, in place."""
    rows, columns = picture.shape[:2]
    x0, x1 = (min(max(0, round(x * scale)), columns) for x in (box.x, box.x + box.w))
    y0, y1 = (min(max(0, round(y * scale)), rows) for y in (box.y, box.y + box.h))
    picture[y0 : min(y1, y0 + thickness), x0:x1] = color
    picture[max(y0, y1 - thickness) : y1, x0:x1] = color
    picture[y0:y1, x0 : min(x1, x0 + thickness)] = color
    picture[y0:y1, max(x0, x1 - thickness) : x1] = color
