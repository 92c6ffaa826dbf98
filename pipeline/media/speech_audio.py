"""Decode the sound of a source once, into a file of mono samples on the source timeline.

Samples are placed by the file's timestamps, not by counting: a late start and gaps become silence
and overlaps are dropped, so a word's position in the samples matches the picture however long the
source is. Memory use stays flat, because samples are written to a file that is then mapped.
"""

import logging
import math
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from pipeline.core.arrays import F32
from pipeline.core.atomic import telling_full_disk
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Source, Span
from pipeline.core.errors import Corrupt
from pipeline.core.timecode import format_clock
from pipeline.media import packets
from pipeline.media.container import open_container, stream_at
from pipeline.media.downmix import Downmix

log = logging.getLogger(__name__)

FRAME_SAMPLES = SAMPLE_RATE  # size of the resampler's output frames: each has a fixed cost
SLACK_S = 0.04  # containers round times to milliseconds; only a larger difference is a gap
MAX_JUMP_S = 30.0  # a larger jump back, or past the declared end, means a broken clock
BLOCK_S = 0.25  # mixed and written at once
MAX_SHORT_S = 1.0  # sound often ends a little before the picture
REPORT_EVERY = 64  # frames between progress reports


def load_audio(
    source: Source, work_dir: Path, control: Control, *, within: Span | None = None
) -> Audio:
    """Decode the chosen sound to mono int16 at SAMPLE_RATE in a file in `work_dir`.

    Sound that starts after `within` is left out. Damaged packets leave silence, those in `within`
    are counted, and a file that breaks off gives shorter Audio. Raises Corrupt if nothing can be
    decoded, Canceled, DiskFull, and OSError if the disk cannot be read.
    """
    path = work_dir / "audio.s16"
    within = within or Span(start_s=0.0, end_s=math.inf)
    wanted_s = min(source.duration_s, within.end_s)
    with telling_full_disk(), open_container(source.path) as container, _Track(path) as track:
        timeline = _Timeline(track, source)
        stream = stream_at(container, source.audio.index)
        damaged_s = 0.0
        for count, frame in enumerate(
            chain.from_iterable(packets.decode(container, stream, source))
        ):
            if isinstance(frame, packets.Damage):
                damaged_s += frame.duration_s if frame.at_s >= within.start_s else 0.0
            elif isinstance(frame, AudioFrame):
                timeline.add(frame)
            if count % REPORT_EVERY == 0:
                control.report("audio", track.length / SAMPLE_RATE / max(wanted_s, 1e-3))
            if track.length >= within.end_s * SAMPLE_RATE:
                break
        timeline.close()
    if track.length == 0:
        raise Corrupt("The file is damaged: none of its audio can be decoded.")
    heard_s = track.length / SAMPLE_RATE
    if heard_s < wanted_s - MAX_SHORT_S:
        log.warning(
            "sound of %s ends at %s of %s",
            *(source.path.name, format_clock(heard_s), format_clock(source.duration_s)),
        )
    control.report("audio", 1.0)
    # Copy-on-write: a tensor that wraps the samples may need them to be writable.
    return Audio(samples=np.memmap(path, dtype=np.int16, mode="c"), damaged_s=damaged_s)


class _Track:
    """The file of samples; writing beyond its end leaves silence in between."""

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
        """Write samples in [-1, 1] at `position`, which is at or after the end."""
        if position > self.length:
            self._file.seek(2 * position)
        # 32768, so that 16-bit sources pass unchanged.
        scaled = np.nan_to_num(mono, nan=0.0) * np.float32(32768.0)
        samples = np.clip(np.rint(scaled), -32768, 32767).astype("<i2")
        self._file.write(samples.tobytes())
        self.length = position + len(samples)


class _Timeline:
    """Places decoded frames by their times.

    A run is a stretch without a gap or change of format.
    """

    def __init__(self, track: _Track, source: Source) -> None:
        self._track = track
        self._origin_s = source.origin_s
        self._latest_s = source.duration_s + MAX_JUMP_S
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
            return  # these samples are already written
        if self._run is None or abs(behind_s) > SLACK_S or not self._run.takes(frame):
            self.close()
            position = max(round(start_s * SAMPLE_RATE), self._track.length)
            self._run = _Run(self._track, position, start_s, frame)
        self._run.add(frame)

    def close(self) -> None:
        """Write what the current run still buffers."""
        if self._run is not None:
            self._run.close()
        self._run = None

    def _start_of(self, frame: AudioFrame, expected_s: float) -> float:
        """Return the frame's time on the source timeline, correcting for a broken clock."""
        if frame.time is None:
            return expected_s
        start_s = frame.time - self._origin_s + self._shift_s
        if start_s < expected_s - MAX_JUMP_S or start_s > max(
            self._latest_s, expected_s + MAX_JUMP_S
        ):
            self._shift_s += expected_s - start_s
            return expected_s
        return start_s


class _Run:
    """Consecutive frames of one format: resampled, mixed, written."""

    def __init__(self, track: _Track, position: int, start_s: float, frame: AudioFrame) -> None:
        self._track = track
        self._position = position  # index of the next sample in the track
        # Skip the part of the first frame that overlaps what is already written.
        self._skip = max(0, position - round(start_s * SAMPLE_RATE))
        self._format = _format(frame)
        self._start_s = start_s
        self._taken = 0  # samples at the source's rate
        # Packed, because PyAV reads beyond its planes with eight or more channels.
        self._resampler = AudioResampler("flt", frame.layout, SAMPLE_RATE, frame_size=FRAME_SAMPLES)
        self._channels = frame.layout.nb_channels
        self._downmix = Downmix(self._channels)
        self._held: list[F32] = []
        self._held_samples = 0

    @property
    def end_s(self) -> float:
        """The expected time of the next frame."""
        return self._start_s + self._taken / self._format[0]

    def takes(self, frame: AudioFrame) -> bool:
        """Return whether the frame has this run's format."""
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
