"""Encodes pictures from memory with the product's encoder and settings, and does nothing else."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av

from pipeline.core.data import Quality
from pipeline.rendering import encoder


def frames_of(path: Path, most: int | None = None) -> list[av.VideoFrame]:
    """Decode the pictures of a file, or its first `most`, as yuv420p."""
    with av.open(path) as container:
        frames = islice(container.decode(video=0), most)
        return [frame.reformat(format="yuv420p") for frame in frames]


def encode_alone(frames: list[av.VideoFrame], path: Path, quality: Quality, rate: Fraction) -> None:
    """Encode these frames from memory, with our settings."""
    with av.open(path, "w") as out:
        steady = Fraction(rate).limit_denominator(1001)
        stream = encoder.add_video(out, quality, (frames[0].width, frames[0].height), steady)
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, 1 / steady
            frame.pict_type = 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
