"""Builds sources and face tracks for tests of framing."""

from fractions import Fraction
from pathlib import Path

from pipeline.core.data import (
    AudioStream,
    Box,
    Face,
    FaceTrack,
    Options,
    Source,
    VideoStream,
)

LOOK_S = 1 / 6


UPRIGHT = Options()


def source(width: int = 1280, height: int = 720) -> Source:
    """Build a source of this size; framing never opens the file."""
    return Source(
        path=Path("never-opened.mp4"),
        container="mov",
        duration_s=60.0,
        origin_s=0.0,
        video=VideoStream(
            index=0,
            codec="h264",
            stored_width=width,
            stored_height=height,
            width=width,
            height=height,
            rotation=0,
            sample_aspect=Fraction(1),
            fps=Fraction(30),
            hdr=False,
        ),
        audio=AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2),
    )


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
