"""Clips that show the whole of an upright source with faces that stay where they are."""

from shots import cropped, stream

from pipeline.captions.layout.text_placement import Places
from pipeline.core.data import Box, CropPath, Face, FaceTrack, Shot, VideoStream


def upright(*faces: Box) -> tuple[CropPath, tuple[Shot, ...], VideoStream]:
    """Ten seconds of a source of 1080 x 1920, one shot: its crop path, shots and stream."""
    times = tuple(i / 5 for i in range(50))
    tracks = tuple(
        FaceTrack(times_s=times, faces=tuple(Face(box=box, confidence=0.9) for _ in times))
        for box in faces
    )
    path = cropped("crop", Box(x=0, y=0, w=1080, h=1920), size=(1080, 1920))
    return path, (Shot(start_s=0, end_s=10, tracks=tracks),), stream(1080, 1920)


def free(size: tuple[int, int]) -> Places:
    """The places in a clip of `size` with nothing in the way."""
    return Places(cropped("crop", Box(x=0, y=0, w=9, h=16), size=size, end_s=99.0), (), None)
