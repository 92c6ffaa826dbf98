"""People cut out of real talks, to be put into the windows of made-up ones.

Who speaks plays with their own sound; who is silent is still but alive: the few pictures before
their first word, or only the last of them, go to and fro while the whole head nods by some pixels.
A mouth that opens and closes would be somebody who speaks.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from project_paths import MEDIA

from pipeline.core.arrays import F32
from pipeline.core.data import Box
from pipeline.media.frames import Picture, fit_within
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision import face_tracking

FPS = 25
RATE = 48_000  # Hz
MAX_SPEECH_S = 5.0  # longest recording of a person
IDLE_PICTURES = 8  # before the first word
BREATH_PICTURES = 3  # right before it, in which the mouth opens
IDLE_SLOWNESS = 3  # times as slow as they were recorded
NOD_PIXELS = 3
NOD_HZ = 0.4
LEVEL = 0.08  # RMS of each voice
ONSET = 0.1  # share of the loudest sample: speech begins there
FACE_HEIGHT = 0.42  # height of the face's middle, share of the window
SEARCH_PIXELS = 320  # longer side of the picture in which a face is searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A recording of one person, scaled to a window."""

    pictures: tuple[Picture, ...]  # FPS a second, NOD_PIXELS larger than the window on each side
    idle: tuple[Picture, ...]  # the same person before speaking
    sound: F32  # mono, RATE
    face: Box | None  # in the window, at rest

    def picture(self, t_s: float, speaks_since_s: float | None) -> Picture:
        """Return the window's content at a moment."""
        if speaks_since_s is None:
            step = int(t_s * FPS / IDLE_SLOWNESS) % (2 * len(self.idle))
            whole = self.idle[min(step, 2 * len(self.idle) - 1 - step)]
        else:
            step = int((t_s - speaks_since_s) * FPS + 1e-6)
            whole = self.pictures[min(step, len(self.pictures) - 1)]
        dy = NOD_PIXELS + round(NOD_PIXELS * math.sin(2 * math.pi * NOD_HZ * t_s))
        rows, columns = (side - 2 * NOD_PIXELS for side in whole.shape[:2])
        return whole[dy : dy + rows, NOD_PIXELS : NOD_PIXELS + columns]


def load(
    file: str,
    width: int,
    height: int,
    *,
    zoom: float | None = None,
    mirrored: bool = False,
    speech_s: float = MAX_SPEECH_S,
) -> Person:
    """Read a talk of one person and cut it to a window of `width` x `height` around the face.

    With `zoom`, the window is at most that many faces high. Of the recording, `speech_s` and a
    second more are read, for a silent beginning.
    """
    with av.open(str(MEDIA / "talk" / file)) as container:
        pictures = _pictures(container, speech_s + 1)
    sound = _sound(MEDIA / "talk" / file)[: int((speech_s + 1) * RATE)]
    onset = int(np.argmax(np.abs(sound) > ONSET * np.abs(sound).max()))
    first = min(onset * FPS // RATE, len(pictures) - IDLE_PICTURES)
    quiet = max(1, first - BREATH_PICTURES)
    found = _face(pictures[first])
    wide, high = width + 2 * NOD_PIXELS, height + 2 * NOD_PIXELS
    crop = _crop(pictures[first], found, wide / high, zoom)
    whole = [_scale(p[crop], wide, high)[:, :: -1 if mirrored else 1] for p in pictures]
    scaled, idle = tuple(whole[first:]), tuple(whole[max(0, quiet - IDLE_PICTURES) : quiet])
    sound = sound[onset : onset + int(len(scaled) / FPS * RATE)]
    inside = scaled[0][NOD_PIXELS:-NOD_PIXELS, NOD_PIXELS:-NOD_PIXELS]
    return Person(
        pictures=scaled,
        idle=idle,
        sound=np.asarray(sound * (LEVEL / max(1e-6, float(sound.std()))), np.float32),
        face=_face(np.ascontiguousarray(inside)),
    )


def _pictures(container: av.container.InputContainer, seconds: float) -> list[Picture]:
    """Decode the first pictures, FPS a second."""
    pictures: list[Picture] = []
    for frame in container.decode(video=0):
        at_s = (frame.time or 0.0) - float((container.start_time or 0) / av.time_base)
        while len(pictures) <= at_s * FPS:
            pictures.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
        if len(pictures) >= seconds * FPS:
            break
    return pictures


def _sound(path: Path) -> F32:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        parts = [
            np.asarray(piece.to_ndarray()).ravel()
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    return np.concatenate(parts).astype(np.float32)


def _face(picture: Picture) -> Box | None:
    rows, columns = picture.shape[:2]
    small = _scale(picture, *fit_within(columns, rows, SEARCH_PIXELS))
    faces = face_tracking.detect(small, Sampling(width=columns, height=rows))
    return max((face.box for face in faces), key=lambda box: box.h, default=None)


def _crop(
    picture: Picture, face: Box | None, aspect: float, zoom: float | None
) -> tuple[slice, slice]:
    """Return rows and columns of the largest part of an aspect ratio around the face."""
    rows, columns = picture.shape[:2]
    x, y = (face.x + face.w / 2, face.y + face.h / 2) if face else (columns / 2, rows / 2)
    height = min(rows, columns / aspect)
    if zoom is not None and face is not None:
        height = min(height, zoom * face.h)
    width = height * aspect
    left = min(max(0.0, x - width / 2), columns - width)
    top = min(max(0.0, y - FACE_HEIGHT * height), rows - height)
    return slice(int(top), int(top + height)), slice(int(left), int(left + width))


def _scale(picture: Picture, width: int, height: int) -> Picture:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return np.asarray(frame.reformat(width=width, height=height, format="rgb24").to_ndarray())
