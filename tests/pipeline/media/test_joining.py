"""A picture and a sound from two files become one, in step and not encoded again."""

from pathlib import Path

import av
import pytest
from synthetic_media import bursts, onsets, tone, write_media

from pipeline.core.control import Control
from pipeline.core.errors import Corrupt
from pipeline.media import joining, probing, speech_audio


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        [stream] = getattr(container.streams, kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def heard_in(folder: Path) -> list[float]:
    source = probing.probe(folder / "source")
    return onsets(speech_audio.load_audio(source, folder, Control()).samples)


@pytest.mark.parametrize(
    ("video_codec", "sound_codec", "ending", "container"),
    [
        ("libx264", "aac", "mp4", "mov,mp4"),
        ("libx264", "aac", "ts", "mov,mp4"),  # start codes and ADTS headers, which MP4 has not
        ("libvpx-vp9", "libopus", "webm", "mov,mp4"),
        ("libvpx", "libopus", "webm", "matroska"),
    ],
)
def test_picture_and_sound_are_joined_in_step(
    tmp_path: Path, video_codec: str, sound_codec: str, ending: str, container: str
) -> None:
    beeps = [1.0, 3.5, 5.0]
    picture = write_media(tmp_path / f"picture.{ending}", video_codec=video_codec)
    sound = write_media(
        tmp_path / f"sound.{ending}",
        sound=bursts(6.0, beeps),
        size=None,
        sound_codec=sound_codec,
    )
    joining.join(picture, sound, tmp_path / "source")
    source = probing.probe(tmp_path / "source")
    assert source.video is not None
    assert (source.video.width, source.video.height) == (320, 180)
    assert source.duration_s == pytest.approx(6.0, abs=0.1)
    heard = heard_in(tmp_path)
    assert heard == pytest.approx(beeps, abs=0.03)
    with av.open(str(tmp_path / "source")) as joined:
        assert joined.format.name.startswith(container)
        first = next(joined.decode(video=0))
        assert first.time == pytest.approx(0.0, abs=0.02)
    if ending != "ts":
        assert packets(tmp_path / "source", "video") == packets(picture, "video")
        assert packets(tmp_path / "source", "audio") == packets(sound, "audio")


def test_the_sound_of_the_picture_s_file_is_left_out(tmp_path: Path) -> None:
    picture = write_media(tmp_path / "picture.mp4", sound=tone(6.0))
    sound = write_media(tmp_path / "sound.m4a", sound=bursts(6.0, [2.0]), size=None)
    joining.join(picture, sound, tmp_path / "source")
    heard = heard_in(tmp_path)
    assert heard == pytest.approx([2.0], abs=0.03)


def test_a_file_without_what_is_wanted_of_it_is_told(tmp_path: Path) -> None:
    picture = write_media(tmp_path / "picture.mp4", seconds=1.0)
    with pytest.raises(Corrupt, match="no sound"):
        joining.join(picture, picture, tmp_path / "source")


def test_a_playlist_is_not_opened(tmp_path: Path) -> None:
    """It could lead anywhere."""
    picture = write_media(tmp_path / "picture.mp4", seconds=1.0)
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{picture}\n#EXT-X-ENDLIST\n")
    with pytest.raises(av.FFmpegError):
        joining.join(tmp_path / "list.m3u8", picture, tmp_path / "source")


@pytest.mark.parametrize("ending", ["mp4", "ts"])
def test_a_sound_that_begins_later_begins_later(tmp_path: Path, ending: str) -> None:
    picture = write_media(tmp_path / f"picture.{ending}")
    late = write_media(
        tmp_path / f"late.{ending}", sound=bursts(5.0, [1.0]), size=None, sound_start_s=0.5
    )
    joining.join(picture, late, tmp_path / "source")
    assert heard_in(tmp_path) == pytest.approx([1.5], abs=0.1)  # MPEG-TS delays pictures by 0.08


def test_a_clock_that_is_ahead_is_set_to_zero(tmp_path: Path) -> None:
    picture = write_media(tmp_path / "picture.ts")
    sound = write_media(tmp_path / "sound.ts", sound=bursts(6.0, [2.0]), size=None)
    with av.open(str(sound)) as old, av.open(str(tmp_path / "late.ts"), "w") as new:
        stream = new.add_stream_from_template(old.streams.audio[0])
        for packet in old.demux(old.streams.audio[0]):
            if packet.dts is not None and packet.pts is not None:
                packet.dts, packet.pts = packet.dts + 900_000, packet.pts + 900_000  # 10 s
                packet.stream = stream
                new.mux(packet)
    joining.join(picture, tmp_path / "late.ts", tmp_path / "source")
    assert heard_in(tmp_path) == pytest.approx([2.0], abs=0.05)
