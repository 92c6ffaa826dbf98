"""Muxes one clip file: H.264 and AAC in a fast-start MP4."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio
from av.container import OutputContainer
from av.video.frame import VideoFrame

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Quality
from pipeline.media.clip_audio import RATE
from pipeline.rendering.encoder import add_video
from pipeline.rendering.soundtrack import Sound, fade

AAC_BIT_RATE = 192_000
AAC_FRAME_SAMPLES = 1024
# Sound is encoded this many frames at a time (a third of a second): with each picture, calls into
# the encoder would cost as much again as encoding.
AAC_FRAMES_A_CALL = 16
# At this rate, the fast search leaves 54 to 60 dB between sound and noise in speech. The thorough
# search, which saves bits that are available anyway, leaves 36 to 38 dB. The fast one also takes a
# quarter less time.
AAC_OPTIONS = {"aac_coder": "fast"}
SAMPLE = Fraction(1, RATE)  # seconds
MUX_OPTIONS = {"movflags": "+faststart"}


def duration_of(path: Path) -> float:
    """Return the duration in the file's own header, seconds."""
    with av.open(str(path.absolute())) as container:  # a relative name may begin like a URL
        return float((container.duration or 0) / av.time_base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The properties that all files of one clip share."""

    quality: Quality
    width: int
    height: int
    rate: Fraction  # pictures a second
    pixels: str  # format of the pictures: "yuv420p", "nv12", or "cuda"
    title: str


@contextmanager
def open_clip(path: Path, form: Form, sound: Sound, control: Control) -> Iterator["ClipFile"]:
    """Open a clip to add pictures to; leaving completes it, with the index at the front.

    `sound` returns (2, n) at RATE from the first picture on; it is called when the first picture
    is encoded. Raises Canceled during completion.
    """
    with av.open(str(path.absolute()), "w", format="mp4", options=MUX_OPTIONS) as container:
        if form.title:
            container.metadata["title"] = form.title
        clip = ClipFile(container, form, sound)
        yield clip
        clip.close(control)


class ClipFile:
    """Encodes pictures at even times and keeps the sound in step with them."""

    def __init__(self, container: OutputContainer, form: Form, sound: Sound) -> None:
        self._container, self._rate, self._sound = container, form.rate, sound
        self._time_base = 1 / form.rate
        self._video = add_video(
            container, form.quality, (form.width, form.height), form.rate, form.pixels
        )
        self._audio: AvAudio = container.add_stream(
            "aac", rate=RATE, layout="stereo", options=AAC_OPTIONS
        )
        self._audio.bit_rate = AAC_BIT_RATE
        self._encoded_samples = 0
        self.pictures = 0

    def add(self, picture: VideoFrame) -> None:
        """Encode the next picture, BT.709, and the sound before it."""
        picture.pts, picture.time_base = self.pictures, self._time_base
        picture.pict_type = 0  # the encoder decides; the source's key frames are irrelevant here
        encoded = self._video.encode(picture)
        self._container.mux(encoded)
        self.pictures += 1
        if not encoded:
            return  # no picture to keep in step with: the encoder still looks ahead
        sound = self._sound()
        # one frame behind, so that the rest at the end can be faded
        last = min(self._duration_samples() - AAC_FRAME_SAMPLES, sound.shape[1])
        frames = max(0, last - self._encoded_samples) // AAC_FRAME_SAMPLES
        if frames >= AAC_FRAMES_A_CALL:
            until = self._encoded_samples + frames * AAC_FRAME_SAMPLES
            self._encode_sound(sound[:, self._encoded_samples : until])

    def close(self, control: Control) -> None:
        """Flush the encoders; the sound is faded and ends with the pictures. Raises Canceled."""
        sound = self._sound()
        end = min(self._duration_samples(), sound.shape[1])
        rest = sound[:, self._encoded_samples : end].copy()  # another file may use the same sound
        fade(rest, at_end=True)
        self._encode_sound(rest)
        # One by one: the encoder holds back some dozen pictures, a second of work or more.
        for packet in self._video.codec_context.encode_lazy(None):
            control.check()
            packet.stream = self._video
            self._container.mux(packet)
        self._container.mux(self._audio.encode(None))

    def _duration_samples(self) -> int:
        """Return the duration of the pictures so far, in samples of sound."""
        return self.pictures * self._rate.denominator * RATE // self._rate.numerator

    def _encode_sound(self, samples: F32) -> None:
        """Encode the next samples, (2, m); what fills no AAC frame waits for more, or the end."""
        if not samples.shape[1]:
            return
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
        frame.sample_rate, frame.time_base = RATE, SAMPLE
        frame.pts = self._encoded_samples
        self._container.mux(self._audio.encode(frame))
        self._encoded_samples += samples.shape[1]
