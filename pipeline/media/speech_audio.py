"""Decodes the sound of a source once, into a file of mono samples on the source timeline.

Times in the file are believed, not counted: a late start and gaps become silence, overlaps are
dropped, so a word's place in the samples is its place in the picture however long the source is.
Memory stays flat: samples go to a file, which is mapped.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Source
from pipeline.core.errors import Corrupt
from pipeline.media.container import open_container
from pipeline.media.downmix import Downmix

FRAME = SAMPLE_RATE  # samples that come out of the resampler at once: each costs the same to take
SLACK_S = 0.04  # containers round times to milliseconds; only more than this is a gap
BROKEN_S = 30.0  # a jump back, or past the told end, by more than this is a broken clock
BLOCK_S = 0.25
REPORT_EVERY = 64  # frames


def load_audio(
    source: Source, work_dir: Path, control: Control, *, until_s: float | None = None
) -> Audio:
    """Decode the chosen sound to mono int16 at SAMPLE_RATE in a file of `work_dir`.

    Sound that begins after `until_s` is left out. Damaged packets are skipped.
    Raises Corrupt when nothing decodes, Canceled.
    """
    path = work_dir / "audio.s16"
    wanted_s = source.duration_s if until_s is None else until_s
    with open_container(source.path) as container, _Track(path) as track:
        timeline = _Timeline(track, source)
        for count, frame in enumerate(_frames(container, source.audio.index)):
            timeline.add(frame)
            if count % REPORT_EVERY == 0:
                control.report("audio", track.length / SAMPLE_RATE / max(wanted_s, 1e-3))
            if until_s is not None and track.length >= until_s * SAMPLE_RATE:
                break
        timeline.close()
    if track.length == 0:
        raise Corrupt("The file is damaged: none of its audio can be decoded.")
    control.report("audio", 1.0)
    # copy-on-write: whoever wraps the samples in a tensor may want them writable
    return Audio(samples=np.memmap(path, dtype=np.int16, mode="c"))


def _frames(container: InputContainer, index: int) -> Iterator[AudioFrame]:
    """Decoded frames until the sound ends or the file breaks off."""
    stream = container.streams[index]
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            yield from (f for f in packet.decode() if isinstance(f, AudioFrame))
        except av.FFmpegError:
            continue


class _Track:
    """The file of samples; writing beyond its end leaves silence between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.length = 0  # samples

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, position: int, mono: F32) -> None:
        """Put samples in [-1, 1] at `position`, which is at or after the end."""
        if position > self.length:
            self._file.seek(2 * position)
        # 32768 so that 16-bit sources come through unchanged
        scaled = np.nan_to_num(mono, nan=0.0) * np.float32(32768.0)
        samples = np.clip(np.rint(scaled), -32768, 32767).astype("<i2")
        self._file.write(samples.tobytes())
        self.length = position + len(samples)


class _Timeline:
    """Places decoded frames by their times. A run is a stretch without a gap or a new format."""

    def __init__(self, track: _Track, source: Source) -> None:
        self._track = track
        self._origin_s = source.origin_s
        self._latest_s = source.duration_s + BROKEN_S
        self._shift_s = 0.0  # added to the file's times after its clock broke
        self._run: _Run | None = None

    def add(self, frame: AudioFrame) -> None:
        """Append one frame."""
        if not frame.samples:
            return
        expected_s = self._run.end_s if self._run is not None else self._track.length / SAMPLE_RATE
        start_s = self._start_of(frame, expected_s)
        behind_s = expected_s - start_s
        if behind_s > max(SLACK_S, frame.samples / frame.sample_rate - SLACK_S):
            return  # said already
        if self._run is None or abs(behind_s) > SLACK_S or not self._run.takes(frame):
            self.close()
            position = max(round(start_s * SAMPLE_RATE), self._track.length)
            self._run = _Run(self._track, position, start_s, frame)
        self._run.add(frame)

    def close(self) -> None:
        """Write what a run still holds back."""
        if self._run is not None:
            self._run.close()
        self._run = None

    def _start_of(self, frame: AudioFrame, expected_s: float) -> float:
        """The frame's time on the source timeline; a clock that breaks goes on from here."""
        if frame.time is None:
            return expected_s
        start_s = frame.time - self._origin_s + self._shift_s
        if start_s < expected_s - BROKEN_S or start_s > max(self._latest_s, expected_s + BROKEN_S):
            self._shift_s += expected_s - start_s
            return expected_s
        return start_s


class _Run:
    """Frames of one format, one after the other: resampled, mixed, written."""

    def __init__(self, track: _Track, position: int, start_s: float, frame: AudioFrame) -> None:
        self._track = track
        self._position = position  # in the track, of the next sample
        # what of the first frame lies before the end of the track is not said twice
        self._skip = max(0, position - round(start_s * SAMPLE_RATE))
        self._format = _format(frame)
        self._start_s = start_s
        self._taken = 0  # samples at the source's rate
        # packed, for PyAV reads beyond its planes with eight or more channels
        self._resampler = AudioResampler("flt", frame.layout, SAMPLE_RATE, frame_size=FRAME)
        self._channels = frame.layout.nb_channels
        self._downmix = Downmix(self._channels)
        self._held: list[F32] = []
        self._held_samples = 0

    @property
    def end_s(self) -> float:
        """Where the next frame is expected."""
        return self._start_s + self._taken / self._format[0]

    def takes(self, frame: AudioFrame) -> bool:
        """Whether the frame has this run's format."""
        return _format(frame) == self._format

    def add(self, frame: AudioFrame) -> None:
        """Append one frame of this run's format."""
        self._taken += frame.samples
        frame.pts = None
        self._hold(self._resampler.resample(frame))
        if self._held_samples >= BLOCK_S * SAMPLE_RATE:
            self._write()

    def close(self) -> None:
        """Drain the resampler and write the rest."""
        self._hold(self._resampler.resample(None))
        self._write()

    def _hold(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            packed = np.asarray(frame.to_ndarray(), dtype=np.float32)
            self._held.append(packed.reshape(-1, self._channels).T)
            self._held_samples += frame.samples

    def _write(self) -> None:
        if not self._held:
            return
        mono = self._downmix.mix(np.concatenate(self._held, axis=1))[self._skip :]
        self._skip = max(0, self._skip - self._held_samples)
        self._held, self._held_samples = [], 0
        self._track.write(self._position, mono)
        self._position += len(mono)


def _format(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.format.name, frame.layout.name
