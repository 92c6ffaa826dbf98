"""The beginning of the sample talk with grain in its pictures, which makes a clip of it large."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from films import RATE, Picture, write_film
from meter import sound_of
from serving import SAMPLE

FPS = 25
GRAIN = 32  # levels of brightness, to either side
GRAIN_PIXELS = 2  # so large that the scaling of a clip does not smooth them away
QUALITY = {"crf": "28"}


def grainy_talk(path: Path, seconds: float) -> Path:
    """Write so many seconds of it to `path`."""
    sound = sound_of(SAMPLE).mean(axis=0, keepdims=True)[:, : int(seconds * RATE)]
    return write_film(path, _pictures(seconds), fps=FPS, sound=sound, codec_options=QUALITY)


def _pictures(seconds: float) -> Iterator[Picture]:
    random = np.random.default_rng(0)
    with av.open(str(SAMPLE)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= seconds:
                return
            picture = frame.to_ndarray(format="rgb24").astype(np.int16)
            small = (picture.shape[0] // GRAIN_PIXELS, picture.shape[1] // GRAIN_PIXELS)
            grain = random.integers(-GRAIN, GRAIN, small, dtype=np.int16)
            grain = grain.repeat(GRAIN_PIXELS, axis=0).repeat(GRAIN_PIXELS, axis=1)
            yield np.clip(picture + grain[:, :, None], 0, 255).astype(np.uint8)
