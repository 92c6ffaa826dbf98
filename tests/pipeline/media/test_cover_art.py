"""A sound's own cover stands in its clips; what cannot be read as one is left out."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.stream import Disposition
from av.video.frame import VideoFrame
from films import frames_of, speech_like
from rendered_clips import rendered

from pipeline.core.data import AspectRatio, Options, Span
from pipeline.framing.crop_planning import plan
from pipeline.media.cover_art import cover_of
from pipeline.media.probing import probe
from pipeline.rendering.audiogram import Audiogram

Picture = npt.NDArray[np.uint8]

RED, BLUE = (250, 120, 120), (120, 160, 250)
ENCODERS = {"mp3": ("libmp3lame", "mjpeg"), "m4a": ("aac", "mjpeg"), "flac": ("flac", "png")}


def halves(width: int, height: int) -> Picture:
    """Red above blue."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2], picture[height // 2 :] = RED, BLUE
    return picture


def recording(path: Path, cover: Picture | None, *, broken: bool = False) -> Path:
    """Two and a half seconds of something like speech."""
    sound_codec, picture_codec = ENCODERS[path.suffix[1:]]
    with av.open(str(path), "w", format="mp4" if path.suffix == ".m4a" else None) as out:
        track = out.add_stream(sound_codec, rate=48_000, layout="mono")
        assert isinstance(track, av.AudioStream)
        front = None
        if cover is not None:
            front = out.add_stream(picture_codec, rate=1)
            assert isinstance(front, av.VideoStream)
            front.width, front.height = cover.shape[1], cover.shape[0]
            front.pix_fmt = "yuvj444p" if picture_codec == "mjpeg" else "rgb24"
            front.disposition = Disposition.attached_pic
            frame = VideoFrame.from_ndarray(cover, format="rgb24")
            frame.pts, frame.time_base = 0, Fraction(1, 1)
            for packet in [*front.encode(frame), *front.encode(None)]:
                if broken:
                    packet.update(b"\x00" * packet.size)
                out.mux(packet)
        samples = speech_like(2.5)
        size = track.codec_context.frame_size or 1024
        for at in range(0, samples.shape[1], size):
            block = np.ascontiguousarray(samples[:, at : at + size])
            if sound_codec == "flac":
                block = (block * 32_767).astype(np.int16)
            piece = av.AudioFrame.from_ndarray(
                block, "s16" if sound_codec == "flac" else "fltp", "mono"
            )
            piece.sample_rate, piece.pts = 48_000, at
            out.mux(track.encode(piece))
        out.mux(track.encode(None))
    return path


def pictures(path: Path, stem: Path, ratio: AspectRatio = "9:16") -> list[Picture]:
    source, span = probe(path, min_duration_s=1.0), Span(start_s=1.0, end_s=1.5)
    wanted = Options(quality="fast", aspect_ratio=ratio)
    clip = rendered(
        source,
        stem,
        start_s=1.0,
        end_s=1.5,
        options=wanted,
        crop_path=plan(source, span, (), wanted),
        title="Named",
    )
    return [picture for _, picture in frames_of(clip.path)]


def near(picture: Picture, color: tuple[int, int, int]) -> npt.NDArray[np.intp]:
    """Rows and columns, shape (n, 2), of what has about this color, but for a letter's edges."""
    alike = np.abs(picture.astype(np.int16) - np.array(color, np.int16)).max(axis=2) < 30
    thick = np.zeros_like(alike)
    thick[4:-4] = np.logical_and.reduce([alike[n : len(alike) - 8 + n] for n in range(9)])
    return np.argwhere(thick)


@pytest.mark.parametrize("kind", ["mp3", "m4a", "flac"])
def test_the_cover_stands_upright_between_title_and_bars(kind: str, tmp_path: Path) -> None:
    path = recording(tmp_path / f"talk.{kind}", halves(600, 600))
    assert probe(path, min_duration_s=1.0).video is None  # it is no moving picture
    for picture in pictures(path, tmp_path / "clip")[::5]:
        red, blue = near(picture, RED), near(picture, BLUE)
        assert red[:, 0].max() < blue[:, 0].min()
        both = np.concatenate((red, blue))
        (top, left), (bottom, right) = both.min(axis=0), both.max(axis=0)
        assert bottom - top + 8 == pytest.approx(right - left, abs=6)  # square
        assert bottom - top == pytest.approx(360, abs=20)
        assert (left + right) / 2 == pytest.approx(360, abs=4)
        assert 0.2 * 1280 < top < bottom < 0.56 * 1280
        corner = picture[1260:, :40].mean(axis=(0, 1))
        assert corner[2] > corner[0] + 10  # the ground below is the blue half, dim
        assert corner.max() < 180


@pytest.mark.parametrize("ratio", ["1:1", "4:5", "16:9"])
def test_a_wide_cover_is_whole_in_every_shape(ratio: AspectRatio, tmp_path: Path) -> None:
    path = recording(tmp_path / "talk.flac", halves(500, 250))
    picture = pictures(path, tmp_path / "clip", ratio)[3]
    both = np.concatenate((near(picture, RED), near(picture, BLUE)))
    (top, left), (bottom, right) = both.min(axis=0), both.max(axis=0)
    assert (right - left) / (bottom - top + 8) == pytest.approx(2.0, rel=0.08)
    assert bottom < 0.56 * len(picture)


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (900, 2)])
def test_covers_of_odd_sizes_do_no_harm(size: tuple[int, int], tmp_path: Path) -> None:
    path = recording(tmp_path / "talk.flac", halves(*size))
    assert len(pictures(path, tmp_path / "clip")) == 15


def test_a_broken_cover_and_none_give_plain_bars(tmp_path: Path) -> None:
    broken = recording(tmp_path / "broken.m4a", halves(300, 300), broken=True)
    assert cover_of(broken) is None
    assert cover_of(recording(tmp_path / "none.m4a", None)) is None
    assert cover_of(tmp_path / "missing.mp3") is None
    for picture in pictures(broken, tmp_path / "clip")[::5]:
        assert picture[1200:].max() < 60


def test_a_cover_that_the_scaler_does_not_take_is_left_out() -> None:
    sound = np.zeros((2, 48_000), np.float32)
    odd = VideoFrame(64, 64, "rgb96le")
    plain, without = (
        Audiogram(sound, 360, 640, cover).picture(0.5).to_ndarray() for cover in (None, odd)
    )
    assert np.array_equal(plain, without)
