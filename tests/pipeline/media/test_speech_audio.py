"""The sound of a source lies on its timeline, and no voice in it is lost."""

import errno
import os
import random
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer
from av.stream import Stream
from project_paths import MEDIA
from synthetic_media import RATE, bursts, onsets, tone, write_media

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Audio, Source, Span
from pipeline.core.errors import Canceled, Corrupt
from pipeline.media import packets, speech_audio
from pipeline.media.container import open_container
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

needs_media = pytest.mark.skipif(not MEDIA.is_dir(), reason="no ../shared/media here")

CODEC_S = 0.03  # how far AAC and MP3 may smear an onset


def load(path: Path) -> Audio:
    """Probe and decode."""
    return load_audio(probe(path), path.parent, Control())


def level(samples: F32 | np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    """Root mean square, of full scale."""
    return float(np.sqrt(np.mean((samples.astype(np.float64) / 32768.0) ** 2)))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "aac"), ("a.mkv", "libopus"), ("a.ts", "aac"), ("a.flv", "libmp3lame")],
)
def test_sounds_lie_where_they_were_made(tmp_path: Path, name: str, codec: str) -> None:
    made = [0.5, 2.25, 5.75]
    rate = 44_100 if codec == "libmp3lame" else RATE
    sound = bursts(6.5, made, rate=rate)
    path = write_media(
        tmp_path / name,
        seconds=6.5,
        sound=sound,
        rate=rate,
        sound_codec=codec,
        video_codec=("flv1" if name.endswith("flv") else "libx264"),
    )
    source = probe(path)
    audio = load_audio(source, tmp_path, Control())
    assert audio.duration_s == pytest.approx(6.5, abs=0.1)
    assert onsets(audio.samples) == pytest.approx(made, abs=CODEC_S)


def test_uncompressed_sound_comes_through_to_the_sample(tmp_path: Path) -> None:
    sound = tone(6, rate=16_000)
    path = write_media(
        tmp_path / "a.wav", sound=sound, rate=16_000, size=None, sound_codec="pcm_s16le"
    )
    samples = load(path).samples
    assert len(samples) == len(sound)
    assert np.abs(samples - np.rint(sound * 32768)).max() <= 1


def test_resampling_moves_nothing(tmp_path: Path) -> None:
    sound = np.zeros(6 * 48_000, dtype=np.float32)
    sound[48_000 * 3] = 0.9
    path = write_media(tmp_path / "a.wav", sound=sound, size=None, sound_codec="pcm_s16le")
    assert int(np.abs(load(path).samples).argmax()) == 16_000 * 3


def test_a_late_start_is_silence_first(tmp_path: Path) -> None:
    sound = bursts(4, [0.25])
    path = write_media(tmp_path / "a.mp4", seconds=6, sound=sound, sound_start_s=2.0)
    audio = load(path)
    assert audio.duration_s == pytest.approx(6.0, abs=0.1)
    assert onsets(audio.samples) == pytest.approx([2.25], abs=CODEC_S)


def test_a_gap_in_the_times_is_kept_as_silence(tmp_path: Path) -> None:
    first = write_media(tmp_path / "1.mkv", seconds=3, sound=bursts(3, [1.0]))
    path = tmp_path / "a.mkv"
    with av.open(str(first)) as source, av.open(str(path), "w") as out:
        given = source.streams.audio[0]
        track = out.add_stream_from_template(given)
        for shift_s in (0, 5):
            source.seek(0)
            for packet in source.demux(given):
                if packet.pts is None:
                    continue
                moved = av.Packet(bytes(packet))
                moved.time_base, moved.duration = packet.time_base, packet.duration
                moved.pts = moved.dts = packet.pts + round(shift_s / packet.time_base)
                moved.stream = track
                out.mux(moved)
    audio = load(path)
    assert audio.duration_s == pytest.approx(8.0, abs=0.1)
    assert onsets(audio.samples) == pytest.approx([1.0, 6.0], abs=CODEC_S)


def test_two_recordings_joined_end_to_end_are_both_heard(tmp_path: Path) -> None:
    """Each part begins its clock anew and has a rate and a layout of its own."""
    one = write_media(
        tmp_path / "1.mp3", sound=bursts(4, [1.0]), size=None, sound_codec="libmp3lame"
    )
    stereo = np.stack([bursts(4, [2.0], rate=32_000)] * 2)
    two = write_media(
        tmp_path / "2.mp3",
        sound=stereo,
        layout="stereo",
        rate=32_000,
        size=None,
        sound_codec="libmp3lame",
    )
    path = tmp_path / "a.mp3"
    path.write_bytes(one.read_bytes() + two.read_bytes())
    audio = load(path)
    assert audio.duration_s == pytest.approx(8.0, abs=0.25)
    assert onsets(audio.samples) == pytest.approx([1.0, 6.0], abs=0.15)


@pytest.mark.parametrize("ears", [(1, 0), (0, 1), (1, -1)])
def test_a_voice_on_one_ear_or_with_opposite_signs_keeps_its_level(
    tmp_path: Path, ears: tuple[int, int]
) -> None:
    voice = tone(6)
    sound = np.stack([ear * voice for ear in ears])
    audio = load(write_media(tmp_path / "a.mp4", sound=sound, layout="stereo"))
    assert level(audio.slice(1, 5) * 32768) == pytest.approx(level(voice * 32768), rel=0.05)


def test_two_voices_on_two_ears_are_both_heard(tmp_path: Path) -> None:
    left, right = bursts(6, [1.0, 3.0]), bursts(6, [2.0, 4.0])
    audio = load(write_media(tmp_path / "a.mp4", sound=np.stack([left, right]), layout="stereo"))
    assert onsets(audio.samples) == pytest.approx([1.0, 2.0, 3.0, 4.0], abs=CODEC_S)


@pytest.mark.parametrize(("layout", "channels"), [("5.1", 6), ("7.1", 8)])
def test_a_voice_in_any_channel_is_heard_in_full(
    tmp_path: Path, layout: str, channels: int
) -> None:
    sound = np.zeros((channels, RATE * (channels + 1)), dtype=np.float32)
    for channel in range(channels):
        first = RATE * channel + RATE // 2
        sound[channel, first : first + RATE // 2] = tone(0.5)
    path = write_media(
        tmp_path / "a.wav", sound=sound, layout=layout, size=None, sound_codec="pcm_s16le"
    )
    audio = load(path)
    for channel in range(channels):
        heard = audio.slice(channel + 0.75, channel + 0.95)
        assert level(heard * 32768) == pytest.approx(0.283, rel=0.15), f"channel {channel}"


def test_damaged_packets_are_skipped_and_the_rest_stays_in_place(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    hiss = random.normal(0, 0.003, 8 * RATE).astype(np.float32)
    path = write_media(
        tmp_path / "a.mp4",
        sound=bursts(8, [1.0, 7.0]) + hiss,
        size=None,
        options={"movflags": "faststart"},
    )
    data = bytearray(path.read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 3000] = random.bytes(3000)
    path.write_bytes(data)
    audio = load(path)
    assert audio.duration_s == pytest.approx(8.0, abs=0.1)
    found = onsets(audio.samples)
    assert found[0] == pytest.approx(1.0, abs=CODEC_S)
    assert found[-1] == pytest.approx(7.0, abs=CODEC_S)


def test_sound_of_which_nothing_decodes_is_corrupt(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(6), options={"movflags": "faststart"})
    source = probe(path)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = b"\xff" * (len(data) - start)
    path.write_bytes(data)
    with pytest.raises(Corrupt, match="audio"):
        load_audio(source, tmp_path, Control())


def test_damaged_packets_are_counted_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(6)))
    fail_after(monkeypatch, packets=20, error=None)
    audio = load_audio(source, tmp_path, Control())
    assert audio.duration_s == pytest.approx(6.0, abs=0.1)
    assert audio.damaged_s == 3.0
    assert caplog.text.count("damaged packets skipped") == 1
    assert "sound of a.mp4: 3 damaged packets skipped, the first: [Errno" in caplog.text
    later = load_audio(source, tmp_path, Control(), within=Span(start_s=3.0, end_s=5.0))
    assert later.damaged_s == 0.0


def test_a_file_that_was_cut_off_is_heard_as_far_as_it_goes_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_media(
        tmp_path / "a.wav", sound=tone(70), size=None, rate=RATE, sound_codec="pcm_s16le"
    )
    source = probe(path)
    os.truncate(path, path.stat().st_size // 2)
    audio = load_audio(source, tmp_path, Control())
    assert audio.duration_s == pytest.approx(35.0, abs=0.2)
    assert "sound of a.wav ends at 0:3" in caplog.text
    assert "of 1:10" in caplog.text


def test_a_file_that_cannot_be_read_on_ends_there_with_the_error_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(6)))
    broken = av.InvalidDataError(1, "index is wrong")
    fail_after(monkeypatch, packets=100, error=broken)
    audio = load_audio(source, tmp_path, Control())
    assert 1.0 < audio.duration_s < 4.0
    assert "index is wrong" in caplog.text
    assert "of 0:06" in caplog.text


def test_a_disk_that_cannot_be_read_is_not_the_end_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(6))
    source = probe(path)
    error = av.error.OSError(errno.EIO, os.strerror(errno.EIO))
    fail_after(monkeypatch, packets=100, error=error, gone=path)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as raised:
        load_audio(source, tmp_path, Control())
    assert not isinstance(raised.value, av.FFmpegError)  # which means a damaged file elsewhere
    assert not (tmp_path / "audio.s16").exists()


@pytest.mark.parametrize(
    "kind", [(av.error.OSError, errno.EIO), (av.error.MemoryError, errno.ENOMEM)]
)
def test_an_error_of_the_machine_is_damage_where_the_disk_can_be_read(
    kind: tuple[type[av.FFmpegError], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg's Matroska demuxer tells EIO where an element breaks off; damaged sizes ask for GB."""
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(6)))
    fail_after(monkeypatch, packets=100, error=kind[0](kind[1], os.strerror(kind[1])))
    assert 0.0 < load_audio(source, tmp_path, Control()).duration_s < 6.0


def test_reading_that_is_given_up_behind_damage_ends_after_its_container(
    tmp_path: Path,
) -> None:
    """It crashed the process: a closed container has no streams to name in the log."""
    path = write_media(tmp_path / "a.mp4", sound=tone(6))
    source, data = probe(path), bytearray(path.read_bytes())
    at = data.find(b"mdat")
    data[at + 600 : at + 4000] = random.Random(1).randbytes(3400)
    path.write_bytes(data)
    with open_container(path) as container:
        stream = container.streams.audio[0]
        reading = packets.decode(container, stream, source)
        frames = [frame for _ in range(60) for frame in next(reading)]
        assert any(isinstance(frame, packets.Damage) for frame in frames)
        del stream
    del reading


def fail_after(
    monkeypatch: pytest.MonkeyPatch,
    *,
    packets: int,
    error: av.FFmpegError | None,
    gone: Path | None = None,
) -> None:
    """Let reading raise `error` after some packets; None: the next three cannot be decoded.

    `gone` is a file that can no longer be read then.
    """

    class Damaged:
        """A packet that no decoder takes."""

        pts = None
        duration, time_base = 48_000, Fraction(1, 48_000)

        def decode(self) -> list[object]:
            raise av.InvalidDataError(1, "damaged")

    class Failing:
        def __init__(self, container: InputContainer) -> None:
            self._container = container
            self.streams = container.streams

        def demux(self, stream: Stream) -> Iterator[object]:
            for count, packet in enumerate(self._container.demux(stream)):
                if count == packets:
                    if gone is not None:
                        gone.unlink()
                    if error is not None:
                        raise error
                    yield from (Damaged() for _ in range(3))
                yield packet

    @contextmanager
    def opened(path: Path) -> Iterator[object]:
        with open_container(path) as container:
            yield Failing(container)

    monkeypatch.setattr(speech_audio, "open_container", opened)


def test_canceling_leaves_nothing_behind(tmp_path: Path) -> None:
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(6)))
    work = tmp_path / "work"
    work.mkdir()
    control = Control()
    control.cancel.set()
    with pytest.raises(Canceled):
        load_audio(source, work, control)
    assert list(work.iterdir()) == []


def test_progress_rises_to_one(tmp_path: Path) -> None:
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(20), size=None))
    told: list[tuple[str, float]] = []
    load_audio(source, tmp_path, Control(progress=lambda stage, done: told.append((stage, done))))
    assert {stage for stage, _ in told} == {"audio"}
    done = [fraction for _, fraction in told]
    assert len(done) > 5
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    def peak(seconds: float) -> int:
        path = tmp_path / f"{seconds}.wav"
        sound = tone(seconds, rate=16_000)
        source = probe(
            write_media(path, sound=sound, rate=16_000, size=None, sound_codec="pcm_s16le")
        )
        tracemalloc.start()
        load_audio(source, tmp_path, Control())
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(6)  # first use allocates what stays
    assert peak(120) < 1.5 * peak(12)


@needs_media
@pytest.mark.parametrize(
    ("name", "first_s"),
    [
        ("odd/made_audio_starts_late.mp4", 2.0),
        ("odd/made_left_channel_only.mp4", 0.8),
        ("odd/made_speech_in_centre_5_1.mp4", 0.6),
    ],
)
def test_real_speech_is_found_where_it_is(tmp_path: Path, name: str, first_s: float) -> None:
    audio = load_audio(probe(MEDIA / name), tmp_path, Control())
    speech = audio.slice(0, audio.duration_s)
    assert np.abs(speech[: int((first_s - 0.1) * 16_000)]).max() < 0.01
    assert level(speech * 32768) > 0.02


@needs_media
def test_every_real_file_decodes_for_as_long_as_was_told(tmp_path: Path) -> None:
    def check(source: Source) -> None:
        audio = load_audio(source, tmp_path, Control())
        assert audio.duration_s <= source.duration_s + 0.1, source.path.name

    names = [
        "audio/whisperkit_8_Channel_ID.m4a",
        "audio/wt_smartphone.mp3",
        "odd/mediabunny_hevc.ts",
    ]
    names += ["odd/made_truncated_faststart.mp4", "odd/autocut_test004.flv"]
    for name in names:
        check(probe(MEDIA / name))
