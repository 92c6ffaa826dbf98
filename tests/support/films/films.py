"""Writes small films for tests, and decodes finished clips."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB

RATE = 48_000  # Hz


def write_film(
    path: Path,
    pictures: Iterable[Picture],
    *,
    fps: Fraction | int = 25,
    times: list[float] | None = None,
    sound: F32 | None = None,
    layout: str = "mono",
    sound_start_s: float = 0.0,
    rotation: int | None = None,
    colorspace: int | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Write RGB frames, at `times` (seconds) if given, and audio of shape (channels, n).

    x264 runs in one thread, because its output depends on the number of threads.
    """
    rate = Fraction(fps)
    with av.open(str(path), "w") as out:
        video: av.VideoStream | None = None
        track: av.AudioStream | None = None
        ticks = Fraction(1, 90_000)
        for number, picture in enumerate(pictures):
            if video is None:
                options = {"preset": "ultrafast", "crf": "10", "g": "12", "threads": "1"}
                options |= codec_options or {}
                video = out.add_stream("libx264", rate=rate, options=options)
                video.width, video.height, video.pix_fmt = *picture.shape[1::-1], "yuv420p"
                video.codec_context.time_base = ticks
                if colorspace is not None:
                    video.codec_context.colorspace = colorspace
                if rotation is not None:
                    video.set_display_rotation(rotation)
                if sound is not None:
                    track = out.add_stream("aac", rate=RATE, layout=layout)
            t_s = times[number] if times is not None else float(number / rate)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if colorspace is not None:
                frame = frame.reformat(format="yuv420p", dst_colorspace=colorspace)
            frame.pts, frame.time_base = round(t_s / ticks), ticks
            out.mux(video.encode(frame))
        assert video is not None
        out.mux(video.encode(None))
        if track is not None and sound is not None:
            for first in range(0, sound.shape[1], 1024):
                block = np.ascontiguousarray(sound[:, first : first + 1024])
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
                piece.sample_rate = RATE
                piece.pts, piece.time_base = first + round(sound_start_s * RATE), Fraction(1, RATE)
                out.mux(track.encode(piece))
            out.mux(track.encode(None))
    return path


def plain(color: tuple[int, int, int], size: tuple[int, int] = (320, 180)) -> Picture:
    """Return a frame of one color; `size` is (width, height)."""
    return np.broadcast_to(np.array(color, np.uint8), (size[1], size[0], 3)).copy()


def textured(seed: int, size: tuple[int, int] = (320, 180)) -> Picture:
    """Return large random patches: a scene unlike that of any other seed."""
    random = np.random.default_rng(seed)
    patches = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    rows = np.arange(size[1]) * 6 // size[1]
    columns = np.arange(size[0]) * 8 // size[0]
    return np.asarray(patches[rows][:, columns])


def speech_like(seconds: float, level: float = 0.1, seed: int = 0) -> F32:
    """Generate noise with the rhythm of syllables, mono, shape (1, n)."""
    random = np.random.default_rng(seed)
    n = round(seconds * RATE)
    noise = np.convolve(random.standard_normal(n), np.ones(12) / 12, mode="same")
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3.5 * np.arange(n) / RATE)
    return np.asarray(level * noise * syllables, dtype=np.float32)[None]


def frame_of(path: Path, number: int) -> Picture:
    """Decode a finished clip up to one frame and return that one, RGB, as `frames_of` does."""
    with av.open(str(path)) as container:
        frame = next(islice(container.decode(video=0), number, None))
        return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def frames_of(path: Path) -> list[tuple[float, Picture]]:
    """Decode every frame of a finished clip as (time, RGB), with colors taken as BT.709."""
    with av.open(str(path)) as container:
        return [
            (float(f.time), np.asarray(f.to_ndarray(format="rgb24"), dtype=np.uint8))
            for f in container.decode(video=0)
        ]
