"""Clips that show the whole of an upright source with faces that stay where they are."""

from fractions import Fraction

from pipeline.core.data import (
    Box,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    Shot,
    VideoStream,
)


def upright(*faces: Box) -> tuple[CropPath, tuple[Shot, ...], VideoStream]:
    """Ten seconds of a source of 1080 x 1920, one shot: its crop path, shots and stream."""
    whole = Box(x=0, y=0, w=1080, h=1920)
    segment = CropSegment(start_s=0, end_s=10, layout="crop", keys=(CropKey(t_s=0, box=whole),))
    times = tuple(i / 5 for i in range(50))
    tracks = tuple(
        FaceTrack(times_s=times, faces=tuple(Face(box=box, confidence=0.9) for _ in times))
        for box in faces
    )
    video = VideoStream(
        index=0,
        codec="h264",
        stored_width=1080,
        stored_height=1920,
        width=1080,
        height=1920,
        rotation=0,
        sample_aspect=Fraction(1),
        fps=Fraction(30),
        hdr=False,
    )
    path = CropPath(width=1080, height=1920, segments=(segment,))
    return path, (Shot(start_s=0, end_s=10, tracks=tracks),), video
