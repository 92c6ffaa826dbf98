"""What probing says of files: real ones where they are at hand, made ones everywhere."""

import csv
import itertools
import re
import struct
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from project_paths import MEDIA, SAMPLE
from synthetic_media import tone, write_media

from pipeline.core.data import Source
from pipeline.core.errors import (
    Corrupt,
    Encrypted,
    NoAudio,
    NotAVideo,
    SourceError,
    TooLong,
    TooShort,
    UnsupportedCodec,
)
from pipeline.media.probing import probe

REASONS: dict[str, tuple[type[SourceError], ...]] = {
    "no audio": (NoAudio,),
    "corrupt": (Corrupt,),
    "empty": (Corrupt,),
    "html": (NotAVideo,),
    "encrypted": (Encrypted,),
    "too short": (TooShort,),
}
HEARD_LATER = ("no speech", "no video", "no caption")  # not for the probe to say


def manifest() -> Iterator[object]:
    """Every media file with what a correct system must do with it."""
    if not MEDIA.is_dir():
        yield pytest.param({}, marks=pytest.mark.skip(reason="no ../shared/media here"))
        return
    with (MEDIA / "MANIFEST.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] not in ("reference", "tool"):
                yield pytest.param(row, id=row["file"])


def answer(path: Path) -> Source | SourceError:
    """What probing returns or raises on purpose."""
    try:
        return probe(path)
    except SourceError as error:
        return error


@pytest.mark.parametrize("row", list(manifest()))
def test_every_real_file_gets_an_answer_it_allows(row: dict[str, str]) -> None:
    must = row["must"].lower()
    got = answer(MEDIA / row["file"])
    if isinstance(got, TooShort):
        assert float(row["duration_s"]) < 5.0
    elif isinstance(got, SourceError):
        assert must.startswith(("reject", "accept what")), f"refused: {got!r}"
        allowed = tuple(t for word, types in REASONS.items() if word in must for t in types)
        assert isinstance(got, allowed), repr(got)
    else:
        if must.startswith("reject"):
            assert any(word in must for word in HEARD_LATER), "accepted"
        told = re.search(r"accept what decodes \((\d+\.\d) s|duration (\d+\.\d)", must)
        length = float(told[1] or told[2]) if told else float(row["duration_s"])
        assert got.duration_s == pytest.approx(length, abs=0.16)
        assert (got.video is None) == ("none" in row["video"])


@pytest.mark.skipif(not MEDIA.is_dir(), reason="no ../shared/media here")
@pytest.mark.parametrize(
    ("name", "display", "rotation"),
    [
        ("odd/made_rotated_phone.mp4", (540, 960), 270),
        ("odd/mediabunny_rotate-buck-bunny.mp4", (1080, 1920), 90),
        ("odd/autoeditor_SAR-2by3.mp4", (427, 360), 0),
        ("odd/autoeditor_embedded_h264-mjpeg.mp4", (640, 360), 0),
        ("talk/tss_mixture.mp4", (654, 368), 0),
    ],
)
def test_real_geometry_is_as_shown(name: str, display: tuple[int, int], rotation: int) -> None:
    video = probe(MEDIA / name, min_duration_s=1.0).video
    assert video is not None
    assert (video.width, video.height) == display
    assert video.rotation == rotation


def test_a_plain_talk_is_described(tmp_path: Path) -> None:
    source = probe(write_media(tmp_path / "a.mp4", sound=tone(6)))
    assert source.duration_s == pytest.approx(6.0, abs=0.05)
    assert source.origin_s == pytest.approx(0.0, abs=0.03)
    assert source.video is not None
    assert (source.video.codec, source.video.width, source.video.height) == ("h264", 320, 180)
    assert source.video.fps == 25
    assert not source.video.hdr
    assert (source.audio.codec, source.audio.channels) == ("aac", 1)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    mkv = write_media(tmp_path / "a.mkv", sound=tone(6))
    assert probe(mkv.rename(tmp_path / "a.mp4")).container == "matroska"


def test_sound_alone_has_no_video(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp3", sound=tone(8), size=None, sound_codec="libmp3lame")
    source = probe(path)
    assert source.video is None
    assert source.duration_s == pytest.approx(8.0, abs=0.1)


def test_a_turned_phone_is_upright(tmp_path: Path) -> None:
    video = probe(write_media(tmp_path / "a.mp4", sound=tone(6), rotation=90)).video
    assert video is not None
    assert (video.stored_width, video.stored_height) == (320, 180)
    assert (video.width, video.height) == (180, 320)
    assert video.rotation == 270


def test_wide_pixels_make_a_wide_picture(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(6), aspect=Fraction(4, 3))
    video = probe(path).video
    assert video is not None
    assert (video.stored_width, video.width, video.height) == (320, 427, 180)


@pytest.mark.parametrize(("transfer", "hdr"), [(16, True), (18, True), (1, False)])
def test_hdr_is_told_by_the_transfer(tmp_path: Path, transfer: int, hdr: bool) -> None:
    video = probe(write_media(tmp_path / "a.mp4", sound=tone(6), transfer=transfer)).video
    assert video is not None
    assert video.hdr is hdr


def test_a_transport_stream_starts_where_its_clock_says(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.ts", sound=tone(6), options={"output_ts_offset": "10"})
    source = probe(path)
    assert source.origin_s == pytest.approx(10.0, abs=0.1)
    assert source.duration_s == pytest.approx(6.0, abs=0.1)


def test_an_upload_broken_off_has_the_length_that_is_inside(tmp_path: Path) -> None:
    path = write_media(
        tmp_path / "a.mp4",
        seconds=20,
        sound=tone(20),
        options={"movflags": "faststart"},
    )
    whole = probe(path).duration_s
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    source = probe(path)
    assert whole == pytest.approx(20.0, abs=0.1)
    assert 6.0 < source.duration_s < 16.0


def test_an_upload_without_its_index_is_corrupt(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(6))
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(Corrupt, match="interrupted upload"):
        probe(path)


def test_a_promise_of_video_with_nothing_inside_is_corrupt(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(8), options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 8])
    with pytest.raises(Corrupt):
        probe(path)


def test_noise_in_place_of_the_media_is_corrupt(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(8), options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = np.random.default_rng(1).bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises(Corrupt, match="decoded"):
        probe(path)


def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_media(path, seconds=0.04, sound=tone(1), size=(8000, 5120))
    with pytest.raises(UnsupportedCodec, match=r"8000 × 5120.*40 megapixels"):
        probe(path, min_duration_s=0.5)


def test_a_header_that_hides_the_size_does_not_help(tmp_path: Path) -> None:
    """The container says 320 x 180, the picture inside is larger than any that is decoded."""
    path = tmp_path / "a.mkv"
    write_media(path, seconds=0.04, sound=tone(1), size=(8000, 5120), video_codec="mpeg4")
    told = {
        b"\xb0\x82" + (8000).to_bytes(2, "big"): b"\xb0\x82" + (320).to_bytes(2, "big"),
        b"\xba\x82" + (5120).to_bytes(2, "big"): b"\xba\x82" + (180).to_bytes(2, "big"),
    }
    data = path.read_bytes()
    for true, false in told.items():
        assert data.count(true) == 1
        data = data.replace(true, false)
    path.write_bytes(data)
    with pytest.raises((UnsupportedCodec, Corrupt), match="40 megapixels"):
        probe(path, min_duration_s=0.5)


def test_a_colon_in_a_relative_name_is_part_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_media(tmp_path / "talk:1.mp4", sound=tone(6))
    assert probe("talk:1.mp4").duration_s == pytest.approx(6.0, abs=0.05)


def test_no_sound_is_said_before_too_short(tmp_path: Path) -> None:
    with pytest.raises(NoAudio, match="no audio track"):
        probe(write_media(tmp_path / "a.mp4", seconds=1))


def test_the_length_is_bounded_on_both_sides(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", sound=tone(6))
    with pytest.raises(TooShort, match=r"6\.0 s.*at least 10 s"):
        probe(path, min_duration_s=10)
    with pytest.raises(TooLong, match="at most"):
        probe(path, max_duration_s=5.5)


def test_a_clock_that_counts_in_years_is_damage(tmp_path: Path) -> None:
    """Its samples would be placed at such a time, in a file of terabytes."""
    path = write_media(tmp_path / "a.avi", sound=tone(6), size=None, sound_codec="pcm_s16le")
    data = bytearray(path.read_bytes())
    scale = data.index(b"strh") + 8 + 20  # ticks of the sound; the rate follows
    data[scale : scale + 8] = struct.pack("<II", 2**30, 1)
    path.write_bytes(data)
    with pytest.raises(Corrupt, match="by its own clock it lasts"):
        probe(path)


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (b"", Corrupt, "empty"),
        (b"\0" * 5000, Corrupt, "zero bytes"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", NotAVideo, "HTML page"),
        (b"<?xml version='1.0'?><MPD></MPD>", NotAVideo, "XML"),
        (b"Dear reader, this is no video at all.\n" * 9, NotAVideo, "plain text"),
        ("\ufeffPas une vidéo, hélas.".encode(), NotAVideo, "plain text"),
        ("Not a video".encode("utf-16"), NotAVideo, "plain text"),
        (b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n", NotAVideo, "playlist"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", NotAVideo, "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", NotAVideo, "JPEG"),
        (b"GIF89a\x01\0\x01\0", NotAVideo, "GIF"),
        (b"%PDF-1.7\n%\xe2\xe3", NotAVideo, "PDF"),
        (b"PK\x03\x04\x14\0", NotAVideo, "ZIP"),
        (bytes(range(256)) * 16, Corrupt, "cannot be opened"),
    ],
)
def test_what_is_no_video_is_named(
    tmp_path: Path, head: bytes, error: type[SourceError], words: str
) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(head)
    with pytest.raises(error, match=words):
        probe(path)


def test_nothing_is_printed_about_a_damaged_file(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(np.random.default_rng(2).bytes(20_000))
    with pytest.raises(SourceError):
        probe(path)
    assert capfd.readouterr() == ("", "")


def test_damage_anywhere_never_escapes_as_another_error(tmp_path: Path) -> None:
    data = write_media(tmp_path / "a.mp4", sound=tone(6), size=(64, 64)).read_bytes()
    random = np.random.default_rng(3)
    path = tmp_path / "b.mp4"
    for _ in range(60):
        broken = bytearray(data)
        for place in random.integers(0, len(data), 12):
            broken[place] = random.integers(0, 256)
        path.write_bytes(broken[: random.integers(len(data) // 2, len(data) + 1)])
        got = answer(path)
        assert str(got).endswith(".") if isinstance(got, SourceError) else got.duration_s >= 5.0


def test_a_matroska_file_that_breaks_off_anywhere_in_its_header_is_corrupt(tmp_path: Path) -> None:
    data = write_media(tmp_path / "a.mkv", sound=tone(6), size=(64, 64)).read_bytes()
    path = tmp_path / "b.mkv"
    for length in range(64, 800, 7):
        path.write_bytes(data[:length])
        assert isinstance(answer(path), Corrupt)  # never that the disk cannot be read


def test_a_good_file_is_good_on_a_machine_that_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have the processor for a tenth of a second between any two looks at the clock."""
    at = itertools.count(step=0.1)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(at)))
    assert probe(SAMPLE).video is not None
