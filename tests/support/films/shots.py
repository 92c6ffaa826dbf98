"""Builds sources, face tracks and crop paths for tests of framing, captions and rendering."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from pipeline.core.data import (
    AudioStream,
    Box,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    LayoutKind,
    Options,
    Source,
    VideoStream,
)

LOOK_S = 1 / 6


UPRIGHT = Options()


def stream(width: int = 1280, height: int = 720, rotation: int = 0) -> VideoStream:
    """Build the picture of a source that is stored in this size."""
    shown = (height, width) if rotation in (90, 270) else (width, height)
    return VideoStream(
        index=0,
        codec="h264",
        stored_width=width,
        stored_height=height,
        width=shown[0],
        height=shown[1],
        rotation=rotation,
        sample_aspect=Fraction(1),
        fps=Fraction(25),
        hdr=False,
    )


def source(width: int = 1280, height: int = 720) -> Source:
    """Build a source of this size; framing never opens the file."""
    return Source(
        path=Path("never-opened.mp4"),
        container="mov",
        duration_s=60.0,
        origin_s=0.0,
        video=stream(width, height),
        audio=AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2),
    )


def cropped(
    layout: LayoutKind,
    *panes: Box | Sequence[CropKey],
    size: tuple[int, int],
    start_s: float = 0.0,
    end_s: float = 10.0,
) -> CropPath:
    """Build a path of one segment: each pane is a box, or the keys of one that moves."""
    keys, *others = (
        (CropKey(t_s=start_s, box=pane),) if isinstance(pane, Box) else tuple(pane)
        for pane in panes
    )
    segment = CropSegment(
        start_s=start_s, end_s=end_s, layout=layout, keys=keys, others=tuple(others)
    )
    return CropPath(width=size[0], height=size[1], segments=(segment,))


def track(
    xs: list[float], *, y: float = 150.0, w: float = 100.0, h: float = 130.0, start_s: float = 0.0
) -> FaceTrack:
    """Build the track of a face whose center is at each of `xs`, LOOK_S apart."""
    return FaceTrack(
        times_s=tuple(start_s + n * LOOK_S for n in range(len(xs))),
        faces=tuple(Face(box=Box(x=x - w / 2, y=y - h / 2, w=w, h=h), confidence=0.9) for x in xs),
    )


def still(x: float, seconds: float = 10.0, **size: float) -> FaceTrack:
    return track([x] * round(seconds / LOOK_S), **size)


def holds(crop: Box, face: Box, slack: float = 0.5) -> bool:
    return (
        crop.x - slack <= face.x
        and crop.y - slack <= face.y
        and face.x + face.w <= crop.x + crop.w + slack
        and face.y + face.h <= crop.y + crop.h + slack
    )
