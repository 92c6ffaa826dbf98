"""Interlaced pictures are shown without a comb's edges, in step and none lost."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter.graph import Graph
from av.video.frame import VideoFrame
from films import Picture, frames_of, speech_like
from rendered_clips import rendered

from pipeline.core.control import Control
from pipeline.core.data import Options, Span
from pipeline.framing.crop_planning import plan
from pipeline.media import deinterlacing
from pipeline.media.frames import read
from pipeline.media.probing import probe
from pipeline.vision.shot_scan import look

FPS = 25
INTERLACED = 0x20000000 | 0x40000  # AV_CODEC_FLAG_INTERLACED_ME and _DCT
SPEED = 8  # pixels of the bar, a picture


def moving(number: int, *, fields: bool) -> Picture:
    """A white bar that moves on between the two fields, or does not."""
    picture = np.zeros((360, 640, 3), np.uint8)
    for field in range(2):
        left = 60 + number * SPEED + (field * SPEED // 2 if fields else 0)
        picture[field::2, left : left + 80] = 255
    return picture


def film(path: Path, *, fields: bool, count: int = 25) -> Path:
    with av.open(str(path), "w") as out:
        options = {"preset": "fast", "crf": "12", "x264-params": "tff=1" if fields else ""}
        video = out.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        if fields:
            video.codec_context.flags |= INTERLACED
        track = out.add_stream("aac", rate=48_000, layout="mono")
        for number in range(count):
            frame = VideoFrame.from_ndarray(moving(number, fields=fields), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        sound = speech_like(count / FPS)
        piece = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        piece.sample_rate, piece.pts = 48_000, 0
        out.mux(track.encode(piece))
        out.mux(track.encode(None))
    return path


def comb(picture: Picture) -> float:
    """How much lines differ from those around them, gray levels."""
    gray = picture.astype(float).mean(axis=2)
    return float(np.abs(gray[1:-1] - (gray[:-2] + gray[2:]) / 2).mean())


def edge(picture: Picture) -> float:
    """Where the bar begins, pixels."""
    return float(np.argmax(picture.astype(float).mean(axis=(0, 2)) > 127))


@pytest.mark.parametrize("fields", [True, False])
def test_every_picture_comes_whole_and_in_time(tmp_path: Path, fields: bool) -> None:
    source = probe(film(tmp_path / "film.mp4", fields=fields), min_duration_s=0.0)
    span = Span(start_s=0.0, end_s=1.0)
    shown = [
        (t, np.asarray(f.to_ndarray(format="rgb24"), np.uint8))
        for t, f in read(source, span, control=Control())
    ]
    assert [t for t, _ in shown] == pytest.approx([n / FPS for n in range(25)], abs=1e-4)
    assert max(comb(p) for _, p in shown) < 0.2
    assert comb(moving(10, fields=True)) > 2  # what it would be
    for number, (_, picture) in enumerate(shown):
        assert edge(picture) == pytest.approx(60 + number * SPEED, abs=SPEED / 2 + 1)


def in_fields(picture: VideoFrame) -> VideoFrame:
    """The same, with a note that it is interlaced."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=Fraction(1, FPS),
    )
    graph.link_nodes(source, graph.add("setfield", "tff"), graph.add("buffersink")).configure()
    picture.pts, picture.time_base = 0, Fraction(1, FPS)
    graph.vpush(picture)
    noted = graph.vpull()
    assert noted.interlaced_frame
    return noted


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p10le", "uyvy422", "nv12"])
def test_colors_stay_what_they_were_coded_as(form: str) -> None:
    frames = []
    for number in range(6):
        frame = VideoFrame.from_ndarray(moving(number, fields=True), format="rgb24")
        frame = in_fields(frame.reformat(format=form, dst_colorspace="ITU709"))
        frame.colorspace, frame.color_range = 1, 1
        frames.append((number / FPS, frame))
    found = list(deinterlacing.deinterlace(iter(frames)))
    assert [t for t, _ in found] == pytest.approx([t for t, _ in frames])
    assert {(int(f.colorspace), int(f.color_range)) for _, f in found} == {(1, 1)}


@pytest.mark.parametrize("size", [(2, 48), (64, 3), (3, 4)])
def test_pictures_of_a_few_lines_pass_as_they_are(size: tuple[int, int]) -> None:
    frames = [(n / FPS, in_fields(VideoFrame(*size, "yuv444p"))) for n in range(4)]
    assert [t for t, _ in deinterlacing.deinterlace(iter(frames))] == [t for t, _ in frames]


def test_a_stretch_from_the_middle_begins_with_its_own_picture(tmp_path: Path) -> None:
    source = probe(film(tmp_path / "film.mp4", fields=True), min_duration_s=0.0)
    times = [t for t, _ in read(source, Span(start_s=0.5, end_s=0.9), control=Control())]
    assert times == pytest.approx([0.48 + n / FPS for n in range(11)], abs=1e-4)


def test_a_clip_has_no_combs(tmp_path: Path) -> None:
    source = probe(film(tmp_path / "film.mp4", fields=True), min_duration_s=0.0)
    span, options = Span(start_s=0.0, end_s=0.8), Options(quality="fast")
    path = plan(source, span, look(source, span, control=Control()), options)
    clip = rendered(source, tmp_path / "clip", end_s=0.8, crop_path=path, options=options)
    pictures = frames_of(clip.path)
    assert len(pictures) == 20
    assert max(comb(picture) for _, picture in pictures) < 0.25  # 0.7 with them
