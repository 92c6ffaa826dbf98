"""Draws writing over real recordings, as other programs burn it in: examples with a known truth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from pipeline.core.control import Control
from pipeline.core.data import Box, Source, Span
from pipeline.media.frames import Picture, read

LENGTH_S = 8.0  # of an example


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Something drawn into an example, with its truth: where the letters are, and when."""

    kind: str
    box: Box
    start_s: float
    end_s: float
    rgba: npt.NDArray[np.uint8]  # (h, w, 4), premultiplied
    x: int  # of the left edge of `rgba`
    y: int
    speed: float = 0.0  # pixels per second by which the letters move left inside the box


def burn(
    source: Source, start_s: float, writings: Sequence[Writing], path: Path, *, crf: int
) -> Source:
    """Write LENGTH_S seconds of `source` from `start_s` with the writings over them.

    The file has no sound; returns it as a source of pictures.
    """
    assert source.video is not None
    span = Span(start_s=start_s, end_s=start_s + LENGTH_S)
    pictures = (
        (now_s, draw(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), writings, now_s))
        for t_s, frame in read(source, span, control=Control())
        for now_s in (max(0.0, t_s - start_s),)  # the first may be older than the span
    )
    width, height = encode(pictures, path, source.video.fps, crf)
    video = replace(
        source.video,
        index=0,
        codec="h264",
        stored_width=width,
        stored_height=height,
        width=width,
        height=height,
        rotation=0,
        sample_aspect=Fraction(1),
    )
    return replace(source, path=path, duration_s=LENGTH_S, origin_s=0.0, video=video)


def draw(picture: Picture, writings: Iterable[Writing], t_s: float) -> Picture:
    """Return the RGB picture (h, w, 3) with what is visible at `t_s` drawn over it."""
    picture = picture.copy()
    for writing in writings:
        if not writing.start_s <= t_s < writing.end_s:
            continue
        rgba = writing.rgba
        if writing.speed:
            shift = round(writing.speed * (t_s - writing.start_s)) % rgba.shape[1]
            rgba = np.roll(rgba, -shift, axis=1)[:, : picture.shape[1]]
        under = picture[writing.y : writing.y + rgba.shape[0], writing.x :][:, : rgba.shape[1]]
        over = rgba[: under.shape[0], : under.shape[1]].astype(np.float32)
        mixed = under * (1 - over[..., 3:] / 255) + over[..., :3]
        under[:] = mixed.clip(0, 255).round()
    return picture


def encode(
    pictures: Iterator[tuple[float, Picture]], path: Path, fps: Fraction, crf: int
) -> tuple[int, int]:
    """Write RGB pictures with their times as H.264, as uploads are encoded; return their size."""
    options = {"crf": str(crf), "preset": "veryfast"}
    ticks = Fraction(1, 90_000)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options=options)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = ticks
        for n, (t_s, picture) in enumerate(pictures):
            if n == 0:
                stream.height, stream.width = (side // 2 * 2 for side in picture.shape[:2])
            frame = av.VideoFrame.from_ndarray(picture[: stream.height, : stream.width], "rgb24")
            frame.pts, frame.time_base = round(t_s / ticks), ticks
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        return stream.width, stream.height
