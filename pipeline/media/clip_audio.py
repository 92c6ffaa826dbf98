"""Read the sound of one clip as stereo at 48 kHz.

Frames are placed by their timestamps, so gaps stay silent and streams with different start times
stay in sync. `repair_stereo` makes speech on one side, or in opposite phase, audible in both ears.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream as AvAudio

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Source, Span
from pipeline.media import packets
from pipeline.media.container import open_container, stream_at

RATE = 48_000  # Hz
LEAD_S = 0.5  # decoded before the clip: decoders need a moment to settle after a seek
SLACK_S = 0.04  # container times are rounded; only a larger difference is a gap
ONE_SIDED = 1e-2  # energy ratio (20 dB) below which the quieter side counts as silent
OPPOSED = -0.5  # correlation of the sides below which they are in opposite phase


@dataclass(frozen=True, slots=True)
class SoundStretch:
    """The sound of a stretch of the source."""

    span: Span
    samples: F32  # (2, n) at RATE


def read_stretches(
    source: Source, spans: Sequence[Span], control: Control
) -> tuple[SoundStretch, ...]:
    """Return the sound of each span. Raises what `read_sound` raises."""
    return tuple(SoundStretch(span, read_sound(source, span, control)) for span in spans)


def read_sound(source: Source, span: Span, control: Control) -> F32:
    """Return the unmodified samples of `span`, shape (2, n) at RATE; silence where there are none.

    Raises Canceled, and OSError if the disk cannot be read.
    """
    sound = np.zeros((2, max(1, round(span.duration_s * RATE))), dtype=np.float32)
    for t_s, samples in _runs(source, span, control):
        _place(sound, samples, round((t_s - span.start_s) * RATE))
    return sound


def repair_stereo(sound: F32) -> F32:
    """Return (2, n) with a one-sided voice on both sides and opposite phase inverted."""
    left, right = (float((row.astype(np.float64) ** 2).mean()) for row in sound)
    if min(left, right) < ONE_SIDED * max(left, right):
        together = sound.sum(axis=0)
        return np.stack([together, together])
    if float((sound[0] * sound[1]).mean()) < OPPOSED * (left * right) ** 0.5:
        return np.stack([sound[0], -sound[1]])
    return sound


def _place(sound: F32, samples: F32, at: int) -> None:
    """Write (2, m) at sample `at`, clipped to the track."""
    begin, end = max(0, at), min(sound.shape[1], at + samples.shape[1])
    if end > begin:
        sound[:, begin:end] = samples[:, begin - at : end - at]


def _runs(source: Source, span: Span, control: Control) -> Iterator[tuple[float, F32]]:
    """Yield (time, stereo samples) covering `span`; the resampler restarts only at gaps."""
    resampler, at_s, samples_in, run_format = None, 0.0, 0, None
    for frame in _frames(source, span, control):
        t_s = float(frame.time or 0.0) - source.origin_s
        frame_format = frame.sample_rate, frame.format.name, frame.layout.name
        if (
            resampler is None
            or frame_format != run_format
            or abs(t_s - at_s - samples_in / frame.sample_rate) > SLACK_S
        ):
            resampler, at_s, samples_in, run_format = _resampler(), t_s, 0, frame_format
            samples_out = 0
        samples_in += frame.samples
        frame.pts = None
        for out in resampler.resample(frame):
            yield at_s + samples_out / RATE, np.asarray(out.to_ndarray(), dtype=np.float32)
            samples_out += out.samples


def _resampler() -> AudioResampler:
    """Return a resampler to planar stereo floats at RATE, with the standard downmix weights."""
    return AudioResampler("fltp", "stereo", RATE)


def _frames(source: Source, span: Span, control: Control) -> Iterator[AudioFrame]:
    """Yield decoded frames from just before `span` to its end, skipping damaged packets."""
    with open_container(source.path) as container:
        stream = stream_at(container, source.audio.index)
        assert isinstance(stream, AvAudio)
        if span.start_s > LEAD_S:
            try:
                at = span.start_s - LEAD_S + source.origin_s
                container.seek(int(at * av.time_base), backward=True)
            except av.FFmpegError:
                container.seek(0)
        for decoded in packets.decode(container, stream, source):
            control.check()  # where key frames are rare, a seek lands far before the target
            for frame in decoded:
                if not isinstance(frame, AudioFrame) or frame.pts is None:
                    continue
                if float(frame.time or 0.0) - source.origin_s >= span.end_s:
                    return
                yield frame


def to_mono(sound: F32) -> npt.NDArray[np.int16]:
    """Convert (2, n) at RATE to (m,) at SAMPLE_RATE for audio analysis."""
    both = torch.from_numpy(repair_stereo(sound).mean(axis=0))
    low = torchaudio.functional.resample(both, RATE, SAMPLE_RATE)
    samples: npt.NDArray[np.int16] = (low * 32767.0).clamp(-32768, 32767).short().numpy()
    return samples
