"""Finished clips: complete, in step, loud enough; unfinished ones leave nothing behind."""

import shutil
import struct
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import RATE, frames_of, plain, speech_like, textured, write_film
from meter import sound_of
from rendered_clips import FAST, beeps, check_loudness, flashes, rendered, seen_and_heard, whole

from pipeline.core.control import Control
from pipeline.core.data import Clip, CropPath, Source, Span
from pipeline.core.errors import Canceled
from pipeline.editing.composition import Composition
from pipeline.media.probing import probe
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.surface import InMemory
from pipeline.rendering.thumbnail import Thumbnails
from pipeline.vision.shot_scan import look

FILM, NTSC = Fraction(24_000, 1001), Fraction(30_000, 1001)


def plain_plan(source: Source, span: Span) -> ClipPlan:
    """A clip of all of the picture, without a word on it."""
    path = whole(source, span)
    return ClipPlan(source=source, span=span, words=(), path=path, style="none", options=FAST)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with a flash and a beep each second."""
    at = [0.4, 1.4, 2.4, 3.4, 4.4, 5.4]
    return write_film(
        tmp_path_factory.mktemp("render") / "talk.mp4", flashes(6, at), sound=beeps(6, at)
    )


@pytest.fixture(scope="module")
def clip(talk: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return rendered(talk, tmp_path_factory.mktemp("clip") / "one", start_s=1.0, end_s=5.0)


def test_a_clip_is_an_mp4_that_every_app_takes(clip: Clip) -> None:
    assert clip.path.name == "one.mp4"
    with av.open(str(clip.path)) as container:
        (video,), (audio,) = container.streams.video, container.streams.audio
        context = video.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height) == (clip.width, clip.height) == (180, 320)
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", RATE, 2)
        assert float(video.average_rate or 0) == 25
        keys = [float(f.time) for f in container.decode(video) if f.key_frame]
    assert np.diff([*keys, 4.0]).max() <= 2.1


def test_it_lasts_as_long_as_was_asked(clip: Clip) -> None:
    assert clip.duration_s == pytest.approx(4.0, abs=0.05)
    times = [t for t, _ in frames_of(clip.path)]
    assert clip.frames == len(times)
    assert clip.render_s > 0
    assert len(times) == 100
    assert times[0] == 0.0
    assert np.diff(times) == pytest.approx(0.04, abs=1e-3)
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(4.0, abs=0.05)


def test_its_index_lies_in_front(clip: Clip) -> None:
    data, at, order = clip.path.read_bytes(), 0, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        order.append(kind)
        at += size
    assert order.index(b"moov") < order.index(b"mdat")


def test_picture_and_sound_are_in_step(clip: Clip) -> None:
    seen, heard = seen_and_heard(clip)
    assert seen == pytest.approx([0.4, 1.4, 2.4, 3.4], abs=0.021)
    assert heard == pytest.approx(seen, abs=0.01)


@pytest.mark.parametrize("fps", [24, 25, Fraction(30000, 1001), 30, 50, 60])
def test_picture_and_sound_are_in_step_at_every_rate(fps: int | Fraction, tmp_path: Path) -> None:
    flash = [round(n * fps) for n in (1, 2, 3)]  # numbers of pictures
    gray, white = plain((60, 60, 60)), plain((250, 250, 250))
    pictures = [white if {n, n - 1} & set(flash) else gray for n in range(int(4 * fps))]
    at = [float(n / fps) for n in flash]
    film = write_film(tmp_path / "film.mp4", pictures, fps=fps, sound=beeps(4, at))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=3.8)
    seen, heard = seen_and_heard(clip)
    assert len(seen) == 3
    assert heard == pytest.approx(seen, abs=0.02)


def test_there_is_a_thumbnail_of_the_clips_shape(clip: Clip) -> None:
    assert clip.thumbnails[0].name == "one.jpg"
    with av.open(str(clip.thumbnails[0])) as container:
        (frame,) = container.decode(video=0)
    assert (frame.width, frame.height) == (180, 320)


def test_a_start_between_two_pictures_keeps_the_step(talk: Path, tmp_path: Path) -> None:
    seen, heard = seen_and_heard(rendered(talk, tmp_path / "c", start_s=1.013, end_s=4.0))
    assert len(seen) == 3
    assert heard == pytest.approx(seen, abs=0.01)


def test_streams_that_start_apart_stay_in_step(tmp_path: Path) -> None:
    at = [2.4, 3.4, 4.4]
    film = write_film(
        tmp_path / "late.mp4",
        flashes(6, at),
        sound=beeps(4, [t - 2 for t in at]),
        sound_start_s=2.0,
    )
    seen, heard = seen_and_heard(rendered(film, tmp_path / "c", start_s=0.5, end_s=5.5))
    assert len(seen) == 3
    assert heard == pytest.approx(seen, abs=0.01)


def test_a_picture_that_starts_late_stays_in_step(tmp_path: Path) -> None:
    at = [2.4, 3.4, 4.4]
    film = write_film(
        tmp_path / "late.mp4",
        flashes(5, [t - 0.85 for t in at], fps=20),
        times=[0.85 + n / 20 for n in range(100)],
        fps=20,
        sound=beeps(5.8, at),
    )
    clip = rendered(film, tmp_path / "c", end_s=5.5)
    seen, heard = seen_and_heard(clip)
    assert clip.duration_s == pytest.approx(5.5, abs=0.1)
    assert len(seen) == 3
    assert heard == pytest.approx(seen, abs=0.026)


@pytest.mark.parametrize(
    ("fps", "made"), [(12, 24), (FILM, FILM), (60, 60), (120, 60), (NTSC, NTSC)]
)
def test_the_rate_is_the_sources_within_bounds(
    fps: int | Fraction, made: int | Fraction, tmp_path: Path
) -> None:
    pictures = [textured(1)] * int(fps)
    film = write_film(tmp_path / "f.mp4", pictures, fps=fps, sound=speech_like(1.0))
    clip = rendered(film, tmp_path / "c")
    with av.open(str(clip.path)) as container:
        assert container.streams.video[0].average_rate == made
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)


def test_the_sound_is_loud_enough_and_on_both_ears(tmp_path: Path) -> None:
    sound = np.concatenate([speech_like(6.0, 0.02), np.zeros((1, 6 * RATE), np.float32)])
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 150, sound=sound, layout="stereo")
    check_loudness(rendered(film, tmp_path / "c"))


class Stop(Exception):
    pass


@pytest.mark.parametrize("how", ["cancel", "failure"])
def test_a_clip_that_is_not_finished_leaves_nothing_behind(
    how: str, talk: Path, tmp_path: Path
) -> None:
    source, span = probe(talk), Span(start_s=0.0, end_s=5.0)
    told: list[float] = []

    def progress(_stage: str, done: float) -> None:
        told.append(done)
        if done > 0.4:
            if how == "failure":
                raise Stop
            control.cancel.set()

    control = Control(progress=progress)
    with pytest.raises(Canceled if how == "cancel" else Stop):
        render_clip(
            ClipPlan(
                source=source,
                span=span,
                words=(),
                path=whole(source, span),
                style="none",
                options=replace(FAST, clean_video=True),
            ),
            stem=tmp_path / "c",
            control=control,
        )
    assert list(tmp_path.iterdir()) == []
    assert told == sorted(told)
    assert 0.4 < told[-1] < 0.5  # it stopped at once


class Countdown(threading.Event):
    """Set once somebody has looked so many times."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0


@pytest.mark.parametrize("stage", ["look", "render"])
def test_canceling_is_noticed_before_the_first_picture_of_a_span(
    stage: str, tmp_path: Path
) -> None:
    """With one key frame all that lies in front of the span is decoded first."""
    film = write_film(
        tmp_path / "f.mp4",
        [textured(n, (160, 90)) for n in range(200)],
        sound=speech_like(8.0),
        codec_options={"g": "1000"},
    )
    source, span = probe(film), Span(start_s=6.0, end_s=8.0)
    told: list[float] = []
    control = Control(progress=lambda stage, done: told.append(done), cancel=Countdown(20))

    def render() -> None:
        render_clip(
            plain_plan(source, span),
            stem=tmp_path / "c",
            control=control,
        )

    with pytest.raises(Canceled):
        render() if stage == "render" else look(source, span, control=control)
    assert told == []
    assert [p.name for p in tmp_path.iterdir()] == ["f.mp4"]


def test_a_colon_in_a_relative_name_is_part_of_the_name(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(talk, "talk:1.mp4")
    clip = rendered(Path("talk:1.mp4"), Path("clip:1"), end_s=0.6)
    assert clip.path == Path("clip:1.mp4")
    assert clip.duration_s == pytest.approx(0.6, abs=0.05)


def test_an_older_clip_of_the_name_stands_until_the_new_one_is_whole(
    talk: Path, tmp_path: Path
) -> None:
    (tmp_path / "c.mp4").write_bytes(b"old")
    control = Control()
    control.cancel.set()
    source, span = probe(talk), Span(start_s=0.0, end_s=1.0)
    with pytest.raises(Canceled):
        render_clip(
            plain_plan(source, span),
            stem=tmp_path / "c",
            control=control,
        )
    assert (tmp_path / "c.mp4").read_bytes() == b"old"
    rendered(talk, tmp_path / "c", end_s=1.0)
    assert (tmp_path / "c.mp4").stat().st_size > 1000
    assert {p.name for p in tmp_path.iterdir()} == {"c.mp4", "c.jpg"}


def test_the_picture_of_a_clip_is_the_same_each_time(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (640 * 3 // 2, 360), dtype=np.uint8)
    picture = av.VideoFrame.from_ndarray(noise, format="yuv420p")
    span = Span(start_s=0.0, end_s=1.0)
    path = CropPath(width=360, height=640, segments=())
    scene = Composition(span=span, words=(), path=path, shots=())
    written = set()
    for _ in range(12):
        thumbnails = Thumbnails(scene)
        thumbnails.offer(0.0, InMemory(picture))
        thumbnails.save(tmp_path / "picture")
        written.add((tmp_path / "picture.jpg").read_bytes())
    assert len(written) == 1
