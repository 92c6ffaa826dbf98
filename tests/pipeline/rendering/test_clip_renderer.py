"""Finished clips: complete, in step, cut to the frame, the right way up and the right colour."""

import shutil
import struct
import threading
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from films import RATE, Picture, frames_of, plain, speech_like, textured, write_film
from rendered_clips import (
    FAST,
    beeps,
    check_loudness,
    flashes,
    rendered,
    seen_and_heard,
    whole,
)
from shared_media import media

from bench.support.meter import metered, sound_of
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    Clip,
    CropKey,
    CropPath,
    CropSegment,
    Source,
    Span,
    Word,
)
from pipeline.core.errors import Canceled
from pipeline.core.layout import panes
from pipeline.editing.composition import Composition
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.surface import InMemory
from pipeline.rendering.thumbnail import Thumbnails
from pipeline.vision.face_tracking import detect
from pipeline.vision.shot_scan import look

FILM, NTSC = Fraction(24_000, 1001), Fraction(30_000, 1001)


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
        assert (video.width, video.height) == (clip.width, clip.height) == (720, 1280)
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", RATE, 2)
        assert float(video.average_rate or 0) == 25
        keys = [float(f.time) for f in container.decode(video) if f.key_frame]
    assert np.diff([*keys, 4.0]).max() <= 2.1


def test_it_lasts_as_long_as_was_asked(clip: Clip) -> None:
    assert clip.duration_s == pytest.approx(4.0, abs=0.05)
    times = [t for t, _ in frames_of(clip.path)]
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
    grey, white = plain((60, 60, 60)), plain((250, 250, 250))
    pictures = [white if {n, n - 1} & set(flash) else grey for n in range(int(4 * fps))]
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
    assert (frame.width, frame.height) == (720, 1280)


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


def test_uneven_pictures_stay_in_step_and_come_out_even(tmp_path: Path) -> None:
    chance, at = np.random.default_rng(3), [1.0, 2.5, 4.0]
    times = sorted({0.0, *np.round(np.cumsum(chance.integers(1, 8, 60)) * 0.04, 2)} - {0.04})
    times = sorted({*(t for t in times if t < 5), *at, *(t + 0.08 for t in at)})
    white = set(at)
    pictures = [plain((250,) * 3) if t in white else plain((60,) * 3) for t in times]
    film = write_film(tmp_path / "vfr.mp4", pictures, times=list(times), sound=beeps(5, at))
    clip = rendered(film, tmp_path / "c", start_s=0.0, end_s=4.8)
    seen, heard = seen_and_heard(clip)
    assert len(seen) == 3
    assert seen == pytest.approx(at, abs=0.04)
    assert heard == pytest.approx(at, abs=0.04)
    steps = np.diff([t for t, _ in frames_of(clip.path)])
    assert steps == pytest.approx(steps[0], abs=2e-3)


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


def test_the_crop_changes_on_the_very_frame_of_the_cut(tmp_path: Path) -> None:
    """Red stands left before the cut, green right after it; a frame off would show blue."""
    before, after = plain((0, 0, 255)), plain((0, 0, 255))
    before[:, :110], after[:, 210:] = (255, 0, 0), (0, 255, 0)
    pictures = [before] * 38 + [after] * 37
    film = write_film(tmp_path / "cut.mp4", pictures, sound=speech_like(3.0))
    w = 180 * 9 / 16
    path = CropPath(
        width=720,
        height=1280,
        segments=tuple(
            CropSegment(
                start_s=a,
                end_s=b,
                layout="crop",
                keys=(CropKey(t_s=a, box=Box(x=x, y=0, w=w, h=180)),),
            )
            for a, b, x in ((0.6, 1.52, 4.0), (1.52, 2.6, 215.0))
        ),
    )
    clip = rendered(film, tmp_path / "c", start_s=0.6, end_s=2.6, crop_path=path)
    colours = [picture[600:680, 300:420].mean(axis=(0, 1)) for _, picture in frames_of(clip.path)]
    assert len(colours) == 50
    for n, (r, g, b) in enumerate(colours):
        assert b < 60, n
        assert (r > 150) == (n < 23), n
        assert (g > 150) == (n >= 23), n


def test_a_moving_camera_steps_finer_than_the_sources_pixels(tmp_path: Path) -> None:
    edge = plain((20, 20, 20))
    edge[:, 160:] = 230
    film = write_film(tmp_path / "edge.mp4", [edge] * 50, sound=speech_like(2.0))
    w = 180 * 9 / 16
    keys = tuple(
        CropKey(t_s=t, box=Box(x=x, y=0, w=w, h=180)) for t, x in ((0.0, 100.0), (2.0, 112.0))
    )
    path = CropPath(
        width=720,
        height=1280,
        segments=(CropSegment(start_s=0, end_s=2, layout="crop", keys=keys),),
    )
    clip = rendered(film, tmp_path / "c", crop_path=path)
    where = [
        int(np.argmax(picture[640, :, 1].astype(int) > 125)) for _, picture in frames_of(clip.path)
    ]
    scale = 720 / w
    expected = [(160 - 100 - 12 * n / 50) * scale for n in range(50)]
    assert where == pytest.approx(expected, abs=2.5)
    assert all(0 <= a - b <= 4 for a, b in pairwise(where))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_phone_gives_an_upright_clip(rotation: int, tmp_path: Path) -> None:
    shown = plain((0, 0, 0), (180, 320) if rotation in (90, 270) else (320, 180))
    h, w = shown.shape[:2]
    shown[: h // 2, : w // 2] = (255, 0, 0)
    shown[: h // 2, w // 2 :] = (0, 255, 0)
    shown[h // 2 :, : w // 2] = (0, 0, 255)
    stored = np.ascontiguousarray(np.rot90(shown, -rotation // 90))
    film = write_film(tmp_path / "t.mp4", [stored] * 25, sound=speech_like(1.0), rotation=rotation)
    picture = frames_of(rendered(film, tmp_path / "c").path)[10][1].astype(int)
    corners = [picture[y, x].argmax() for y, x in ((300, 100), (300, 620), (980, 100))]
    assert corners == [0, 1, 2]
    assert picture[980, 620].max() < 60


@pytest.mark.parametrize("colorspace", [1, 5])
def test_colours_survive_whatever_matrix_they_were_coded_with(
    colorspace: int, tmp_path: Path
) -> None:
    colour = (200, 60, 40)
    film = write_film(
        tmp_path / "c.mp4", [plain(colour)] * 25, sound=speech_like(1.0), colorspace=colorspace
    )
    picture = frames_of(rendered(film, tmp_path / "out").path)[10][1]
    assert picture[640, 360].astype(int) == pytest.approx(colour, abs=6)


def test_fit_shows_the_whole_picture_before_a_dim_ground(tmp_path: Path) -> None:
    scene = plain((230, 230, 230))
    scene[:, :4], scene[:, -4:] = (255, 0, 0), (0, 255, 0)
    film = write_film(tmp_path / "f.mp4", [scene] * 25, sound=speech_like(1.0))
    key = CropKey(t_s=0, box=Box(x=0, y=0, w=320, h=180))
    path = CropPath(
        width=720,
        height=1280,
        segments=(CropSegment(start_s=0, end_s=1, layout="fit", keys=(key,)),),
    )
    picture = frames_of(rendered(film, tmp_path / "c", crop_path=path).path)[10][1].astype(int)
    assert picture[640, 2].argmax() == 0
    assert picture[640, 717].argmax() == 1
    assert picture[640, 360].mean() > 215
    assert 40 < picture[100, 360].mean() < 150


@pytest.mark.parametrize("size", [(720, 1280), (720, 900), (1280, 720)])
def test_halves_meet_at_the_seam_and_fill_the_picture(
    size: tuple[int, int], tmp_path: Path
) -> None:
    scene = plain((0, 0, 255))
    scene[20:110, 20:140], scene[70:160, 180:300] = (255, 0, 0), (0, 255, 0)
    film = write_film(tmp_path / "f.mp4", [scene] * 25, sound=speech_like(1.0))
    keys = [
        (CropKey(t_s=0, box=Box(x=x, y=y, w=80, h=80 * pane.height / pane.width)),)
        if pane.height <= pane.width
        else (CropKey(t_s=0, box=Box(x=x, y=y, w=80 * pane.width / pane.height, h=80)),)
        for (x, y), pane in zip(((25, 25), (185, 75)), panes(2, *size), strict=True)
    ]
    segment = CropSegment(start_s=0, end_s=1, layout="split", keys=keys[0], others=(keys[1],))
    path = CropPath(width=size[0], height=size[1], segments=(segment,))
    picture = frames_of(rendered(film, tmp_path / "c", crop_path=path).path)[10][1].astype(int)
    across = picture if size[1] > size[0] else picture.swapaxes(0, 1)
    seam = len(across) // 2
    for part, colour in ((across[: seam - 4], 0), (across[seam + 4 :], 1)):
        assert (part.argmax(axis=2) == colour).all()
        assert part[..., colour].min() > 200


def test_the_sound_is_loud_enough_and_on_both_ears(tmp_path: Path) -> None:
    sound = np.concatenate([speech_like(6.0, 0.02), np.zeros((1, 6 * RATE), np.float32)])
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 150, sound=sound, layout="stereo")
    check_loudness(rendered(film, tmp_path / "c"))


def test_captions_are_there_while_words_are_said_and_only_then(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((90, 90, 90))] * 75, sound=speech_like(3.0))
    words = [
        Word(text="one", start_s=0.8, end_s=1.1, probability=1.0),
        Word(text="two", start_s=1.2, end_s=1.5, probability=1.0),
    ]
    clip = rendered(film, tmp_path / "c", words=words, style="white_bold")
    white, yellow = [], []
    for t_s, picture in frames_of(clip.path):
        low = picture[760:1050].astype(int)
        if (low.min(axis=2) > 220).sum() > 200:
            white.append(t_s)
        lit = (low[..., 0] > 200) & (low[..., 1] > 180) & (low[..., 2] < 140)
        if lit.sum() > 200:
            yellow.append((t_s, float(np.nonzero(lit)[1].mean())))
        assert np.abs(picture[:700].astype(int) - 90).max() < 12
    assert white[0] == pytest.approx(0.8, abs=0.041)
    assert white[-1] == pytest.approx(1.8, abs=0.081)
    moved = next(
        t for (t, x), (_, before) in zip(yellow[1:], yellow, strict=False) if x > before + 40
    )
    assert moved == pytest.approx(1.2, abs=0.041)


def test_key_words_stand_out_where_that_is_asked_for(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((90, 90, 90))] * 25, sound=speech_like(1.0))
    words = [
        Word(text=text, start_s=0.2 * n, end_s=0.2 * n + 0.2, probability=1.0)
        for n, text in enumerate(("it", "costs", "90", "dollars", "now"))
    ]
    seen = {}
    for emphasis in (False, True):
        options = replace(FAST, emphasis=emphasis)
        clip = rendered(
            film, tmp_path / "c", words=words, style="white_bold", options=options, language="en"
        )
        pictures = [picture[700:1100].astype(int) for _, picture in frames_of(clip.path)]
        green = [(p[..., 1] > p[..., 0] + 70) & (p[..., 1] > 200) for p in pictures]
        seen[emphasis] = max(int(g.sum()) for g in green)
    assert seen[False] < 20
    assert seen[True] > 500


def test_a_clean_video_is_the_clip_without_anything_written_in_it(tmp_path: Path) -> None:
    at = [0.4, 1.4, 2.4]
    film = write_film(tmp_path / "f.mp4", flashes(3, at), sound=beeps(3, at))
    words = [Word(text="words", start_s=0.5, end_s=2.5, probability=1.0)]
    options = replace(FAST, clean_video=True)
    clip = rendered(film, tmp_path / "c", words=words, style="boxed", options=options)
    assert {p.name for p in tmp_path.iterdir()} == {"f.mp4", "c.mp4", "c.clean.mp4", "c.jpg"}
    assert clip.clean == tmp_path / "c.clean.mp4"
    plain_clip = rendered(film, tmp_path / "p")
    assert plain_clip.clean is None
    assert clip.clean.read_bytes() == plain_clip.path.read_bytes()
    with_words = rendered(film, tmp_path / "w", words=words, style="boxed")
    assert clip.path.read_bytes() == with_words.path.read_bytes()
    assert clip.path.read_bytes() != clip.clean.read_bytes()


def test_captions_leave_no_trace_where_the_source_has_the_clips_own_size(tmp_path: Path) -> None:
    """Nothing is scaled then; drawing on its pictures would spoil those that refer to them."""
    scenes = [textured(n, (1280, 720)) for n in range(4)]  # so each refers to the fourth before
    film = write_film(
        tmp_path / "f.mp4",
        [scenes[n % 4] for n in range(40)],
        sound=speech_like(1.6),
        colorspace=1,
        codec_options={
            "g": "1000",
            "refs": "8",
            "bf": "0",
            "sc_threshold": "0",
            "color_range": "tv",
        },
    )
    words = [Word(text="trace", start_s=0.4, end_s=0.6, probability=1.0)]
    options = replace(FAST, aspect_ratio="16:9")
    clip = rendered(film, tmp_path / "c", words=words, style="boxed", options=options)
    pictures = [picture.astype(int) for _, picture in frames_of(clip.path)]
    changed = [np.abs(now - pictures[n % 4]).max() > 100 for n, now in enumerate(pictures)]
    assert changed[12]
    assert not any(changed[25:])


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
            source,
            span,
            (),
            whole(source, span),
            style="none",
            options=replace(FAST, clean_video=True),
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
        [textured(n) for n in range(400)],
        sound=speech_like(16.0),
        codec_options={"g": "1000"},
    )
    source, span = probe(film), Span(start_s=14.0, end_s=16.0)
    told: list[float] = []
    control = Control(progress=lambda stage, done: told.append(done), cancel=Countdown(20))

    def render() -> None:
        render_clip(
            source,
            span,
            (),
            whole(source, span),
            style="none",
            options=FAST,
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
            source,
            span,
            (),
            whole(source, span),
            style="none",
            options=FAST,
            stem=tmp_path / "c",
            control=control,
        )
    assert (tmp_path / "c.mp4").read_bytes() == b"old"
    rendered(talk, tmp_path / "c", end_s=1.0)
    assert (tmp_path / "c.mp4").stat().st_size > 1000
    assert {p.name for p in tmp_path.iterdir()} == {"c.mp4", "c.jpg"}


def shows_bars(picture: Picture) -> bool:
    """Whether it is one of the pictures that stand for sound: mostly their ground."""
    dark = np.abs(picture.astype(int) - (1, 8, 18)).max(axis=2) < 12
    return bool(dark.mean() > 0.5)


def test_speech_goes_on_over_bars_where_the_picture_breaks_off(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(3.0))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=3.0)
    assert clip.duration_s == pytest.approx(2.5, abs=0.05)
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(2.5, abs=0.1)
    bars = [t for t, picture in frames_of(clip.path) if shows_bars(picture)]
    assert 0.5 <= bars[0] <= 0.5 + 0.6  # the last picture is not frozen
    assert len(bars) == pytest.approx((2.5 - bars[0]) * 25, abs=1.5)


def test_a_picture_that_ends_just_before_the_clip_stands_for_the_last_words(
    tmp_path: Path,
) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(3.0))
    clip = rendered(film, tmp_path / "c", start_s=0.5, end_s=1.8)
    assert clip.duration_s == pytest.approx(1.3, abs=0.05)
    assert not any(shows_bars(picture) for _, picture in frames_of(clip.path))


def test_no_tail_is_shown_where_picture_and_sound_break_off(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(1.0))
    source, span = probe(film, min_duration_s=0.5), Span(start_s=0.5, end_s=6.0)
    clip = render_clip(
        source,
        span,
        (),
        whole(source, span),
        style="none",
        options=FAST,
        stem=tmp_path / "c",
        control=Control(),
    )
    assert clip.duration_s <= 0.5 + 0.6
    assert sound_of(clip.path).shape[1] / RATE == pytest.approx(clip.duration_s, abs=0.1)


def test_seconds_without_any_picture_become_an_audiogram(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 25, sound=speech_like(4.0))
    clip = rendered(film, tmp_path / "c", start_s=3.0, end_s=4.0)
    assert clip.duration_s == pytest.approx(1.0, abs=0.05)
    assert all(shows_bars(picture) for _, picture in frames_of(clip.path))
    assert clip.thumbnails[0].stat().st_size > 1000


def test_sound_without_a_picture_becomes_an_audiogram(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 50, sound=speech_like(2.0))
    with_picture = probe(film, min_duration_s=1.0)
    source = Source(
        path=film,
        container="mov",
        duration_s=2.0,
        origin_s=0.0,
        video=None,
        audio=with_picture.audio,
    )
    span = Span(start_s=0.0, end_s=2.0)
    path = plan(source, span, look(source, span, control=Control()), FAST)
    clip = render_clip(
        source, span, (), path, style="none", options=FAST, stem=tmp_path / "c", control=Control()
    )
    pictures = frames_of(clip.path)
    assert clip.duration_s == pytest.approx(2.0, abs=0.05)
    assert (pictures[30][1].max(axis=2) > 150).sum() > 2000  # bars
    assert np.abs(pictures[20][1].astype(int) - pictures[40][1]).max() > 60  # that move


REAL = {
    "talk/subtitleeffect_obama.mp4": (12.0, 18.0),
    "odd/made_rotated_phone.mp4": (1.0, 4.0),
    "odd/made_hdr10_pq.mp4": (1.0, 3.0),
    "odd/made_odd_size_444.mp4": (1.0, 3.0),
    "odd/made_vfr_speech.mp4": (2.0, 5.0),
    "odd/made_speech_in_centre_5_1.mp4": (1.0, 4.0),
    "talk/latentsync_demo3.mp4": (8.0, 11.0),
}


@pytest.mark.parametrize("name", REAL)
def test_every_frame_of_a_real_clip_shows_the_whole_face(name: str, tmp_path: Path) -> None:
    source = probe(media(name))
    start_s, end_s = REAL[name]
    span = Span(start_s=start_s, end_s=end_s)
    shots = look(source, span, control=Control())
    path = plan(source, span, shots, FAST)
    clip = render_clip(
        source,
        span,
        (),
        path,
        style="none",
        options=FAST,
        stem=tmp_path / "c",
        control=Control(),
        shots=shots,
    )
    assert clip.duration_s == pytest.approx(end_s - start_s, abs=0.1)
    pictures = frames_of(clip.path)
    for t_s, picture in pictures[:: max(1, len(pictures) // 40)]:
        small = np.ascontiguousarray(picture[::4, ::4])
        faces = detect(small, 720, 1280)
        assert faces, t_s
        box = max(faces, key=lambda face: face.box.h).box
        assert box.x > 5, t_s
        assert box.y > 5, t_s
        assert box.x + box.w < 715, t_s
        assert box.y + box.h < 1275, t_s
        skin = picture[int(box.y + box.h / 2), int(box.x + box.w / 2)].astype(int)
        assert skin[0] >= skin[2] - 5, t_s  # no blue face, no grey one turned green
    loudness, peak = metered(sound_of(clip.path))
    assert loudness == pytest.approx(-14.0, abs=1.0)
    assert peak <= -1.0


def test_the_picture_of_a_clip_is_the_same_each_time(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1920 * 3 // 2, 1080), dtype=np.uint8)
    picture = av.VideoFrame.from_ndarray(noise, format="yuv420p")
    span = Span(start_s=0.0, end_s=1.0)
    path = CropPath(width=1080, height=1920, segments=())
    scene = Composition(span=span, words=(), path=path, shots=())
    written = set()
    for _ in range(12):
        thumbnails = Thumbnails(scene)
        thumbnails.offer(0.0, InMemory(picture))
        thumbnails.save(tmp_path / "picture")
        written.add((tmp_path / "picture.jpg").read_bytes())
    assert len(written) == 1
