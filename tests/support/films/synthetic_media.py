"""Writes small media files, so that tests of decoding need no local media."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

RATE = 48_000  # Hz


def tone(seconds: float, *, hz: float = 440.0, level: float = 0.4, rate: int = RATE) -> F32:
    """Generate a sine, shape (n,), float32 in [-1, 1]."""
    times = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def bursts(seconds: float, at: Sequence[float], *, rate: int = RATE, length_s: float = 0.1) -> F32:
    """Generate silence with a tone of `length_s` from each time on, shape (n,)."""
    sound = np.zeros(round(seconds * rate), dtype=np.float32)
    beep = tone(length_s, hz=880.0, rate=rate)
    for start in at:
        first = round(start * rate)
        sound[first : first + len(beep)] = beep[: len(sound) - first]
    return sound


def onsets(samples: npt.NDArray[np.int16], rate: int = 16_000) -> list[float]:
    """Return the times in seconds at which sound begins after at least 50 ms of quiet."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 1500)
    if not len(loud):
        return []
    begins = np.concatenate([[True], np.diff(loud) > 0.05 * rate])
    return [float(first) / rate for first in loud[begins]]


def write_media(
    path: Path,
    *,
    seconds: float = 6.0,
    sound: F32 | None = None,
    layout: str = "mono",
    rate: int = RATE,
    sound_start_s: float = 0.0,
    sound_codec: str = "aac",
    size: tuple[int, int] | None = (320, 180),
    video_codec: str = "libx264",
    rotation: int | None = None,
    aspect: Fraction | None = None,
    transfer: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a file: `sound` of shape (channels, n) or (n,), changing gray video of `size`."""
    with av.open(str(path), "w", options=options or {}) as out:
        picture: av.VideoStream | None = None
        track: av.AudioStream | None = None
        if size is not None:
            picture = cast(av.VideoStream, out.add_stream(video_codec, rate=25))
            picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
            if video_codec == "libx264":
                picture.options = {"preset": "ultrafast"}
            if aspect is not None:
                picture.codec_context.sample_aspect_ratio = aspect
            if transfer is not None:
                picture.codec_context.color_trc = transfer
            if rotation is not None:
                picture.set_display_rotation(rotation)
        if sound is not None:
            added = out.add_stream(sound_codec, rate=rate, layout=layout)
            track = cast(av.AudioStream, added)
        if picture is not None:
            for image in _grays(seconds, picture.width, picture.height):
                out.mux(picture.encode(image))
            out.mux(picture.encode(None))
        if track is not None and sound is not None:
            for piece in _pieces(np.atleast_2d(sound), track, sound_start_s):
                out.mux(track.encode(piece))
            out.mux(track.encode(None))
    return path


def _grays(seconds: float, width: int, height: int) -> Iterator[av.VideoFrame]:
    for number in range(round(seconds * 25)):
        gray = np.full((height, width, 3), 40 + number % 160, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(gray, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        yield frame


def _pieces(sound: F32, track: av.AudioStream, start_s: float) -> Iterator[av.AudioFrame]:
    layout, rate = track.layout.name, track.rate
    resampler = av.AudioResampler(track.format.name, layout, rate)
    for first in range(0, sound.shape[1], 1024):
        packed = np.ascontiguousarray(sound[:, first : first + 1024].T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = rate
        frame.pts, frame.time_base = first + round(start_s * rate), Fraction(1, rate)
        yield from resampler.resample(frame)
