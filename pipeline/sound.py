"""The sound of one clip: stereo at 48 kHz, on the source timeline. Knows nothing of pictures.

Frames are placed by their times, so gaps stay silent and streams that start apart stay in step.
Speech on one side, or in opposite phase, reaches both ears.
"""

from collections.abc import Iterator

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream as AvAudio

from pipeline.container import open_container
from pipeline.control import Control
from pipeline.data import Source, Span
from pipeline.loudness import RATE, normalise

Floats = npt.NDArray[np.float32]

LEAD_S = 0.5  # decoded before the clip: decoders need a moment to settle after a seek
SLACK_S = 0.04  # times in containers are rounded; only more than this is a gap
FADE_S = 0.010
ONE_SIDED = 1e-2  # of the louder side's energy: 20 dB
OPPOSED = -0.5  # correlation of the sides


def clip_sound(source: Source, span: Span, control: Control) -> Floats:
    """Samples of `span`, shape (2, n) at RATE, normalised, faded in; silence where there is none.

    Raises Canceled.
    """
    sound = np.zeros((2, max(1, round(span.duration_s * RATE))), dtype=np.float32)
    for t_s, samples in _runs(source, span, control):
        _place(sound, samples, round((t_s - span.start_s) * RATE))
    sound = normalise(both_ears(sound), control)
    fade(sound, at_end=False)
    return sound


def both_ears(sound: Floats) -> Floats:
    """(2, n) with a one-sided voice on both sides and opposite sides turned round."""
    left, right = (float((row.astype(np.float64) ** 2).mean()) for row in sound)
    if min(left, right) < ONE_SIDED * max(left, right):
        together = sound.sum(axis=0)
        return np.stack([together, together])
    if float((sound[0] * sound[1]).mean()) < OPPOSED * (left * right) ** 0.5:
        return np.stack([sound[0], -sound[1]])
    return sound


def fade(sound: Floats, *, at_end: bool) -> None:
    """Ramp the first or last FADE_S of (2, n) in place, so that the border does not click."""
    n = min(round(FADE_S * RATE), sound.shape[1])
    if n == 0:
        return
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
    if at_end:
        sound[:, -n:] *= ramp[::-1]
    else:
        sound[:, :n] *= ramp


def _place(sound: Floats, samples: Floats, at: int) -> None:
    """Write (2, m) at sample `at`, clipped to the track."""
    begin, end = max(0, at), min(sound.shape[1], at + samples.shape[1])
    if end > begin:
        sound[:, begin:end] = samples[:, begin - at : end - at]


def _runs(source: Source, span: Span, control: Control) -> Iterator[tuple[float, Floats]]:
    """(time, stereo samples) covering `span`, resampled without breaks inside a run."""
    resampler, at_s, given, form = None, 0.0, 0, None
    for frame in _frames(source, span, control):
        t_s = float(frame.time or 0.0) - source.origin_s
        here = frame.sample_rate, frame.format.name, frame.layout.name
        if (
            resampler is None
            or here != form
            or abs(t_s - at_s - given / frame.sample_rate) > SLACK_S
        ):
            resampler, at_s, given, form = _resampler(frame), t_s, 0, here
            made = 0
        given += frame.samples
        frame.pts = None
        for out in resampler.resample(frame):
            yield at_s + made / RATE, np.asarray(out.to_ndarray(), dtype=np.float32)
            made += out.samples


def _resampler(frame: AudioFrame) -> AudioResampler:
    """To planar stereo floats at RATE; more channels are mixed with the standard weights."""
    return AudioResampler("fltp", "stereo", RATE)


def _frames(source: Source, span: Span, control: Control) -> Iterator[AudioFrame]:
    """Decoded frames from a little before `span` to its end; damaged packets passed over."""
    with open_container(source.path) as container:
        stream = container.streams[source.audio.index]
        assert isinstance(stream, AvAudio)
        if span.start_s > LEAD_S:
            try:
                at = span.start_s - LEAD_S + source.origin_s
                container.seek(int(at * av.time_base), backward=True)
            except av.FFmpegError:
                container.seek(0)
        packets = container.demux(stream)
        while True:
            control.check()  # where key frames are rare, the seek led far to the front
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue
            for frame in decoded:
                if not isinstance(frame, AudioFrame) or frame.pts is None:
                    continue
                if float(frame.time or 0.0) - source.origin_s >= span.end_s:
                    return
                yield frame
